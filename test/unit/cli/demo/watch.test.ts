import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CALLERS, SHADOW_CALLERS } from '#/cli/demo/cast.ts'
import type { Caller } from '#/cli/demo/callers.ts'
import { generate } from '#/cli/demo/generate.ts'
import type { Attribution } from '#/cli/demo/read-attribution.ts'
import { createWatch, type Notice } from '#/cli/demo/watch.ts'
import { REASONS } from '#/core/words.ts'

/** What whosecall should find, made up from what the cast expects. */
function found(caller: Caller): Attribution {
  if (caller.expects.startsWith('team:')) {
    return {
      outcome: 'attributed',
      owner_id: caller.expects,
      method: 'credential',
      confidence: 'high',
    }
  }
  const reason = REASONS.find((one) => one === caller.expects)
  assert.ok(reason !== undefined)
  const attribution: Attribution = { outcome: 'unattributed', reason }
  const known_network = caller.address.startsWith('203.0.113.')
  return known_network ? { ...attribution, suggested_owner: 'team:logistics' } : attribution
}

const types = (notices: readonly Notice[], type: Notice['type']): readonly Notice[] =>
  notices.filter((notice) => notice.type === type)

test('one example of each way of being attributed and of each reason is shown', () => {
  const watch = createWatch()
  const notices = CALLERS.flatMap((caller) => [
    ...watch.add(caller, found(caller)),
    ...watch.add(caller, found(caller)),
  ])
  const reasons = new Set(
    CALLERS.map((caller) => found(caller).reason).filter((one) => one !== undefined),
  )
  const sources = new Set(
    CALLERS.filter((caller) => found(caller).outcome === 'attributed').map(
      (caller) => caller.source,
    ),
  )
  assert.equal(types(notices, 'example').length, reasons.size + sources.size)
})

test('the story crosses the alert line once, after the unregistered service has arrived', () => {
  const watch = createWatch()
  const alerts: { readonly at: number; readonly notice: Notice }[] = []
  let at = 0
  for (const { caller } of generate({ seed: 7, events: 5000 })) {
    at += 1
    for (const notice of watch.add(caller, found(caller))) {
      if (notice.type !== 'example') alerts.push({ at, notice })
    }
  }
  assert.equal(alerts.length, 1)
  const [alert] = alerts
  assert.ok(alert !== undefined && alert.at > 3000 && alert.at < 4200, `at ${alert?.at}`)
  assert.ok(alert.notice.type === 'alert')
  assert.ok(alert.notice.recent.unattributed_rate > 0.3)
  assert.deepEqual(alert.notice.gap?.addresses, ['203.0.113.77', '203.0.113.78'])
  assert.equal(alert.notice.gap.suggested_owner, 'team:logistics')
})

test('a handful of events is no alert, and a recovery is said once', () => {
  const watch = createWatch()
  const [shadow] = SHADOW_CALLERS
  const [owned] = CALLERS
  assert.ok(shadow !== undefined && owned !== undefined)
  const add = (caller: Caller, times: number): readonly Notice[] =>
    Array.from({ length: times }, () => watch.add(caller, found(caller))).flat()
  assert.equal(types(add(shadow, 249), 'alert').length, 0)
  assert.equal(types(add(shadow, 100), 'alert').length, 1)
  assert.equal(types(add(owned, 3000), 'recovery').length, 1)
  assert.equal(watch.total().events, 3349)
  assert.deepEqual(watch.topOwners(), [['team:payments', 3000]])
})
