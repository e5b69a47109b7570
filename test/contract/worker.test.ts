/** What a worker promises, proved on the in-process bus with the real rooms behind it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBus } from '#/bus/memory/index.ts'
import type { Header } from '#/core/run.ts'
import { createDeadline, createLogger, systemClock } from '#/telemetry/index.ts'
import { HEADERS } from '#/worker/pipeline/dead-letters.ts'
import { redriveReason } from '#/worker/pipeline/redrive.ts'
import { litellmCall, startTestWorker, TOPICS, until } from '../support/worker.ts'
import { attributionOf, KEY, publish, settled, TIMESTAMP } from '../support/worker-messages.ts'

function headersOf(message: { readonly headers?: readonly Header[] | undefined }) {
  return Object.fromEntries((message.headers ?? []).map(({ name, value }) => [name, String(value)]))
}

test('a call is published with its owner, its key, headers, timestamp and bytes', async (t) => {
  const worker = await startTestWorker(t)
  const value = litellmCall('known')
  publish(worker, value, [
    { name: 'trace', value: Buffer.from('1') },
    { name: 'trace', value: null },
  ])
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  const attribution = attributionOf(out?.value)
  assert.equal(attribution.outcome, 'attributed')
  assert.equal(attribution.owner?.id, 'team:payments')
  assert.equal(attribution.event_id, `test/raw/0/0/0@${TIMESTAMP}`)
  assert.deepEqual(out?.key, KEY)
  assert.equal(out?.timestamp, TIMESTAMP)
  assert.deepEqual(
    out?.headers?.map(({ name, value: v }) => [name, v?.toString()]),
    [
      ['trace', '1'],
      ['trace', undefined],
      ['content-type', 'application/json'],
      ['attribution-outcome', 'attributed'],
      ['attribution-owner', 'team:payments'],
    ],
  )
  const text = out.value!.toString()
  const appended = text.indexOf(',"attribution":')
  assert.equal(`${text.slice(0, appended)}}`, value.toString())
})

test('what cannot be read becomes a dead letter with its bytes, key, headers and coordinates', async (t) => {
  const worker = await startTestWorker(t)
  const broken = Buffer.from('{"call_type":"acompletion",')
  publish(worker, litellmCall('known'))
  publish(worker, broken, [{ name: 'trace', value: Buffer.from('1') }])
  publish(worker, Buffer.from('{"not":"litellm"}'))
  await settled(worker, 3)
  const letters = worker.bus.read(TOPICS.dead)
  assert.deepEqual(
    letters.map((l) => headersOf(l)[HEADERS.reason]),
    ['malformed', 'wrong_shape'],
  )
  const [letter] = letters
  assert.deepEqual(letter?.value, broken)
  assert.deepEqual(letter?.key, KEY)
  const headers = headersOf(letter)
  assert.equal(headers['trace'], '1')
  assert.equal(headers[HEADERS.topic], 'raw')
  assert.equal(headers[HEADERS.offset], '1')
  assert.equal(headers[HEADERS.timestamp], String(TIMESTAMP))
  assert.equal(headers[HEADERS.stage], 'scan')
  assert.equal(headers[HEADERS.attempt], '0')
  assert.ok(letter.timestamp > TIMESTAMP, 'a dead letter carries the current time')
  assert.equal(worker.bus.read(TOPICS.out).length, 1)
})

test('forged attribution is stripped from value and headers, and counted', async (t) => {
  const worker = await startTestWorker(t)
  const value = Buffer.from(
    litellmCall(null).toString().replace('{', '{"\\u0061ttribution":{"outcome":"attributed"},'),
  )
  publish(worker, value, [
    { name: 'Attribution.owner', value: Buffer.from('me') },
    { name: 'Attribution-Owner', value: Buffer.from('me') },
    { name: HEADERS.offset, value: Buffer.from('99') },
    { name: 'mine', value: Buffer.from('stays') },
  ])
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  const attribution = attributionOf(out?.value)
  assert.equal(attribution.reason, 'no_identity')
  assert.equal(attribution.event_id, `test/raw/0/0/0@${TIMESTAMP}`)
  assert.deepEqual(Object.keys(headersOf(out!)), ['mine', 'content-type', 'attribution-outcome'])
  assert.equal(worker.meter.value('whosecall_forged_attributes_total'), 4)
})

test('a tombstone is filtered, and non-calls are when the config says so', async (t) => {
  const worker = await startTestWorker(t, { attribution: { non_calls: 'drop' } })
  publish(worker, null)
  publish(worker, litellmCall('known', { call_type: 'call_mcp_tool' }))
  publish(worker, litellmCall('known'))
  await settled(worker, 3)
  assert.equal(worker.bus.read(TOPICS.out).length, 1)
  const labels = { topic: TOPICS.raw, partition: '0' }
  assert.equal(worker.meter.value('whosecall_filtered_messages_total', labels), 2)
})

test('a non-call passes as it came, and is counted by its class', async (t) => {
  const worker = await startTestWorker(t)
  const value = litellmCall('known', { call_type: 'call_mcp_tool' })
  publish(worker, value)
  await settled(worker, 1)
  assert.deepEqual(worker.bus.read(TOPICS.out)[0]?.value, value)
  assert.equal(worker.meter.value('whosecall_non_calls_total', { class: 'tool_call' }), 1)
})

test('a message of one event says outcome and owner in headers, one of several does not', async (t) => {
  const worker = await startTestWorker(t)
  const call = litellmCall('known').toString()
  const values = [call, call, `[${call}]`, `[${call},${call}]`, '[]']
  for (const value of [...values, litellmCall(null), litellmCall('known', { call_type: 'mcp' })])
    publish(worker, Buffer.from(value))
  await settled(worker, 7)
  const typed = { 'content-type': 'application/json' }
  const owned = {
    ...typed,
    'attribution-outcome': 'attributed',
    'attribution-owner': 'team:payments',
  }
  assert.deepEqual(worker.bus.read(TOPICS.out).map(headersOf), [
    owned,
    owned,
    owned,
    typed,
    typed,
    { ...typed, 'attribution-outcome': 'unattributed' },
    typed,
  ])
})

test('events and tokens are counted by outcome when their message is acknowledged', async (t) => {
  const worker = await startTestWorker(t)
  publish(worker, litellmCall('known'))
  publish(worker, litellmCall('shared'))
  publish(worker, litellmCall(null, { requester_ip_address: '203.0.113.9' }))
  await settled(worker, 3)
  const events = (outcome: string, reason: string) =>
    worker.meter.value('whosecall_events_total', { outcome, reason })
  assert.equal(events('attributed', 'none'), 1)
  assert.equal(events('unattributed', 'shared_account'), 1)
  assert.equal(events('unattributed', 'ip_only'), 1)
  const tokens = { outcome: 'unattributed', type: 'input', basis: 'reported' }
  assert.equal(worker.meter.value('whosecall_tokens_total', tokens), 20)
})

test('a shared word of the operator names nobody, whichever field would build the key', async (t) => {
  const worker = await startTestWorker(t, {
    receiver: { shared_words: { '/metadata/user_api_key_alias': ['batch-*'] } },
  })
  const metadata = (alias: string) => ({
    metadata: { user_api_key_hash: 'known', user_api_key_alias: alias },
  })
  publish(worker, litellmCall('known', metadata('batch-common')))
  publish(worker, litellmCall('known', metadata('checkout')))
  publish(worker, litellmCall(null, { metadata: { user_api_key_alias: 'batch-2' } }))
  await settled(worker, 3)
  const found = worker.bus.read(TOPICS.out).map(({ value }) => attributionOf(value))
  assert.deepEqual(
    found.map(({ outcome, reason }) => reason ?? outcome),
    ['shared_account', 'attributed', 'shared_account'],
  )
})

test('a message that the broker refuses becomes a dead letter with its original bytes', async (t) => {
  const worker = await startTestWorker(t, { out_bytes_max: 600 })
  const big = litellmCall('known', { note: 'x'.repeat(300) })
  publish(worker, big)
  publish(worker, litellmCall(null))
  await settled(worker, 2)
  const [letter] = worker.bus.read(TOPICS.dead)
  assert.equal(headersOf(letter!)[HEADERS.reason], 'too_large')
  assert.equal(headersOf(letter!)[HEADERS.stage], 'export')
  assert.deepEqual(letter?.value, big)
  assert.equal(
    worker.meter.value('whosecall_events_total', { outcome: 'attributed', reason: 'none' }),
    0,
  )
})

test('while the dead-letter topic cannot be written the worker holds, says so, and goes on afterwards', async (t) => {
  let down = true
  const worker = await startTestWorker(t, {
    bus: {
      intercept: (messages) =>
        down && messages[0]?.topic === TOPICS.dead
          ? { type: 'retryable', after_ms: 0, cause: new Error('not authorized') }
          : undefined,
    },
  })
  publish(worker, Buffer.from('{'))
  publish(worker, litellmCall('known'))
  const ready = async () =>
    (await fetch(`${worker.admin_url}/readyz`)).json() as Promise<{ reasons: string[] }>
  await until('readiness tells', async () =>
    (await ready()).reasons.some((r) => r.includes('dead letters')),
  )
  assert.equal((await fetch(`${worker.admin_url}/livez`)).status, 200)
  const committed = await (
    await worker.bus.admin().start()
  ).value.committed('whosecall', TOPICS.raw)
  assert.equal(committed[0]?.offset, -1)
  down = false
  await settled(worker, 2)
  assert.equal(worker.bus.read(TOPICS.dead).length, 1)
  assert.deepEqual((await ready()).reasons, [])
})

test('a dead-letter topic that is smaller than an input topic stops the start', async (t) => {
  await assert.rejects(startTestWorker(t, { dead_letter_bytes_max: 1_048_587 }), {
    code: 'dependency_unreachable',
    message: /topic raw may hold messages of 1048588 bytes.*max\.message\.bytes=1114124/,
  })
  const worker = await startTestWorker(t, { dead_letter_bytes_max: 1_048_588 })
  publish(worker, litellmCall('known'))
  await settled(worker, 1)
})

test('a directory that cannot be asked makes an event unresolved and accuses nobody', async (t) => {
  const worker = await startTestWorker(t, {
    owners: { directory: { type: 'http', endpoint: 'http://127.0.0.1:9', timeout_ms: 100 } },
  })
  publish(worker, litellmCall('known', { requester_ip_address: '203.0.113.9' }))
  publish(worker, litellmCall(null, { requester_ip_address: '203.0.113.9' }))
  await settled(worker, 2)
  const [first, second] = worker.bus.read(TOPICS.out).map(({ value }) => attributionOf(value))
  assert.deepEqual([first?.outcome, first?.reason], ['unresolved', 'lookup_unavailable'])
  assert.equal(second?.reason, 'ip_only')
})

test('messages go to the partition input mod outputs, so that keys stay together', async (t) => {
  const worker = await startTestWorker(t, { raw_partitions: 5, out_partitions: 2 })
  for (let partition = 0; partition < 5; partition += 1)
    worker.bus.publish(TOPICS.raw, partition, {
      key: KEY,
      value: litellmCall('known'),
      timestamp: 1,
    })
  await until('all are out', () => worker.bus.read(TOPICS.out).length === 5)
  const by_partition = worker.bus
    .read(TOPICS.out)
    .map(({ partition, value }) => [
      partition,
      Number(attributionOf(value).event_id.split('/')[2]) % 2,
    ])
  for (const [partition, expected] of by_partition) assert.equal(partition, expected)
})

test('a re-driven message keeps its event_id, and stays when it was re-driven too often', async (t) => {
  const worker = await startTestWorker(t, { receiver: { redrive_topic: TOPICS.redrive } })
  publish(worker, litellmCall('known'))
  publish(worker, Buffer.from('{"broken":'))
  await settled(worker, 2)
  const redrive = (dry_run = false) =>
    redriveReason({
      bus: worker.bus,
      clock: systemClock,
      logger: createLogger({ level: 'error', format: 'json' }),
      reason: 'malformed',
      dead_letter_topic: TOPICS.dead,
      topicFor: (topic) => (topic === TOPICS.raw ? TOPICS.redrive : undefined),
      dry_run,
      messages_max: Infinity,
      rate_per_s: Infinity,
      attempts_max: 2,
      stop: new AbortController().signal,
      deadline: () => createDeadline(systemClock, 1000),
    })
  const NONE = { sent: 0, exhausted: 0, unroutable: 0, refused: 0 }
  assert.deepEqual(await redrive(true), { ...NONE, sent: 1 })
  assert.equal(worker.bus.read(TOPICS.redrive).length, 0)
  for (const attempt of [1, 2]) {
    assert.deepEqual(await redrive(), { ...NONE, sent: 1 })
    await until(
      'it is a dead letter again',
      () => worker.bus.read(TOPICS.dead).length === attempt + 1,
    )
    const headers = headersOf(worker.bus.read(TOPICS.dead)[attempt]!)
    assert.equal(headers[HEADERS.attempt], String(attempt))
    assert.equal(headers[HEADERS.offset], '1')
    assert.equal(headers[HEADERS.topic], TOPICS.raw)
  }
  assert.deepEqual(await redrive(), { ...NONE, exhausted: 1 })
  assert.deepEqual(await redrive(), { ...NONE, exhausted: 1 })
})

test('offsets are committed slice by slice while the rest of a run is held', async (t) => {
  let down = true
  const isHeld = (value: Buffer | null) => down && value?.includes('"test/raw/0/1000/') === true
  const bus = createMemoryBus({
    run_messages_max: 2_500,
    intercept: (messages) =>
      messages.some(({ value }) => isHeld(value))
        ? { type: 'retryable', after_ms: 0, cause: new Error('not now') }
        : undefined,
  })
  bus.createTopic(TOPICS.raw)
  for (let n = 0; n < 2_500; n += 1)
    bus.publish(TOPICS.raw, 0, { key: KEY, value: litellmCall('known'), timestamp: TIMESTAMP })
  const worker = await startTestWorker(t, {}, bus)
  const { value: admin } = await bus.admin().start()
  await until('the first slice is committed', async () => {
    const [position] = await admin.committed('whosecall', TOPICS.raw)
    return position?.offset === 1_000
  })
  const labels = { topic: TOPICS.raw, partition: '0' }
  assert.equal(worker.meter.value('whosecall_consumed_messages_total', labels), 2_500)
  assert.equal(worker.meter.value('whosecall_in_flight_messages', labels), 1_500)
  down = false
  await settled(worker, 2_500)
})

test('a clean stop commits everything that has its fate, and the next worker goes on from there', async (t) => {
  const first = await startTestWorker(t)
  for (let n = 0; n < 50; n += 1) publish(first, litellmCall('known', { n }))
  await settled(first, 50)
  await first.stop()
  publish(first, litellmCall('known', { n: 50 }))
  const second = await startTestWorker(t, {}, first.bus)
  await settled(second, 1)
  assert.equal(second.bus.read(TOPICS.out).length, 51)
})
