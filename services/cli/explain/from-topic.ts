import { WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { Run } from '#/core/run.ts'
import { createDeadline } from '#/telemetry/index.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import { readsTopic } from '#/worker/receivers/kafka/receiver.ts'
import { planOf, processorsOf, type Route } from '../attribute/plan.ts'
import type { Arguments, Io } from '../command.ts'
import { connectKafka } from '../connect.ts'
import { requireConfig } from '../worker-config.ts'
import type { Subject } from './from-archive.ts'

/** One message of a broker, by its coordinates, through the connection of the receiver that reads its topic. */

export async function fromTopic(args: Arguments, io: Io, ports: Ports): Promise<Subject> {
  if (args.text('config') === undefined)
    throw new WhosecallError('usage', 'which brokers? Name the config of a worker with -c')
  const config = await requireConfig(args, io)
  const [topic = '', partition = 0, offset = 0] = [
    args.text('topic'),
    args.integer('partition'),
    args.integer('offset'),
  ]
  const own = routeOf(config, topic)
  const run = await readOne(own, { topic, partition, offset }, io, ports)
  const start = run.value_starts[0] ?? -1
  const message = {
    ...{ topic, partition, offset },
    timestamp: run.timestamps[0] ?? 0,
    value: start < 0 ? null : Buffer.from(run.bytes.subarray(start, run.value_ends[0])),
    unreadable: run.unreadable,
  }
  if (args.text('source') === undefined && args.text('owners') === undefined)
    return { message, route: own, owners: config.owners }
  const plan = await planOf(args, io)
  return {
    message,
    route: args.text('source') === undefined ? own : plan.routeOf(message.value ?? Buffer.alloc(0)),
    owners: plan.owners,
  }
}

function routeOf(config: WorkerConfig, topic: string): Route {
  const found = Object.entries(config.receivers).find(
    ([, receiver]) => readsTopic(receiver, topic) !== undefined,
  )
  if (found === undefined) {
    const topics = Object.values(config.receivers).flatMap(({ logs }) => logs.topics)
    throw new WhosecallError(
      'usage',
      `no receiver of the config reads topic ${topic}; they read ${topics.join(', ')}`,
    )
  }
  const [receiver_id, receiver] = found
  return { receiver_id, receiver, processors: processorsOf(config, receiver_id) }
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

async function readOne({ receiver }: Route, place: Place, io: Io, ports: Ports): Promise<Run> {
  const bus = connectKafka(ports)(receiver, { compression: 'none' })
  const reader = await bus.reader().start()
  try {
    const run = await reader.value.read(place)
    const [first] = run?.offsets ?? []
    if (run !== undefined && first === place.offset) return run
    const next = first === undefined ? '' : `; the next one is ${first}`
    throw new WhosecallError(
      'usage',
      `${place.topic} has no message at offset ${place.offset} of partition ${place.partition}${next}`,
    )
  } finally {
    await reader.stop(createDeadline(io.clock, 1000))
  }
}
