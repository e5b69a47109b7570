/** The whole worker with an exporter that writes another encoding than it reads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Header } from '#/core/run.ts'
import { HEADERS } from '#/worker/pipeline/dead-letters.ts'
import { problemsOf } from '../unit/attribution/schema.ts'
import { decodeLogs, encodeLogs, oneRecord, type LogRecord } from '../unit/formats/otlp.ts'
import { problemsOf as siemProblemsOf } from '../support/siem-schemas.ts'
import { litellmCall, startTestWorker, TOPICS, until, type TestWorker } from '../support/worker.ts'

const KEY = Buffer.from('key-1')
const TIMESTAMP = 1_795_089_601_000
const OCSF_SCHEMA = 'https://schema.ocsf.io/1.9.0/classes/api_activity'

interface OcsfEvent {
  readonly metadata: { readonly uid: string }
}

function publish(worker: TestWorker, value: Buffer | null): void {
  worker.bus.publish(TOPICS.raw, 0, { key: KEY, value, headers: [], timestamp: TIMESTAMP })
}

async function settled(worker: TestWorker, messages: number): Promise<void> {
  await until('every message has its fate', () => {
    const labels = { topic: TOPICS.raw, partition: '0' }
    const value = (name: string) => worker.meter.value(`whosecall_${name}_messages_total`, labels)
    return value('published') + value('dead_lettered') + value('filtered') === messages
  })
}

function recordsOf(value: Buffer | null | undefined): readonly LogRecord[] {
  return decodeLogs(value!).resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords ?? []
}

/** The attributes of a record as the object that the published schema describes, valid by it. */
function attributionOf(record: LogRecord | undefined): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  const parts: Record<string, Record<string, unknown>> = {}
  for (const { key = '', value } of record?.attributes ?? []) {
    const path = key.slice('attribution.'.length)
    const plain =
      value?.stringValue ??
      value?.boolValue ??
      (value?.intValue === undefined ? undefined : Number(value.intValue)) ??
      value?.arrayValue?.values?.map((item) => item.stringValue)
    const [name = '', member] = path.split('.')
    if (member === undefined) root[name] = plain
    else root[name] = Object.assign((parts[name] ??= {}), { [member]: plain })
  }
  assert.deepEqual(problemsOf(root), [])
  return root
}

test('plain JSON leaves as OTLP protobuf, with key, timestamp, text, times and attribution', async (t) => {
  const worker = await startTestWorker(t, {
    exporter_logs: { encoding: 'otlp_proto' },
    attribution: { detail: 'full' },
  })
  const value = litellmCall('known')
  for (let n = 0; n < 3; n += 1) publish(worker, value)
  await settled(worker, 3)
  const messages = worker.bus.read(TOPICS.out)
  assert.equal(messages.length, 3)
  for (const [offset, out] of messages.entries()) {
    assert.deepEqual(out.key, KEY)
    assert.equal(out.timestamp, TIMESTAMP)
    const records = recordsOf(out.value)
    assert.equal(records.length, 1)
    assert.equal(records[0]?.body?.stringValue, value.toString())
    assert.equal(records[0]?.timeUnixNano, '1795089600104000000')
    assert.equal(records[0]?.observedTimeUnixNano, `${TIMESTAMP}000000`)
    const attribution = attributionOf(records[0])
    assert.deepEqual(attribution['owner'], {
      id: 'team:payments',
      team: 'payments',
      cost_center: 'CC-1',
    })
    assert.equal(attribution['event_id'], `test/raw/0/${offset}/0@${TIMESTAMP}`)
    assert.equal(attribution['as_of'], '2026-11-19T12:00:00.104Z')
  }
})

test('each event of a list has a record; what is no call has its time and no attribution', async (t) => {
  const worker = await startTestWorker(t, { exporter_logs: { encoding: 'otlp_json' } })
  const calls = [
    litellmCall('known'),
    litellmCall('known', { call_type: 'call_mcp_tool' }),
    litellmCall(null, { requester_ip_address: '203.0.113.9', startTime: undefined }),
  ]
  publish(worker, Buffer.from(`[${calls.join(', ')}]`))
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  const logs = JSON.parse(out!.value!.toString()) as ReturnType<typeof decodeLogs>
  const records = logs.resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords ?? []
  assert.deepEqual(
    records.map(({ body }) => body?.stringValue),
    calls.map(String),
  )
  assert.deepEqual(
    records.map(({ timeUnixNano }) => timeUnixNano),
    ['1795089600104000000', '1795089600104000000', `${TIMESTAMP}000000`],
  )
  assert.equal(attributionOf(records[0])['outcome'], 'attributed')
  assert.deepEqual(records[1]?.attributes, [])
  assert.equal(attributionOf(records[2])['ip_only'], true)
})

