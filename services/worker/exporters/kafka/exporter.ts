/**
 * Two lanes into one cluster: attributed events and dead letters. Before the first message it checks that both topics are
 * there and that the dead-letter topic can take the largest raw message with its headers.
 */
import type { Admin, Bus } from '#/core/bus.ts'
import type { Deadline, Started } from '#/core/component.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { OutputEncoding } from '#/core/words.ts'
import { createCloudEvents, type CloudEventHeaders } from '#/formats/cloudevents/index.ts'
import { DATA_SCHEMAS } from '#/formats/shapes/index.ts'
import type { Target } from '../../pipeline/dispatch.ts'
import { createLane } from '../../pipeline/lane.ts'
import type { KafkaExporterConfig } from './config.ts'

export interface Exporter {
  /** What messages leave as. */
  readonly encoding: OutputEncoding
  /** Present when messages leave as CloudEvents. */
  readonly cloudEventHeaders: CloudEventHeaders | undefined
  readonly output: Target
  readonly dead_letter: Target
  /** Largest message of the dead-letter topic, bytes; `undefined` when the broker does not say. */
  readonly dead_letter_bytes_max: number | undefined
  /** Resolves when both lanes are empty, or at the deadline. */
  drain(deadline: Deadline): Promise<void>
}

export async function startExporter(
  id: string,
  config: KafkaExporterConfig,
  bus: Bus,
  ports: Ports,
): Promise<Started<Exporter>> {
  const admin = await bus.admin().start()
  const names = [config.logs.topic, config.dead_letter.topic]
  const targets = await partitionsOf(id, admin.value, names)
  const dead_letter = config.dead_letter.topic
  const dead_letter_bytes_max = (await admin.value.maxMessageBytes([dead_letter])).get(dead_letter)
  await admin.stop(forever())
  const producer = await bus.producer().start()
  const options = {
    request_bytes_max: config.producer.request_bytes_max,
    retry_initial_ms: config.retry_on_failure.initial_interval_ms,
    retry_max_ms: config.retry_on_failure.max_interval_ms,
  }
  const output = createLane(
    { ...options, name: 'output', holds_rejected: false },
    producer.value,
    ports,
  )
  const letters = createLane(
    { ...options, name: 'dead_letter', holds_rejected: true },
    producer.value,
    ports,
  )
  return {
    value: {
      encoding: config.logs.encoding,
      cloudEventHeaders:
        config.logs.cloudevents === 'binary'
          ? createCloudEvents(DATA_SCHEMAS[config.logs.encoding])
          : undefined,
      output: { ...targets[0]!, lane: output },
      dead_letter: { ...targets[1]!, lane: letters },
      dead_letter_bytes_max,
      async drain(deadline) {
        // Events first: one that the broker refuses still becomes a dead letter.
        await output.drain(deadline)
        await letters.drain(deadline)
      },
    },
    async stop(deadline) {
      output.close()
      letters.close()
      await producer.stop(deadline)
    },
  }
}

async function partitionsOf(
  id: string,
  admin: Admin,
  topics: readonly string[],
): Promise<readonly Omit<Target, 'lane'>[]> {
  const counts = await admin.partitionCounts(topics)
  const absent = topics.filter((topic) => counts.get(topic) === undefined)
  if (absent.length > 0)
    throw new WhosecallError(
      'dependency_unreachable',
      `exporter ${id}: topic ${absent.join(' and topic ')} does not exist; create it, or correct exporters.${id}`,
    )
  return topics.map((topic) => ({ topic, partitions: counts.get(topic)! }))
}

function forever() {
  return { at_ms: Infinity, signal: new AbortController().signal }
}
