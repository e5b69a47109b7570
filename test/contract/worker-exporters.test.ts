/** Several exporters on one pipeline: each gets every event its own way, and a message has one fate. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createMemoryBus, type MemoryBus } from '#/bus/memory/index.ts'
import type { ExportResult, OutgoingMessage } from '#/core/run.ts'
import { HEADERS } from '#/worker/pipeline/dead-letters.ts'
import { problemsOf } from '../support/siem-schemas.ts'
import { attributionOf, publish, settled } from '../support/worker-messages.ts'
import {
  litellmCall,
  startTestWorker,
  TOPICS,
  until,
  type TestWorker,
  type TestWorkerOptions,
} from '../support/worker.ts'

const SIEM = 'siem'
const PARTITION = { topic: TOPICS.raw, partition: '0' }
const BUSY: ExportResult = { type: 'retryable', after_ms: 1, cause: new Error('down') }

interface Options extends TestWorkerOptions {
  readonly siem?: object
  readonly siem_bytes_max?: number
  /** Answers in place of the bus. */
  readonly answer?: (
    topic: string,
    messages: readonly OutgoingMessage[],
  ) => ExportResult | undefined
}

/** A worker whose second exporter writes OCSF to a topic of its own. */
async function startTwo(t: TestContext, options: Options = {}): Promise<TestWorker> {
  const bus: MemoryBus = createMemoryBus({
    cluster_id: 'cluster',
    poison: true,
    intercept: (messages) => options.answer?.(messages[0]!.topic, messages),
  })
  bus.createTopic(SIEM, {
    partitions: 3,
    ...(options.siem_bytes_max === undefined ? {} : { max_message_bytes: options.siem_bytes_max }),
  })
  const siem = {
    brokers: ['memory:9092'],
    logs: { topic: SIEM, encoding: 'ocsf', cloudevents: 'binary' },
    retry_on_failure: { initial_interval_ms: 1, max_interval_ms: 5 },
    ...options.siem,
  }
  return startTestWorker(t, { ...options, exporters: { 'kafka/siem': siem } }, bus)
}

function messagesCounted(worker: TestWorker, fate: string): number {
  return worker.meter.value(`whosecall_${fate}_messages_total`, PARTITION)
}

function idsOf(worker: TestWorker): readonly string[] {
  return worker.bus.read(SIEM).map(({ value }) => {
    const event = JSON.parse(value!.toString()) as { readonly metadata: { readonly uid: string } }
    assert.deepEqual(problemsOf('ocsf', event), [])
    return event.metadata.uid
  })
}

function headersOf(message: ReturnType<MemoryBus['read']>[number]): Record<string, string> {
  return Object.fromEntries((message.headers ?? []).map(({ name, value }) => [name, String(value)]))
}

test('each exporter gets every event in its own encoding, with headers of its own', async (t) => {
  const worker = await startTwo(t)
  const calls = [litellmCall('known'), litellmCall(null)]
  publish(worker, Buffer.from(`[${calls.join()}]`), [
    { name: 'trace', value: Buffer.from('1') },
    { name: 'attribution-owner', value: Buffer.from('forged') },
  ])
  publish(worker, litellmCall('known'))
  publish(worker, Buffer.from('[]'))
  await settled(worker, 3)
  const out = worker.bus.read(TOPICS.out)
  assert.equal(out.length, 3, 'an empty list leaves as it came')
  assert.equal(attributionOf(out[1]!.value).owner?.id, 'team:payments')
  assert.deepEqual(headersOf(out[0]!), { trace: '1', 'content-type': 'application/json' })
  const siem = worker.bus.read(SIEM)
  assert.deepEqual(
    siem.map((message) => headersOf(message)['attribution-outcome']),
    ['attributed', 'unattributed', 'attributed'],
  )
  assert.deepEqual(
    siem.map((message) => headersOf(message)['ce_id']),
    idsOf(worker),
  )
  assert.deepEqual([headersOf(siem[0]!)['trace'], headersOf(siem[2]!)['trace']], ['1', undefined])
  assert.equal(messagesCounted(worker, 'published'), 3)
  assert.equal(worker.meter.value('whosecall_forged_attributes_total'), 1)
  const attributed = { outcome: 'attributed', reason: 'none' }
  assert.equal(worker.meter.value('whosecall_events_total', attributed), 2)
})

test('exporters of other types of content say their own type', async (t) => {
  const worker = await startTwo(t, { siem: { logs: { topic: SIEM, encoding: 'otlp_proto' } } })
  publish(worker, litellmCall('known'))
  await settled(worker, 1)
  const [plain, otlp] = [worker.bus.read(TOPICS.out)[0]!, worker.bus.read(SIEM)[0]!]
  assert.equal(headersOf(plain)['content-type'], 'application/json')
  assert.equal(headersOf(otlp)['content-type'], 'application/x-protobuf')
  assert.equal(headersOf(otlp)['attribution-owner'], 'team:payments')
})

