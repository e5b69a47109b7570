import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '#/worker/admin/page/verdict.ts'
import { busyStatus, emptyStatus, troubledStatus } from '../../../../support/status.ts'

const titles = (status: Parameters<typeof judge>[0]) =>
  judge(status).findings.map(({ level, title }) => `${level}: ${title}`)

test('All is well when nothing is wrong, and the summary has the number that matters.', () => {
  const { level, headline, summary, findings } = judge(busyStatus())
  assert.deepEqual([level, headline, findings], ['ok', 'All is well', []])
  assert.equal(summary, '93.3 % of the calls of the last 5 min have an owner, at 2,318/s.')
})

test('A worker that nothing came to yet is idle, not well and not wrong.', () => {
  const { level, headline, summary } = judge(emptyStatus())
  assert.deepEqual([level, headline], ['idle', 'Ready, and waiting for the first call'])
  assert.equal(summary, 'No call was read in the last 5 min.')
})

test('What is wrong stands before what to watch, and the worst is the headline.', () => {
  const { level, headline } = judge(troubledStatus())
  assert.deepEqual([level, headline], ['wrong', 'Not live, and 10 more things'])
  assert.deepEqual(titles(troubledStatus()), [
    'wrong: Not live',
    'wrong: Not ready',
    'wrong: 1 process crashed and starts again',
    'wrong: 1 partition stopped',
    'wrong: 1 partition is stalled',
    'wrong: 166,542 calls unresolved',
    'wrong: The directory does not answer',
    'wrong: Config reload failed',
    'watch: 1 partition went back',
    'watch: 1 partition falls behind',
    'watch: Redis does not answer',
  ])
})

test('An output that holds is told once: by readiness if that names it.', () => {
  const lanes = [{ name: 'kafka/out events', holding: true }]
  assert.deepEqual(titles(busyStatus({ lanes })), ['wrong: Holding: 1 output cannot be written'])
  const reasons = ['kafka/out events cannot be written: holding']
  assert.deepEqual(titles(busyStatus({ lanes, ready: { ok: false, reasons } })), [
    'wrong: Not ready',
  ])
})

test('Of many partitions in one state a few are named.', () => {
  const [one] = troubledStatus().partitions
  const partitions = Array.from({ length: 20 }, (_, partition) => ({
    ...one!,
    partition,
    state: 'stall' as const,
  }))
  const [finding] = judge(busyStatus({ partitions })).findings
  assert.equal(finding?.title, '20 partitions are stalled')
  assert.match(finding.details[0]!, /^ai\.gateway\.raw\/0, .*\/7 and 12 more$/)
})

test('An owner file that is not in force is said in words.', () => {
  const lookup = { directory: 'absent', entries: 0, tiers: [] }
  assert.deepEqual(titles(busyStatus({ lookup })), ['wrong: No owner file is in force'])
})
