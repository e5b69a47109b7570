/** What a re-drive promises to whoever runs it again, proved on the in-process bus. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeadline, systemClock } from '#/telemetry/index.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createRedriving, DEAD, letterOf } from '../support/redrive.ts'
import { until } from '../support/worker.ts'

const NOTHING = { sent: 0, exhausted: 0, unroutable: 0, refused: 0 }
const GROUP = 'whosecall-redrive-malformed'

test('a letter that stays because it has no redrive topic is sent by a later run that knows one', async () => {
  const r = createRedriving([
    { value: '1', topic: 'other' },
    { value: '2' },
    { value: '3', topic: 'other' },
    { value: '4', partition: 1 },
  ])
  assert.deepEqual(await r.redrive(), { ...NOTHING, sent: 2, unroutable: 2 })
  assert.deepEqual(await r.redrive(), { ...NOTHING, unroutable: 2 })
  const all = { topicFor: () => 'redrive' }
  assert.deepEqual(await r.redrive({ ...all, dry_run: true }), { ...NOTHING, sent: 2 })
  assert.deepEqual(await r.redrive(all), { ...NOTHING, sent: 2 })
  assert.deepEqual(r.sent().toSorted(), ['1', '2', '3', '4'])
  assert.deepEqual(await r.redrive(all), NOTHING)
})

test('a letter that was re-driven too often is found again, also by a run that allows more', async () => {
  const r = createRedriving([{ value: '1', attempt: 5 }, { value: '2' }])
  assert.deepEqual(await r.redrive(), { ...NOTHING, sent: 1, exhausted: 1 })
  assert.deepEqual(await r.redrive(), { ...NOTHING, exhausted: 1 })
  assert.deepEqual(await r.redrive({ attempts_max: 6, dry_run: true }), { ...NOTHING, sent: 1 })
  assert.deepEqual(await r.redrive({ attempts_max: 6 }), { ...NOTHING, sent: 1 })
  assert.deepEqual(r.sent(), ['2', '1'])
})

test('the limit counts what is sent; the run ends there and the next one goes on', async () => {
  const r = createRedriving([
    { value: '1', topic: 'other' },
    { value: '2' },
    { value: '3', topic: 'other' },
    { value: '4' },
    { value: '5' },
  ])
  assert.deepEqual(await r.redrive({ messages_max: 1 }), { ...NOTHING, sent: 1, unroutable: 1 })
  assert.deepEqual(await r.redrive({ messages_max: 2 }), { ...NOTHING, sent: 2, unroutable: 2 })
  assert.deepEqual(r.sent(), ['2', '4', '5'])
})

test('a letter that the redrive topic refuses stays and is named, and the run goes on', async () => {
  const r = createRedriving([{ value: 'x'.repeat(2_000) }, { value: '2' }])
  const refused = { ...NOTHING, refused: 1 }
  assert.deepEqual(await r.redrive(), { ...refused, sent: 1 })
  assert.match(r.warnings.join('\n'), /refuses a dead letter.*"partition":0,"offset":0.*too_large/)
  assert.deepEqual(await r.redrive(), refused)
  assert.deepEqual(r.sent(), ['2'])
})

test('many refused letters are named up to a number and all counted', async () => {
  const r = createRedriving(Array.from({ length: 30 }, () => ({ value: 'x'.repeat(2_000) })))
  assert.deepEqual(await r.redrive(), { ...NOTHING, refused: 30 })
  assert.equal(r.warnings.length, 11)
})

test('a stop while the broker takes nothing counts only what was sent, and the rest is sent later', async () => {
  let down = false
  const stop = new AbortController()
  const r = createRedriving(
    ['1', '2', '3'].map((value) => ({ value })),
    {
      intercept: ([message]) => {
        if (!down) {
          down = String(message?.value) === '1'
          return undefined
        }
        stop.abort()
        return { type: 'retryable', after_ms: 0, cause: new Error('not now') }
      },
    },
  )
  assert.deepEqual(await r.redrive({ stop: stop.signal }), { ...NOTHING, sent: 1 })
  down = false
  assert.deepEqual(await r.redrive(), { ...NOTHING, sent: 2 })
  assert.deepEqual(r.sent(), ['1', '2', '3'])
})

test('progress is committed while a slow run goes on, which is not taken for the end', async () => {
  const clock = createFakeClock()
  const stop = new AbortController()
  const r = createRedriving(Array.from({ length: 50 }, (_, i) => ({ value: String(i) })))
  const running = r.redrive({ clock, rate_per_s: 1, stop: stop.signal })
  const admin = (await r.bus.admin().start()).value
  const saved = async () => (await admin.committed(GROUP, DEAD))[0]?.offset ?? -1
  await until('the run has begun', () => r.sent().length === 1)
  for (let seconds = 1; seconds <= 30; seconds += 1) {
    await clock.advance(1_000)
    assert.ok(r.sent().length - (await saved()) <= 3, `after ${seconds} s`)
  }
  stop.abort()
  assert.deepEqual(await running, { ...NOTHING, sent: 31 })
  assert.equal(await saved(), 31)
})

test('progress is committed every hundred letters of a fast run', async () => {
  let seen = 0
  const r = createRedriving(
    Array.from({ length: 250 }, (_, i) => ({ value: String(i) })),
    { intercept: () => (++seen > 201 ? { type: 'retryable', after_ms: 0, cause: 0 } : undefined) },
  )
  const stop = new AbortController()
  const running = r.redrive({ stop: stop.signal })
  await until('the broker takes no more', () => seen > 201)
  const admin = (await r.bus.admin().start()).value
  assert.equal((await admin.committed(GROUP, DEAD))[0]?.offset, 200)
  stop.abort()
  assert.equal((await running).sent, 201)
})

test('two runs at once share the partitions and send nothing twice', async () => {
  const letters = Array.from({ length: 60 }, (_, i) => ({ value: String(i), partition: i % 2 }))
  const clock = createFakeClock()
  const r = createRedriving(letters, { run_messages_max: 7 })
  const first = r.redrive({ clock, rate_per_s: 10 })
  await until('the first has begun', () => r.sent().length > 0)
  await clock.advance(1_000)
  const second = r.redrive({ clock, rate_per_s: 10 })
  const ended = new AbortController()
  const both = Promise.all([first, second]).finally(() => ended.abort())
  while (!ended.signal.aborted) await clock.advance(1_000)
  const sent = (await both).map((result) => result.sent)
  assert.equal(sent[0]! + sent[1]!, 60)
  assert.equal(new Set(r.sent()).size, 60)
  assert.equal(r.sent().length, 60)
})

test('letters that come to the end during a run wait for the next one', async () => {
  const r = createRedriving([{ value: '1' }], {
    intercept: ([message]) => {
      if (String(message?.value) === '1') r.bus.publish(DEAD, 0, letterOf({ value: '2' }))
      return undefined
    },
  })
  assert.deepEqual(await r.redrive(), { ...NOTHING, sent: 1 })
  assert.deepEqual(await r.redrive({ deadline: () => createDeadline(systemClock, 100) }), {
    ...NOTHING,
    sent: 1,
  })
})

test('letters that retention has deleted are not waited for', async () => {
  const clock = createFakeClock()
  const r = createRedriving([{ value: '1', topic: 'other' }, { value: '2' }])
  assert.deepEqual(await r.redrive({ clock }), { ...NOTHING, sent: 1, unroutable: 1 })
  r.bus.expire(DEAD, 0, 2)
  assert.deepEqual(await r.redrive({ clock }), NOTHING)
  const admin = (await r.bus.admin().start()).value
  assert.deepEqual((await admin.committed(GROUP, DEAD))[0], {
    topic: DEAD,
    partition: 0,
    offset: 2,
  })
})