test('while one exporter holds nothing is committed, and its values stay as they were', async (t) => {
  let is_down = true
  const worker = await startTwo(t, {
    answer: (topic) => (topic === SIEM && is_down ? BUSY : undefined),
  })
  const notes = Array.from({ length: 40 }, (_, n) => `${n}-`.repeat(2000))
  for (const note of notes) publish(worker, litellmCall('known', { note, id: note.slice(0, 8) }))
  await until('the first exporter has all of them', () => worker.bus.read(TOPICS.out).length === 40)
  assert.equal(messagesCounted(worker, 'published'), 0)
  assert.deepEqual(await committedIn(worker), -1)
  const labels = { exporter: 'kafka/siem', lane: 'output' }
  assert.equal(worker.meter.value('whosecall_holding', labels), 1)
  assert.equal(worker.meter.value('whosecall_holding', { ...labels, exporter: 'kafka' }), 0)
  const ready = await (await fetch(`${worker.admin_url}/readyz`)).text()
  assert.match(ready, /kafka\/siem output cannot be written/)
  is_down = false
  await settled(worker, 40)
  assert.deepEqual(
    idsOf(worker),
    notes.map((_, n) => `test/raw/0/${n}/0@1795089601000`),
  )
  assert.equal(worker.bus.read(TOPICS.out).length, 40, 'nothing is sent twice')
  await until('the position is committed', async () => (await committedIn(worker)) === 40)
  assert.equal(worker.meter.value('whosecall_holding', labels), 0)
})

test('what one exporter has and the other holds is sent again after a restart, with the same ids', async (t) => {
  let is_down = true
  const worker = await startTwo(t, {
    answer: (topic) => (topic === SIEM && is_down ? BUSY : undefined),
  })
  publish(worker, litellmCall('known'))
  await until('the first exporter has it', () => worker.bus.read(TOPICS.out).length === 1)
  await worker.stop()
  assert.equal(worker.bus.read(SIEM).length, 0)
  is_down = false
  const siem = { brokers: ['memory:9092'], logs: { topic: SIEM, encoding: 'ocsf' } }
  const next = await startTestWorker(t, { exporters: { 'kafka/siem': siem } }, worker.bus)
  await settled(next, 1)
  const ids = worker.bus.read(TOPICS.out).map(({ value }) => attributionOf(value).event_id)
  assert.deepEqual(ids, [ids[0], ids[0]])
  assert.deepEqual(idsOf(worker), [ids[0]])
})

test('what an exporter refuses for good is a dead letter once, whoever took it', async (t) => {
  const worker = await startTwo(t, { siem_bytes_max: 3000, out_bytes_max: 3000 })
  const both = litellmCall('known', { user_agent: 'x'.repeat(4000) })
  const only_siem = litellmCall('known', { user_agent: 'y'.repeat(2000) })
  const only_out = litellmCall('known', { note: 'z'.repeat(4000) })
  for (const value of [both, only_siem, only_out, litellmCall('known')]) publish(worker, value)
  await settled(worker, 4)
  const letters = worker.bus.read(TOPICS.dead)
  assert.deepEqual(
    letters.map(({ value }) => String(value)),
    [both, only_siem, only_out].map(String),
  )
  for (const letter of letters)
    assert.deepEqual(
      [headersOf(letter)[HEADERS.reason], headersOf(letter)[HEADERS.stage]],
      ['too_large', 'export'],
    )
  assert.equal(messagesCounted(worker, 'published'), 1)
  assert.equal(messagesCounted(worker, 'dead_lettered'), 3)
  const attributed = { outcome: 'attributed', reason: 'none' }
  assert.equal(worker.meter.value('whosecall_events_total', attributed), 1)
})

test('an exporter that is not required holds up nobody, and loses no more than is counted', async (t) => {
  let is_down = true
  const worker = await startTwo(t, {
    siem: { required: false, sending_queue: { bytes_max: 1_048_576 } },
    answer: (topic) => (topic === SIEM && is_down ? BUSY : undefined),
  })
  const note = 'x'.repeat(100_000)
  const count = 30
  for (let n = 0; n < count; n += 1) publish(worker, litellmCall('known', { user_agent: note + n }))
  await settled(worker, count)
  assert.equal(messagesCounted(worker, 'published'), count)
  const dropped = () =>
    worker.meter.value('whosecall_dropped_messages_total', { exporter: 'kafka/siem' })
  assert.ok(dropped() > 0 && dropped() < count, `${dropped()} of ${count}`)
  const ready = await (await fetch(`${worker.admin_url}/readyz`)).json()
  assert.equal(JSON.stringify(ready).includes('siem'), false)
  is_down = false
  await until('the rest is out', () => worker.bus.read(SIEM).length === count - dropped())
  assert.equal(new Set(idsOf(worker)).size, count - dropped())
  publish(worker, litellmCall('known'))
  await until('it goes on', () => worker.bus.read(SIEM).length === count - dropped() + 1)
})

test('what waits at an exporter that is not required when the worker stops is counted', async (t) => {
  const worker = await startTwo(t, {
    siem: { required: false },
    answer: (topic) => (topic === SIEM ? BUSY : undefined),
  })
  for (let n = 0; n < 3; n += 1) publish(worker, litellmCall('known'))
  await settled(worker, 3)
  await worker.stop()
  const dropped = worker.meter.value('whosecall_dropped_messages_total', { exporter: 'kafka/siem' })
  assert.equal(dropped, 3)
})

async function committedIn(worker: TestWorker): Promise<number> {
  const admin = await worker.bus.admin().start()
  const group_id = worker.config.receivers['kafka']!.group_id
  const [position] = await admin.value.committed(group_id, TOPICS.raw)
  return position!.offset
}
