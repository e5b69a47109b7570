import type { ConnectionConfig } from '#/bus/config.ts'
import type { Bus, Producer } from '#/core/bus.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { OutgoingMessage } from '#/core/run.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import type { Io } from '../command.ts'
import { connectKafka } from '../connect.ts'
import { DEMO_TOPICS } from './callers.ts'
import { generate, type GeneratedEvent } from './generate.ts'
import type { Plan } from './session.ts'

/** The generated calls into a real Kafka, for a worker that runs on its own (docker-compose.yml does this). */
const PARTITIONS = 3
const BATCH_MS = 50
const STOP_MS_MAX = 5000
const BATCH_EVENTS_MAX = 500
const MESSAGE_BYTES_MAX = 1_048_588
/** A dead letter is the raw message and up to 64 KiB of headers. */
const DEAD_LETTER_BYTES_MAX = MESSAGE_BYTES_MAX + 131_072

export async function produce(plan: Plan, create_topics: boolean, io: Io): Promise<void> {
  const brokers = (io.env['KAFKA_BROKERS'] ?? 'localhost:9092').split(',').map((one) => one.trim())
  const logger = createLogger({ level: 'warn', format: 'text' })
  const meter = createMeter({ process_metrics: false })
  const bus = connectKafka({ clock: io.clock, logger, meter })(connectionTo(brokers), {
    compression: 'none',
  })
  if (create_topics) await createTopics(bus, io)
  else await sendAll(plan, bus, brokers, io)
}

function connectionTo(brokers: readonly string[]): ConnectionConfig {
  return {
    brokers: [...brokers],
    client: 'kafkajs',
    client_id: 'whosecall-demo',
    connect_timeout_ms: 3000,
    request_timeout_ms: 30_000,
  }
}

async function createTopics(bus: Bus, io: Io): Promise<void> {
  const admin = await bus.admin().start()
  try {
    const topics = [
      ...Object.values(DEMO_TOPICS).map((topic) => ({ topic, partitions: PARTITIONS })),
      { topic: 'ai.calls.attributed', partitions: PARTITIONS },
      { topic: 'ai.calls.dead-letter', partitions: 1, max_message_bytes: DEAD_LETTER_BYTES_MAX },
    ]
    await admin.value.createTopics(topics)
    await io.err.write(`topics are there: ${topics.map(({ topic }) => topic).join(', ')}\n`)
  } finally {
    using deadline = createDeadline(io.clock, STOP_MS_MAX)
    await admin.stop(deadline)
  }
}

async function sendAll(plan: Plan, bus: Bus, brokers: readonly string[], io: Io): Promise<void> {
  const partitions = await partitionsOf(bus, io)
  const producer = await bus.producer().start()
  const begin_ms = io.clock.now()
  const per_second = plan.per_second ?? Number.POSITIVE_INFINITY
  const spacing_ms = Math.max(1, 1000 / per_second)
  const events = generate({ ...plan, start_ms: begin_ms, spacing_ms })
  let sent = 0
  await io.err.write(`sending generated calls to ${brokers.join(',')} until Ctrl-C\n`)
  try {
    while (!io.stop.aborted) {
      const due = Math.floor(((io.clock.now() - begin_ms) * per_second) / 1000) + 1 - sent
      const batch = nextBatch(events, Math.min(BATCH_EVENTS_MAX, due), partitions, sent)
      sent += batch.length
      if (batch.length > 0) await deliver(batch, producer.value, io)
      if (sent === plan.events) return
      if (due < BATCH_EVENTS_MAX) await io.clock.sleep(BATCH_MS, io.stop)
    }
  } finally {
    using deadline = createDeadline(io.clock, STOP_MS_MAX)
    await producer.stop(deadline)
    await io.err.write(`sent ${sent} calls\n`)
  }
}

function nextBatch(
  events: Iterator<GeneratedEvent>,
  size: number,
  partitions: ReadonlyMap<string, number>,
  sent: number,
): readonly OutgoingMessage[] {
  const batch: OutgoingMessage[] = []
  while (batch.length < size) {
    const { value: event, done } = events.next()
    if (done === true) break
    const { topic, key, value, timestamp } = event
    const partition = (sent + batch.length) % (partitions.get(topic) ?? 1)
    batch.push({ topic, partition, key, value, headers: undefined, timestamp })
  }
  return batch
}

/** Until the broker has it: the producer's word is one attempt. */
async function deliver(
  batch: readonly OutgoingMessage[],
  producer: Producer,
  io: Io,
): Promise<void> {
  while (!io.stop.aborted) {
    const result = await producer.send(batch)
    if (result.type === 'delivered') return
    if (result.type === 'rejected') {
      throw new WhosecallError('dependency_unreachable', 'the broker refuses the generated calls')
    }
    await io.clock.sleep(result.after_ms, io.stop)
  }
}

async function partitionsOf(bus: Bus, io: Io): Promise<ReadonlyMap<string, number>> {
  const admin = await bus.admin().start()
  try {
    const counts = await admin.value.partitionCounts(Object.values(DEMO_TOPICS))
    const found = new Map<string, number>()
    for (const [topic, count] of counts) {
      if (count === undefined) {
        throw new WhosecallError(
          'dependency_unreachable',
          `topic ${topic} does not exist; create the topics first: whosecall demo --kafka --create-topics`,
        )
      }
      found.set(topic, count)
    }
    return found
  } finally {
    using deadline = createDeadline(io.clock, STOP_MS_MAX)
    await admin.stop(deadline)
  }
}