test('what redaction takes out is in no part of the record', async (t) => {
  const worker = await startTestWorker(t, {
    exporter_logs: { encoding: 'otlp_proto' },
    redaction: {
      drop: ['/messages'],
      pseudonymize: { key_id: '1', key: 'a secret of sixteen or more', fields: ['/end_user'] },
    },
  })
  const messages = [{ role: 'user', content: 'my secret prompt' }]
  publish(worker, litellmCall('known', { messages, end_user: 'ana-who-calls' }))
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  const [record] = recordsOf(out?.value)
  const event = JSON.parse(record!.body!.stringValue!) as Record<string, unknown>
  assert.deepEqual(Object.keys(event).includes('messages'), false)
  assert.match(String(event['end_user']), /^k1:[\w-]{43}$/)
  assert.match(String(attributionOf(record)['on_behalf_of']), /^user=k1:/)
  assert.equal(out!.value!.includes('ana-who-calls'), false)
  assert.equal(out!.value!.includes('secret prompt'), false)
})

test('forged attribution is not in the text either', async (t) => {
  const worker = await startTestWorker(t, { exporter_logs: { encoding: 'otlp_proto' } })
  publish(worker, litellmCall(null, { attribution: { outcome: 'attributed' } }))
  await settled(worker, 1)
  const [record] = recordsOf(worker.bus.read(TOPICS.out)[0]?.value)
  assert.equal(record?.body?.stringValue, litellmCall(null).toString())
  assert.equal(attributionOf(record)['reason'], 'no_identity')
  assert.equal(worker.meter.value('whosecall_forged_attributes_total'), 1)
})

test('tombstones, dead letters and what the broker refuses keep their bytes and fates', async (t) => {
  const worker = await startTestWorker(t, {
    exporter_logs: { encoding: 'otlp_json' },
    out_bytes_max: 1800,
  })
  const broken = Buffer.from('{"call_type":"acompletion",')
  const big = litellmCall('known', { note: 'x'.repeat(2000) })
  publish(worker, null)
  publish(worker, broken)
  publish(worker, big)
  publish(worker, litellmCall('known'))
  await settled(worker, 4)
  const letters = worker.bus.read(TOPICS.dead)
  const reasonOf = (letter: (typeof letters)[number]) =>
    String(letter.headers?.find(({ name }) => name === HEADERS.reason)?.value)
  assert.deepEqual(letters.map(reasonOf).toSorted(), ['malformed', 'too_large'])
  const values = letters.map(({ value }) => String(value))
  assert.deepEqual(new Set(values), new Set([String(broken), String(big)]))
  assert.equal(worker.bus.read(TOPICS.out).length, 1)
  const labels = { topic: TOPICS.raw, partition: '0' }
  assert.equal(worker.meter.value('whosecall_filtered_messages_total', labels), 1)
})

test('what comes as OTLP leaves as it came when that is what is asked for', async (t) => {
  const worker = await startTestWorker(t, {
    receiver: { source: 'otel-genai-logs', logs: { topics: [TOPICS.raw], encoding: 'otlp_json' } },
    exporter_logs: { encoding: 'otlp_json' },
  })
  const record = '{"eventName":"gen_ai.client.inference.operation.details","attributes":['
  const attribute = '{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}'
  const head = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}${attribute}`
  publish(worker, Buffer.from(`${head}]}]}]}]}`))
  await settled(worker, 1)
  assert.ok(worker.bus.read(TOPICS.out)[0]?.value?.toString().startsWith(`${head},{"key":"attri`))
})

test('a message leaves as a CloudEvent round any encoding, and is no longer the one it was', async (t) => {
  const worker = await startTestWorker(t, {
    exporter_logs: { encoding: 'otlp_proto', cloudevents: 'binary' },
  })
  const headers = ['ce_id', 'ce_type', 'content-type', 'trace'].map((name) => ({
    name,
    value: Buffer.from('1'),
  }))
  worker.bus.publish(TOPICS.raw, 0, {
    key: KEY,
    value: litellmCall('known'),
    headers,
    timestamp: TIMESTAMP,
  })
  await settled(worker, 1)
  const [out] = worker.bus.read(TOPICS.out)
  assert.deepEqual(
    out?.headers?.map(({ name, value }) => [name, String(value)]),
    [
      ['trace', '1'],
      ['content-type', 'application/x-protobuf'],
      ['attribution-outcome', 'attributed'],
      ['attribution-owner', 'team:payments'],
      ['ce_specversion', '1.0'],
      ['ce_type', 'dev.whosecall.calls.v1'],
      ['ce_source', 'urn:whosecall:test'],
      ['ce_id', `test/raw/0/0/0@${TIMESTAMP}`],
      ['ce_time', '2026-11-19T12:00:01.000Z'],
    ],
  )
  const [record] = recordsOf(out.value)
  assert.equal(attributionOf(record)['event_id'], `test/raw/0/0/0@${TIMESTAMP}`)
})

