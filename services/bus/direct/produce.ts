import { createRequire } from 'node:module'
import { createCluster, type Broker, type Cluster } from './cluster.ts'
import { exchange, PRODUCE, versionOf } from './exchange.ts'
import { encodeProduce, matchResults, readProduce, type ProduceBatch } from './produce-request.ts'
import type { ProducerIdentity } from './deliveries.ts'
import type kafkajs from 'kafkajs'

/** What the producer needs of a cluster: identities, leaders, and record batches sent to them. */

export interface ProduceCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  newIdentity(): Promise<ProducerIdentity>
  /** Learns who leads these topics; rejects when one does not exist. */
  learn(topics: ReadonlySet<string>): Promise<void>
  /** Each batch with what is wrong, or undefined when the broker has it. Never rejects. */
  produce<T extends ProduceBatch>(batches: readonly T[]): Promise<readonly Answered<T>[]>
}

export type Answered<T> = readonly [T, error: unknown]

const DUPLICATE_SEQUENCE_NUMBER = 46
/** Only of transactions, which these are not; the broker wants it all the same. */
const TRANSACTION_TIMEOUT_MS = 60_000

const { createErrorFromCode }: { createErrorFromCode: (code: number) => Error } = createRequire(
  import.meta.url,
)('kafkajs/src/protocol/error')

export function createProduceCluster(client: kafkajs.Kafka, timeout_ms: number): ProduceCluster {
  const cluster = createCluster(client)

  async function sendTo<T extends ProduceBatch>(
    leader: number,
    batches: readonly T[],
  ): Promise<readonly Answered<T>[]> {
    try {
      const broker = await cluster.findBroker({ nodeId: leader })
      return await produceTo(broker, batches, timeout_ms)
    } catch (error) {
      return batches.map((batch) => [batch, error])
    }
  }

  return {
    connect: () => cluster.connect(),
    disconnect: () => cluster.disconnect(),
    async newIdentity() {
      // A broker that has just started does not give any yet.
      const of = await cluster.retrier(async () => {
        await cluster.refreshMetadataIfNecessary()
        const broker = await cluster.findControllerBroker()
        return broker.initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS })
      })
      return {
        producer_id: BigInt(of.producerId),
        producer_epoch: of.producerEpoch,
        sequences: new Map(),
      }
    },
    async learn(topics) {
      await cluster.addMultipleTargetTopics([...topics])
      await cluster.refreshMetadataIfNecessary()
    },
    async produce(batches) {
      const by_leader = Map.groupBy(batches, (batch) => leaderOf(cluster, batch))
      const answered = await Promise.all(
        Array.from(by_leader, ([leader, of]) =>
          leader === undefined
            ? Promise.resolve(of.map((batch) => noLeader(batch)))
            : sendTo(leader, of),
        ),
      )
      const all = answered.flat()
      // The next attempt must not ask the wrong broker again.
      if (all.some(([, error]) => error !== undefined))
        await cluster.refreshMetadata().catch(() => {})
      return all
    },
  }
}

async function produceTo<T extends ProduceBatch>(
  broker: Broker,
  batches: readonly T[],
  timeout_ms: number,
): Promise<readonly Answered<T>[]> {
  const version = versionOf(broker, PRODUCE)
  const encoded = encodeProduce(batches, timeout_ms)
  const { payload, connection } = await exchange(broker, {
    api: PRODUCE,
    version,
    ...encoded,
    wait_ms: 0,
  })
  const { throttle_ms, results } = readProduce(version, payload)
  connection.requestQueue.maybeThrottle(throttle_ms)
  return matchResults(batches, results).map(([batch, code]) => [batch, errorOf(code)])
}

/** The broker has it already: it was written by an attempt whose answer was lost. */
function errorOf(code: number): Error | undefined {
  return code === 0 || code === DUPLICATE_SEQUENCE_NUMBER ? undefined : createErrorFromCode(code)
}

function leaderOf(cluster: Cluster, { topic, partition }: ProduceBatch): number | undefined {
  return cluster
    .findTopicPartitionMetadata(topic)
    .find(({ partitionId }) => partitionId === partition)?.leader
}

function noLeader<T extends ProduceBatch>(batch: T): Answered<T> {
  return [batch, new Error(`partition ${batch.partition} of ${batch.topic} does not exist`)]
}
