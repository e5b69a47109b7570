/**
 * Lanes into one cluster: attributed events and, if they go here, dead letters and findings.
 */
import { brokersOf } from '#/bus/config.ts'
import type { Bus } from '#/core/bus.ts'
import type { Deadline, Startable, Started } from '#/core/component.ts'
import type { Ports } from '#/core/ports.ts'
import type { OutputEncoding } from '#/core/words.ts'
import { createCloudEvents } from '#/formats/cloudevents/index.ts'
import { DATA_SCHEMAS } from '#/formats/shapes/index.ts'
import type { Cluster } from '../../clusters.ts'
import { createWatch, type Watch } from '../../findings/watch.ts'
import type { Output, Target } from '../../pipeline/dispatch.ts'
import { createLane, type Lane, type LaneOptions } from '../../pipeline/lane.ts'
import { createOptionalLane } from '../../pipeline/optional-lane.ts'
import type { KafkaExporterConfig } from './config.ts'

export interface Exporter {
  /** What messages leave as. */
  readonly encoding: OutputEncoding
  readonly output: Output
  readonly dead_letter: DeadLetterTarget | undefined
  readonly findings: FindingsTarget | undefined
  /** What can hold the worker up, by a name for operators. */
  readonly lanes: Readonly<Record<string, Lane>>
  /** Resolves when no event is queued or in flight, or at the deadline. */
  drainEvents(deadline: Deadline): Promise<void>
  /** To be called when all exporters have drained their events: what one of them refused is a dead letter by then. */
  drainDeadLetters(deadline: Deadline): Promise<void>
}

export interface FindingsTarget extends Target {
  readonly watch: Watch
}

export interface DeadLetterTarget extends Target {
  /** `max.message.bytes` of the topic; `undefined` when the broker does not say. */
  readonly bytes_max: number | undefined
  /** Of its cluster, as an operator would name them. */
  readonly brokers: readonly string[]
}

export async function startExporter(
  id: string,
  config: KafkaExporterConfig,
  bus: Bus,
  cluster: Cluster,
  ports: Ports,
): Promise<Started<Exporter>> {
  const dead_topic = config.dead_letter?.topic
  const producer = await bus.producer().start()
  const { compression } = config.dead_letter ?? {}
  const letter_producer =
    compression === undefined
      ? undefined
      : await startBeside(producer, bus.producer({ compression }))
  const laneOf = (name: LaneOptions['name'], holds_rejected: boolean, by = producer) =>
    createLane(
      {
        exporter: id,
        name,
        holds_rejected,
        request_bytes_max: config.producer.request_bytes_max,
        retry_initial_ms: config.retry_on_failure.initial_interval_ms,
        retry_max_ms: config.retry_on_failure.max_interval_ms,
      },
      by.value,
      ports,
    )
  const required = laneOf('output', false)
  const queue_bytes_max = config.sending_queue.bytes_max
  const output = config.required
    ? required
    : createOptionalLane({ exporter: id, queue_bytes_max }, required, ports)
  const letters = letter_producer && laneOf('dead_letter', true, letter_producer)
  const told = config.findings === undefined ? undefined : laneOf('findings', true)
  const targetOf = (topic: string, lane: Lane): Target => ({
    topic,
    partitions: cluster.partitions.get(topic)!,
    lane,
  })
  return {
    value: {
      encoding: config.logs.encoding,
      output: {
        ...targetOf(config.logs.topic, output),
        cloudEventHeaders:
          config.logs.cloudevents === 'binary'
            ? createCloudEvents(DATA_SCHEMAS[config.logs.encoding])
            : undefined,
      },
      dead_letter: letters && {
        ...targetOf(dead_topic!, letters),
        bytes_max: cluster.bytes_max.get(dead_topic!),
        brokers: brokersOf(config),
      },
      findings: told && {
        ...targetOf(config.findings!.topic, told),
        watch: createWatch(config.findings!, ports),
      },
      lanes: {
        output,
        ...(letters === undefined ? {} : { 'dead letters': letters }),
        ...(told === undefined ? {} : { findings: told }),
      },
      async drainEvents(deadline) {
        await Promise.all([output.drain(deadline), told?.drain(deadline)])
      },
      drainDeadLetters: async (deadline) => letters?.drain(deadline),
    },
    async stop(deadline) {
      output.close()
      letters?.close()
      told?.close()
      await Promise.all([producer.stop(deadline), letter_producer?.stop(deadline)])
    },
  }
}

/** What cannot be started takes along what was started before it. */
async function startBeside<T>(
  before: Started<unknown>,
  startable: Startable<T>,
): Promise<Started<T>> {
  try {
    return await startable.start()
  } catch (error) {
    await before.stop(forever())
    throw error
  }
}

function forever() {
  return { at_ms: Infinity, signal: new AbortController().signal }
}
