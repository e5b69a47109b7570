import { WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import { readAsOf, readMessage } from '#/worker/explain/message.ts'
import { planOf } from '../attribute/plan.ts'
import type { Arguments, Io } from '../command.ts'
import { connectKafka } from '../connect.ts'
import { requireConfig } from '../worker-config.ts'
import type { Subject } from './from-archive.ts'

/** One message of a broker, by its coordinates on the command line. */

export async function fromTopic(args: Arguments, io: Io, ports: Ports): Promise<Subject> {
  if (args.text('config') === undefined)
    throw new WhosecallError('usage', 'which brokers? Name the config of a worker with -c')
  const config = await requireConfig(args, io)
  const [topic = '', partition = 0, offset = 0] = [
    args.text('topic'),
    args.integer('partition'),
    args.integer('offset'),
  ]
  const own = readAsOf(config, topic)
  const place = { topic, partition, offset }
  const message = await readMessage(own, place, connectKafka(ports), io.clock)
  if (args.text('source') === undefined && args.text('owners') === undefined)
    return { message, route: own, owners: config.owners }
  const plan = await planOf(args, io)
  return {
    message,
    route: args.text('source') === undefined ? own : plan.routeOf(message.value ?? Buffer.alloc(0)),
    owners: plan.owners,
  }
}
