/** Looking on while a worker runs: what is shown, what is not, and what a wrong filter is answered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import type { TappedEvent } from '#/worker/admin/tapped-event.ts'
import { litellmCall, startTestWorker, until, type TestWorker } from '../support/worker.ts'
import { publish, settled } from '../support/worker-messages.ts'
import { createFakeIo } from '../unit/cli/fake-io.ts'

/** Publishes what is given again and again until the command has seen enough. */
async function tap(
  worker: TestWorker,
  line: readonly string[],
  values: readonly (Buffer | null)[],
): Promise<readonly TappedEvent[]> {
  const io = createFakeIo()
  let code: number | undefined
  const running = dispatch(['tap', '--url', worker.admin_url, ...line], COMMANDS, io)
  running.then(
    (ended) => (code = ended),
    () => (code = -1),
  )
  await until('the tap has ended', () => {
    for (const value of values) publish(worker, value)
    return code !== undefined
  })
  assert.equal(await running, 0)
  return io.written.out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
}

const KNOWN = litellmCall('known')
const NOBODY = litellmCall(null, { metadata: { requester_ip_address: '203.0.113.9' } })
const PERSON = litellmCall(null, {
  messages: [{ role: 'user', content: 'a secret plan' }],
  metadata: { user_api_key_user_id: 'u-1', user_api_key_hash: null },
})

test('events are shown with what was decided, one a line', async (t) => {
  const worker = await startTestWorker(t)
  const [event] = await tap(worker, ['--limit', '1'], [KNOWN])
  const { offset, ...rest } = event!
  assert.ok(Number.isInteger(offset))
  assert.deepEqual(rest, {
    stage: 'decided',
    topic: 'raw',
    partition: 0,
    event: 0,
    source: 'litellm',
    outcome: 'attributed',
    method: 'credential',
    level: 'prompt',
    confidence: 'high',
    owner_id: 'team:payments',
    fate: 'published',
    evidence_kinds: ['api_key'],
  })
})

test('a filter shows what it names, at the stage that it names', async (t) => {
  const worker = await startTestWorker(t)
  const broken = Buffer.from('{"call_type":')
  const values = [KNOWN, NOBODY, broken, null]
  const events = await tap(
    worker,
    ['--stage', 'published', '--outcome', 'unattributed', '--source', 'lite*', '--limit', '3'],
    values,
  )
  assert.equal(events.length, 3)
  for (const { stage, outcome, reason } of events)
    assert.deepEqual([stage, outcome, reason], ['published', 'unattributed', 'ip_only'])
  const [letter] = await tap(worker, ['--stage', 'dead_lettered', '--limit', '1'], values)
  assert.equal(letter?.dead_letter_reason, 'malformed')
  assert.equal(letter.dead_letter_stage, 'scan')
  assert.equal(letter.event, undefined)
})

test('no prompt, person or address is shown, with evidence neither', async (t) => {
  const worker = await startTestWorker(t)
  const events = await tap(worker, ['--evidence', '--limit', '8'], [PERSON, NOBODY, KNOWN])
  const text = JSON.stringify(events)
  for (const hidden of ['u-1', '203.0.113.9', 'secret plan', 'messages'])
    assert.ok(!text.includes(hidden), `${hidden} in ${text}`)
  assert.ok(events.some(({ evidence }) => evidence === 'api_key=litellm/known'))
  assert.ok(events.some(({ evidence }) => evidence === 'user=[withheld]'))
})

test('what looks on changes nothing of what is written', async (t) => {
  const worker = await startTestWorker(t)
  publish(worker, KNOWN)
  await settled(worker, 1)
  await tap(worker, ['--limit', '2'], [KNOWN])
  await until('all is written', () =>
    worker.status().partitions.every((each) => each.in_flight === 0),
  )
  const published = worker.bus.read('attributed').map(({ value }) => value!.toString())
  const normal = published.map((text) => text.replace(/"event_id":"[^"]*"/, ''))
  assert.ok(published.length > 2)
  assert.equal(new Set(normal).size, 1)
})

test('a source that no receiver reads is a usage error with the nearest one', async (t) => {
  const worker = await startTestWorker(t)
  await assert.rejects(
    dispatch(['tap', '--url', worker.admin_url, '--source', 'litelm'], COMMANDS, createFakeIo()),
    { code: 'usage', message: 'unknown source "litelm"; did you mean litellm?' },
  )
})

test('a reason or a rate that is none is a usage error before anything is asked', async () => {
  for (const line of [
    ['--reason', 'ip_onyl'],
    ['--rate', 'fast'],
  ])
    await assert.rejects(
      dispatch(['tap', '--url', 'http://127.0.0.1:1', ...line], COMMANDS, createFakeIo()),
      { code: 'usage' },
    )
})

test('on a terminal an event is one line to read', async (t) => {
  const worker = await startTestWorker(t)
  const io = createFakeIo({ is_terminal: true })
  const running = dispatch(['tap', '--url', worker.admin_url, '--evidence'], COMMANDS, io)
  await until('somebody looks on', () => io.written.err !== '')
  for (const value of [KNOWN, NOBODY]) publish(worker, value)
  await until('both are shown', () => io.written.out.split('\n').length > 2)
  io.stopNow()
  assert.equal(await running, 0)
  assert.deepEqual(io.written.out.split('\n'), [
    'raw/0/0/0  litellm  attributed  team:payments  credential/prompt/high  api_key=litellm/known',
    'raw/0/1/0  litellm  unattributed ip_only',
    '',
  ])
})

test('a worker that stops ends its taps', async (t) => {
  const worker = await startTestWorker(t)
  const io = createFakeIo({ is_terminal: true })
  const running = dispatch(['tap', '--url', worker.admin_url], COMMANDS, io)
  const ended = assert.rejects(running, {
    code: 'dependency_unreachable',
    message: /ended the tap/,
  })
  await until('somebody looks on', () => io.written.err.startsWith('looking on'))
  await worker.stop()
  await ended
})

test('top shows the worker that it asks', async (t) => {
  const worker = await startTestWorker(t)
  publish(worker, KNOWN)
  publish(worker, NOBODY)
  await settled(worker, 2)
  const lines = [
    /^whosecall 0\.0\.0 {2}http:/,
    /since start +50\.0 % +.*1 of 2$/m,
    /unattributed ip_only +1 /,
    /^kafka +raw\/0 +\w+ /m,
  ]
  await until('all of it is shown', async () => {
    const io = createFakeIo()
    assert.equal(await dispatch(['top', '--url', worker.admin_url], COMMANDS, io), 0)
    return lines.every((line) => line.test(io.written.out))
  })
})
