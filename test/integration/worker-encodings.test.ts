/** Output encodings on a real Kafka: what one message becomes, with the headers that a consumer filters by. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { createWorker, readWorkerConfig } from '#/worker/index.ts'
import { connectKafka } from '../../services/cli/connect.ts'
import { createTopic, produce, readTopic, stackInfo, uniqueName } from '../stack/tools.ts'
import { problemsOf } from '../support/siem-schemas.ts'
import { litellmCall, OWNERS_YAML, temporaryFolder, until } from '../support/worker.ts'
import { decodeLogs } from '../unit/formats/otlp.ts'

/** Starts a worker whose exporter writes so, sends it one message, and reads what it made of it. */
async function throughKafka(t: TestContext, logs: object, value: Buffer, messages: number) {
  const { brokers } = stackInfo()
  const out = await createTopic(t, { partitions: 1 })
  const dead = await createTopic(t, { partitions: 1 })
  await startOnKafka(t, [value], {
    kafka: { brokers: [brokers], logs: { topic: out, ...logs }, dead_letter: { topic: dead } },
  })
  await until('all are out', async () => (await readTopic(out)).length >= messages)
  const read_back = await readTopic(out)
  assert.equal(read_back.length, messages)
  return read_back.map((message) => ({
    value: message.value,
    headers: Object.fromEntries(message.headers.map(([name, text_of]) => [name, String(text_of)])),
  }))
}

/** Starts a worker with these exporters on one pipeline, and sends it these messages. */
async function startOnKafka(
  t: TestContext,
  values: readonly Buffer[],
  exporters: Readonly<Record<string, object>>,
) {
  const { brokers } = stackInfo()
  const raw = await createTopic(t, { partitions: 1 })
  const owners = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(owners, OWNERS_YAML)
  const text = JSON.stringify({
    receivers: {
      kafka: {
        brokers: [brokers],
        group_id: uniqueName('group'),
        logs: { topics: [raw] },
        source: 'litellm',
        trust: 'trusted',
        origin: 'test',
      },
    },
    processors: { attribution: {} },
    exporters,
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: {
          receivers: ['kafka'],
          processors: ['attribution'],
          exporters: Object.keys(exporters),
        },
      },
      telemetry: { metrics: { endpoint: '127.0.0.1:0' } },
    },
  })
  const read = readWorkerConfig({ file: 'test', text, env: {}, readFile: () => '' })
  assert.ok(read.ok, JSON.stringify(read))
  const ports = {
    clock: systemClock,
    logger: createLogger({ level: 'error', format: 'json' }),
    meter: createMeter({ process_metrics: false }),
  }
  await produce(
    raw,
    values.map((value) => ({ partition: 0, value })),
  )
  const worker = await createWorker({
    config: read.config,
    ports,
    exposition: ports.meter,
    version: '0.0.0',
    connect: connectKafka(ports),
  }).start()
  t.after(() => worker.stop(createDeadline(systemClock, 5000)))
  return { raw, meter: ports.meter }
}

test('each event of a message is an OCSF event and a CloudEvent of its own, in order', async (t) => {
  const calls = [litellmCall('known'), litellmCall(null), litellmCall('known')]
  const logs = { encoding: 'ocsf', cloudevents: 'binary' }
  const messages = await throughKafka(t, logs, Buffer.from(`[${calls.join()}]`), 3)
  for (const [index, { value, headers }] of messages.entries()) {
    const event = JSON.parse(value!.toString()) as { metadata: { uid: string } }
    assert.deepEqual(problemsOf('ocsf', event), [])
    assert.equal(headers['ce_id'], event.metadata.uid)
    assert.match(event.metadata.uid, new RegExp(`/0/0/${index}@`))
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['ce_specversion'], '1.0')
  }
  assert.deepEqual(
    messages.map(({ headers }) => [headers['attribution-outcome'], headers['attribution-owner']]),
    [
      ['attributed', 'team:payments'],
      ['unattributed', undefined],
      ['attributed', 'team:payments'],
    ],
  )
})

test('plain JSON is OTLP behind a real broker', async (t) => {
  const call = litellmCall('known')
  const [message] = await throughKafka(t, { encoding: 'otlp_proto' }, call, 1)
  assert.equal(message?.headers['content-type'], 'application/x-protobuf')
  const logs = decodeLogs(message.value!)
  const record = logs.resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords?.[0]
  assert.equal(record?.body?.stringValue, call.toString())
})

test('two exporters write each event their own way; what one refuses is one dead letter; findings are told', async (t) => {
  const { brokers } = stackInfo()
  const out = await createTopic(t, { partitions: 1 })
  const siem = await createTopic(t, { partitions: 3, configs: { 'max.message.bytes': '4000' } })
  const dead = await createTopic(t, { partitions: 1 })
  const told = await createTopic(t, { partitions: 2 })
  const nobody = litellmCall(null, { requester_ip_address: '203.0.113.9' })
  const calls = [litellmCall('known'), litellmCall('known', { user_agent: 'x'.repeat(5000) })]
  const { raw, meter } = await startOnKafka(t, [...calls, nobody], {
    kafka: {
      brokers: [brokers],
      logs: { topic: out },
      dead_letter: { topic: dead },
      findings: { topic: told },
    },
    'kafka/siem': { brokers: [brokers], logs: { topic: siem, encoding: 'ocsf' } },
  })
  const counted = (fate: string) =>
    meter.value(`whosecall_${fate}_messages_total`, { topic: raw, partition: '0' })
  await until('each has its fate', () => counted('published') + counted('dead_lettered') === 3)
  assert.equal(counted('published'), 2)
  const letters = await readTopic(dead)
  assert.deepEqual(
    letters.map(({ value }) => value),
    [calls[1]],
  )
  assert.equal((await readTopic(out)).length, 3)
  const events = (await readTopic(siem)).map(({ value }) => JSON.parse(value!.toString()) as object)
  assert.equal(events.length, 2)
  for (const event of events) assert.deepEqual(problemsOf('ocsf', event), [])
  const found = (await readTopic(told)).map(({ value }) => JSON.parse(value!.toString()) as object)
  assert.equal(found.length, 1)
  for (const finding of found) assert.deepEqual(problemsOf('finding', finding), [])
})
