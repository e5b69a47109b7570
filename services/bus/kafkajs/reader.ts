import type kafkajs from 'kafkajs'
import type { KafkaMessage } from 'kafkajs'
import type { Position, Reader } from '#/core/bus.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Started } from '#/core/component.ts'
import type { Run } from '#/core/run.ts'
import { brokersOf, type ConnectionConfig } from '../config.ts'
import { once } from './admin.ts'
import { kafkaErrorOf, unreachable } from './errors.ts'
import type { RunsOf } from './runs.ts'
import { startClient } from './start.ts'

/**
 * Reads messages by offset. The consumer of kafkajs cannot do without a group, which would need an ACL of its own and a
 * rebalance of seconds, so this asks the leader of the partition itself, with the connections that kafkajs makes for its
 * clients. Its version is pinned, and the contract suite of the bus reads through this.
 */

interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>
  findBroker(of: { readonly nodeId: string }): Promise<Broker>
}

interface Broker {
  fetch(request: object): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly messages: readonly FetchedMessage[] }[]
    }[]
  }>
}
type FetchedMessage = KafkaMessage & { readonly isControlRecord?: boolean }

/** A larger batch still comes whole. */
const FETCH_BYTES_MAX = 1_048_576
const FETCH_WAIT_MS = 500
/** Aborted transactions end behind what is read; messages of one are shown. */
const READ_COMMITTED = 1

export async function startReader(
  client: kafkajs.Kafka,
  connection: ConnectionConfig,
  runsOf: RunsOf,
): Promise<Started<Reader>> {
  const cluster = clusterOf(client)
  await startClient(connection, {
    doing: 'cannot connect',
    connect: () => cluster.connect(),
    disconnect: () => cluster.disconnect(),
  })
  return {
    value: { read: (from) => readFrom(cluster, connection, runsOf, from) },
    stop: once(() => cluster.disconnect()),
  }
}

/** What kafkajs makes for its own clients; the function stands under a symbol that it does not export. */
function clusterOf(client: kafkajs.Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  const create: unknown = symbol === undefined ? undefined : Reflect.get(client, symbol)
  if (typeof create !== 'function') throw new Error('kafkajs is not what it was')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return create({ metadataMaxAge: 300_000, allowAutoTopicCreation: false }) as Cluster
}

async function readFrom(
  cluster: Cluster,
  connection: ConnectionConfig,
  runsOf: RunsOf,
  { topic, partition, offset }: Position,
): Promise<Run | undefined> {
  try {
    await cluster.addTargetTopic(topic)
    const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
    if (leader === undefined) throw missing(connection, `partition ${partition} of topic ${topic}`)
    const broker = await cluster.findBroker({ nodeId: leader })
    const { responses } = await broker.fetch({
      maxWaitTime: FETCH_WAIT_MS,
      maxBytes: FETCH_BYTES_MAX,
      isolationLevel: READ_COMMITTED,
      topics: [
        {
          topic,
          partitions: [{ partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES_MAX }],
        },
      ],
    })
    const messages = responses[0]?.partitions[0]?.messages ?? []
    const shown = messages.filter(
      (message) => message.isControlRecord !== true && Number(message.offset) >= offset,
    )
    return runsOf(topic, partition, shown)[0]
  } catch (error) {
    const { type } = kafkaErrorOf(error)
    if (type === 'OFFSET_OUT_OF_RANGE') return undefined
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') throw missing(connection, `topic ${topic}`)
    throw unreachable(connection, `cannot read topic ${topic}`, error)
  }
}

function missing(connection: ConnectionConfig, what: string): WhosecallError {
  const brokers = brokersOf(connection).join(', ')
  return new WhosecallError('dependency_unreachable', `Kafka at ${brokers} has no ${what}`)
}
