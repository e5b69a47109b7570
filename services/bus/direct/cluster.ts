import type kafkajs from 'kafkajs'

/**
 * What this client has of kafkajs below its public side: brokers with their connections, negotiated versions and logins, and who
 * leads which partition. Its version is pinned, and the contract suite of the bus runs through all of it.
 */

export interface Cluster {
  readonly brokerPool: { createBroker: (options: object) => Broker }
  /** Tries again, a few times, what fails for a reason that passes. */
  retrier<T>(attempt: () => Promise<T>): Promise<T>
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** Rejects when one does not exist. */
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findControllerBroker(): Promise<Broker>
  findBroker(of: { readonly nodeId: number }): Promise<Broker>
  findTopicPartitionMetadata(
    topic: string,
  ): readonly { readonly partitionId: number; readonly leader: number }[]
}

export interface Broker {
  readonly connectionPool: { getConnection(index: number): Promise<Connection> }
  /** By API key. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null
  fetch: unknown
  disconnect(): Promise<void>
  initProducerId(of: {
    readonly transactionTimeout: number
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
}

export interface Connection {
  readonly clientId: string
  readonly socket: import('node:net').Socket
  readonly requestQueue: {
    push(request: {
      readonly entry: RequestEntry
      readonly expectResponse: boolean
      readonly requestTimeout: number | null
      readonly sendRequest: () => void
    }): void
    maybeThrottle(ms: number): void
  }
  isAuthenticated(): boolean
  authenticate(): Promise<void>
  disconnect(): Promise<unknown>
  failIfNotConnected(): void
  nextCorrelationId(): number
}

interface RequestEntry {
  readonly apiKey: number
  readonly apiName: string
  readonly apiVersion: number
  readonly correlationId: number
  readonly resolve: (answer: { readonly payload: Buffer }) => void
  readonly reject: (error: unknown) => void
}

type CreateCluster = (options: object) => Cluster

/** What kafkajs makes for its own clients, under a symbol that it does not export. */
const NAME = 'private:Kafka:createCluster'

function symbolOf(client: kafkajs.Kafka): symbol {
  const symbol = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === NAME,
  )
  if (symbol === undefined || typeof Reflect.get(client, symbol) !== 'function')
    throw new Error('kafkajs is not what it was')
  return symbol
}

export function createCluster(client: kafkajs.Kafka): Cluster {
  const create: CreateCluster = Reflect.get(client, symbolOf(client))
  return create({ metadataMaxAge: METADATA_MS_MAX, allowAutoTopicCreation: false })
}
const METADATA_MS_MAX = 300_000

/** Sees every broker that is made for this client. */
export function onEveryBroker(client: kafkajs.Kafka, see: (broker: Broker) => void): kafkajs.Kafka {
  const symbol = symbolOf(client)
  const create: CreateCluster = Reflect.get(client, symbol)
  Reflect.set(client, symbol, (options: object) => {
    const cluster = create(options)
    const createBroker = cluster.brokerPool.createBroker
    cluster.brokerPool.createBroker = (of) => {
      const broker = createBroker(of)
      see(broker)
      return broker
    }
    return cluster
  })
  return client
}