function plainHeaders(message: { readonly headers?: readonly Header[] | undefined }) {
  return Object.fromEntries((message.headers ?? []).map(({ name, value }) => [name, String(value)]))
}

test('as OCSF each event leaves as a message of its own, and all of them have one fate', async (t) => {
  const worker = await startTestWorker(t, {
    exporter_logs: { encoding: 'ocsf', cloudevents: 'binary' },
  })
  const call = litellmCall('known').toString()
  const nobody = litellmCall(null, { requester_ip_address: '203.0.113.9' }).toString()
  publish(worker, Buffer.from(`[${call},${nobody},${call}]`))
  publish(worker, Buffer.from('[]'))
  publish(worker, litellmCall('known', { call_type: 'call_mcp_tool' }))
  await settled(worker, 3)
  const messages = worker.bus.read(TOPICS.out)
  const events = messages.map(({ value }) => JSON.parse(value!.toString()) as OcsfEvent)
  for (const event of events) assert.deepEqual(siemProblemsOf('ocsf', event), [])
  assert.deepEqual(
    events.map(({ metadata }) => metadata.uid),
    ['0/0', '0/1', '0/2', '2/0'].map((place) => `test/raw/0/${place}@${TIMESTAMP}`),
  )
  assert.deepEqual(
    messages.map((message) => plainHeaders(message)['ce_id']),
    events.map(({ metadata }) => metadata.uid),
  )
  assert.deepEqual(
    messages.map((message) => plainHeaders(message)['attribution-outcome']),
    ['attributed', 'unattributed', 'attributed', undefined],
  )
  assert.equal(plainHeaders(messages[0]!)['ce_dataschema'], OCSF_SCHEMA)
  for (const message of messages) assert.deepEqual(message.key, KEY)
  const labels = { topic: TOPICS.raw, partition: '0' }
  assert.equal(worker.meter.value('whosecall_published_messages_total', labels), 2)
  assert.equal(worker.meter.value('whosecall_filtered_messages_total', labels), 1)
  const counted = (outcome: string, reason: string) =>
    worker.meter.value('whosecall_events_total', { outcome, reason })
  assert.equal(counted('attributed', 'none'), 2)
  assert.equal(counted('unattributed', 'ip_only'), 1)
})

test('a message of which the broker refuses one event is a dead letter as a whole, once', async (t) => {
  const worker = await startTestWorker(t, {
    exporter_logs: { encoding: 'ocsf' },
    out_bytes_max: 3000,
  })
  const call = litellmCall('known').toString()
  const big = litellmCall('known', { user_agent: 'x'.repeat(3000) }).toString()
  publish(worker, Buffer.from(`[${call},${big},${big}]`))
  publish(worker, Buffer.from(call))
  await settled(worker, 2)
  const letters = worker.bus.read(TOPICS.dead)
  assert.deepEqual(
    letters.map(({ value }) => String(value)),
    [`[${call},${big},${big}]`],
  )
  const labels = { topic: TOPICS.raw, partition: '0' }
  assert.equal(worker.meter.value('whosecall_published_messages_total', labels), 1)
  assert.equal(worker.meter.value('whosecall_dead_lettered_messages_total', labels), 1)
  const events = { outcome: 'attributed', reason: 'none' }
  assert.equal(worker.meter.value('whosecall_events_total', events), 1)
})

test('OTLP leaves as ECS, from either encoding', async (t) => {
  const worker = await startTestWorker(t, {
    receiver: { source: 'otel-genai-logs', logs: { topics: [TOPICS.raw], encoding: 'auto' } },
    exporter_logs: { encoding: 'ecs' },
  })
  const attributes = [
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
    { key: 'gen_ai.provider.name', value: { stringValue: 'openai' } },
    { key: 'gen_ai.usage.input_tokens', value: { intValue: '7' } },
  ]
  const logs = oneRecord({ eventName: 'gen_ai.client.inference.operation.details', attributes })
  publish(worker, encodeLogs(logs))
  publish(worker, Buffer.from(JSON.stringify(logs)))
  await settled(worker, 2)
  const events = worker.bus
    .read(TOPICS.out)
    .map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>)
  assert.equal(events.length, 2)
  for (const event of events) {
    assert.deepEqual(siemProblemsOf('ecs', event), [])
    assert.deepEqual(event['gen_ai'], {
      system: 'openai',
      operation: { name: 'chat' },
      usage: { input_tokens: 7 },
    })
  }
})
