/**
 * One message of a broker by its coordinates, through the connection of the receiver that reads its topic, without joining
 * its group.
 */
import { WhosecallError } from '#/core/errors.ts'
import type { Clock } from '#/core/ports.ts'
import { createDeadline } from '#/telemetry/index.ts'
import type { WorkerConfig } from '../config.ts'
import type { Connect } from '../index.ts'
import { receiversOf } from '../judging-config.ts'
import { readsTopic } from '../receivers/kafka/receiver.ts'
import type { ExplainMessage, ExplainOptions } from './index.ts'

export interface MessagePlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** How records of a topic are read. */
export type ReadAs = Pick<ExplainOptions, 'receiver_id' | 'receiver' | 'processors'>

/** Of the receiver that reads the topic; one has to. */
export function readAsOf(config: WorkerConfig, topic: string): ReadAs {
  const found = receiversOf(config).find(
    ({ id }) => readsTopic(config.receivers[id]!, topic) !== undefined,
  )
  if (found === undefined) {
    const topics = Object.values(config.receivers).flatMap(({ logs }) => logs.topics)
    throw new WhosecallError(
      'usage',
      `no receiver of the config reads topic ${topic}; they read ${topics.join(', ')}`,
    )
  }
  const { id, pipeline } = found
  const processors = pipeline.processors.map((name) => [name, config.processors[name]!] as const)
  return {
    receiver_id: id,
    receiver: config.receivers[id]!,
    processors: Object.fromEntries(processors),
  }
}

const STOP_MS_MAX = 1_000

export async function readMessage(
  { receiver }: ReadAs,
  place: MessagePlace,
  connect: Connect,
  clock: Clock,
): Promise<ExplainMessage> {
  const reader = await connect(receiver, { compression: 'none' }).reader().start()
  try {
    const run = await reader.value.read(place)
    const [first] = run?.offsets ?? []
    if (run === undefined || first !== place.offset) {
      const next = first === undefined ? '' : `; the next one is ${first}`
      throw new WhosecallError(
        'usage',
        `${place.topic} has no message at offset ${place.offset} of partition ${place.partition}${next}`,
      )
    }
    const start = run.value_starts[0] ?? -1
    return {
      topic: place.topic,
      partition: place.partition,
      offset: place.offset,
      timestamp: run.timestamps[0] ?? 0,
      value: start < 0 ? null : Buffer.from(run.bytes.subarray(start, run.value_ends[0])),
      unreadable: run.unreadable,
    }
  } finally {
    using deadline = createDeadline(clock, STOP_MS_MAX)
    await reader.stop(deadline)
  }
}
