import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createScore } from '#/cli/demo/score.ts'

test('shares are of all events, the rate leaves out what could not be looked up', () => {
  const score = createScore(10)
  for (let index = 0; index < 6; index += 1) score.add('attributed', undefined)
  score.add('unattributed', 'ip_only')
  score.add('unattributed', 'shared_account')
  score.add('unresolved', 'lookup_unavailable')
  score.add('unresolved', 'lookup_unavailable')
  const total = score.total()
  assert.equal(total.events, 10)
  assert.equal(total.attributed_share, 0.6)
  assert.equal(total.unattributed_rate, 0.25)
  assert.equal(total.unresolved, 2)
  assert.deepEqual([total.reasons.ip_only, total.reasons.shared_account], [0.1, 0.1])
  assert.deepEqual(score.recent(), total)
})

test('the window forgets what is older than its length, the total does not', () => {
  const score = createScore(4)
  for (let index = 0; index < 4; index += 1) score.add('unattributed', 'ip_only')
  for (let index = 0; index < 3; index += 1) score.add('attributed', undefined)
  assert.equal(score.recent().unattributed_rate, 0.25)
  assert.equal(score.total().unattributed_rate, 4 / 7)
  assert.deepEqual([score.recent().events, score.total().events], [4, 7])
})

test('nothing is no division by zero', () => {
  const { attributed_share, unattributed_rate, events } = createScore(4).recent()
  assert.deepEqual([attributed_share, unattributed_rate, events], [0, 0, 0])
})
