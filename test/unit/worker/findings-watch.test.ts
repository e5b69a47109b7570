import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeter } from '#/telemetry/index.ts'
import type { Mark } from '#/worker/findings/marks.ts'
import { createWatch, type WatchOptions } from '#/worker/findings/watch.ts'

const HOUR_MS = 3_600_000

function watchOf(options: Partial<WatchOptions> = {}) {
  const meter = createMeter({ process_metrics: false })
  const watch = createWatch(
    { window_ms: HOUR_MS, subjects_max: 8, shared_credential_workloads: 3, ...options },
    { meter },
  )
  const see = (seen: Mark, time_ms = 0) => watch.see(seen, time_ms, () => 'event')
  return { watch, see, meter }
}

function mark(subject: string, more: Partial<Mark> = {}): Mark {
  return { rule: 'ip_only', origin: 'cluster', subject, source: 'litellm', details: {}, ...more }
}

test('ids depend on rule, subject, window and origin, and on nothing else', () => {
  const uidOf = (of: Mark, time_ms = 0) => watchOf().see(of, time_ms)!.uid
  const uid = uidOf(mark('ip=1'))
  assert.equal(uidOf(mark('ip=1', { source: 'other' }), HOUR_MS - 1), uid)
  const others = [
    uidOf(mark('ip=2')),
    uidOf(mark('ip=1'), HOUR_MS),
    uidOf(mark('ip=1', { origin: 'other' })),
    uidOf(mark('ip=1', { rule: 'expired_owner' })),
  ]
  assert.equal(new Set([uid, ...others]).size, 5)
  assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('equal marks that were made anew raise nothing in the same window', () => {
  const { see } = watchOf()
  assert.ok(see(mark('ip=1')))
  assert.equal(see(mark('ip=1')), undefined)
  const one = mark('ip=2')
  assert.ok(see(one))
  assert.equal(see(one), undefined)
  assert.ok(see(one, HOUR_MS))
  assert.equal(see(one, HOUR_MS), undefined)
  assert.equal(see(one, 0), undefined, 'a late message belongs to its own window')
})

test('what was not written is raised by the next event', () => {
  const { see, watch } = watchOf()
  const one = mark('ip=1')
  const finding = see(one)!
  watch.forget(finding)
  assert.equal(see(one)?.uid, finding.uid)
})

test('subjects are forgotten beyond the bound, which is counted, and come again under the same id', () => {
  const { see, meter } = watchOf()
  const first = see(mark('ip=0'))
  for (let n = 1; n <= 8; n += 1) see(mark(`ip=${n}`))
  assert.equal(meter.value('whosecall_limits_hit_total', { limit: 'finding_subjects' }), 1)
  assert.equal(see(mark('ip=0'))?.uid, first?.uid)
  assert.equal(see(mark('ip=8')), undefined)
})

test('a rule that counts raises at its number, for different members of one kind', () => {
  const { see } = watchOf()
  const use = (member: string) => see(mark('api_key=k', { rule: 'shared_credential', member }))
  for (const member of ['spiffe=a', 'spiffe=b', 'spiffe=a', 'k8s_sa=c', 'k8s_sa=d'])
    assert.equal(use(member), undefined)
  assert.deepEqual(use('spiffe=c')?.members, ['spiffe=a', 'spiffe=b', 'spiffe=c'])
  assert.equal(use('spiffe=d'), undefined)
  assert.equal(use('k8s_sa=e'), undefined, 'one credential, one finding')
})

test('a message without a timestamp, or from before 1970, is in the first window', () => {
  const { see } = watchOf()
  const finding = see(mark('ip=1'), -1)
  assert.deepEqual([finding?.time_ms, finding?.window_start_ms], [0, 0])
})
