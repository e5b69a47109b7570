/** Topics, offsets and the feed of a ledger run, all by @platformatic/kafka: not the client under test. */
import { Admin, ConfigResourceTypes, Producer } from '@platformatic/kafka'
import { PARTITIONS, TOMBSTONE_EVERY, keyOf, planned, type Plan } from './plan.ts'

export interface Topics {
  readonly input: string
  readonly output: string
  readonly dead_letter: string
}

/** Offsets by partition. */
export type Offsets = readonly number[]

export interface Ledgerbook {
  createTopics(topics: Topics): Promise<void>
  deleteTopics(topics: Topics): Promise<void>
  ends(topic: string): Promise<Offsets>
  /** What the group has committed; 0 where nothing is. */
  committed(group_id: string, topic: string): Promise<Offsets>
  /** Shortest session that the broker lets a member have, milliseconds. */
  shortestSession(): Promise<number>
  close(): Promise<void>
}

export function openLedgerbook(brokers: string): Ledgerbook {
  const admin = new Admin({ clientId: 'ledger', bootstrapBrokers: brokers.split(','), retries: 5 })
  return {
    async createTopics(topics) {
      const configs = [{ name: 'max.message.bytes', value: String(2 ** 20 + 2 ** 17) }]
      for (const topic of Object.values(topics))
        await admin.createTopics({ topics: [topic], partitions: PARTITIONS, replicas: 1, configs })
    },
    deleteTopics: (topics) => admin.deleteTopics({ topics: Object.values(topics) }),
    async ends(topic) {
      const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: -1n,
      }))
      const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions }] })
      return byPartition(
        (listed?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, offset]),
      )
    },
    async committed(group_id, topic) {
      const partitionIndexes = Array.from({ length: PARTITIONS }, (_, partition) => partition)
      const groups = await admin.listConsumerGroupOffsets({
        groups: [{ groupId: group_id, topics: [{ name: topic, partitionIndexes }] }],
      })
      return byPartition(
        (groups[0]?.topics[0]?.partitions ?? []).map((each) => [
          each.partitionIndex,
          each.committedOffset < 0n ? 0n : each.committedOffset,
        ]),
      )
    },
    async shortestSession() {
      const { brokers: nodes } = await admin.metadata({})
      const [id] = nodes.keys()
      const [described] = await admin.describeConfigs({
        resources: [
          {
            resourceType: ConfigResourceTypes.BROKER,
            resourceName: String(id),
            configurationKeys: ['group.min.session.timeout.ms'],
          },
        ],
      })
      return Number(described?.configs[0]?.value ?? 6_000)
    },
    close: () => admin.close(),
  }
}

function byPartition(pairs: readonly (readonly [partition: number, offset: bigint])[]): Offsets {
  const offsets = Array<number>(PARTITIONS).fill(0)
  for (const [partition, offset] of pairs) offsets[partition] = Number(offset)
  return offsets
}

export function total(offsets: Offsets): number {
  return offsets.reduce((sum, offset) => sum + offset, 0)
}

export interface Feed {
  /** Numbers that are on the input topic. */
  readonly sent: number
  /** Sends the next numbers, up to `until`. */
  send(until: number): Promise<void>
  close(): Promise<void>
}

/** The Kafka timestamp of number n is `first_timestamp + n`. */
export function openFeed(
  brokers: string,
  topic: string,
  plan: Plan,
  first_timestamp: number,
): Feed {
  const producer = new Producer({
    clientId: 'ledger-feed',
    bootstrapBrokers: brokers.split(','),
    idempotent: true,
    acks: -1,
    retries: 5,
  })
  let sent = 0
  return {
    get sent() {
      return sent
    },
    async send(until) {
      const messages = []
      for (let n = sent; n < until; n += 1) {
        const at = { topic, partition: n % PARTITIONS, timestamp: BigInt(first_timestamp + n) }
        const { value } = planned(plan, n)
        messages.push({ ...at, key: Buffer.from(keyOf(n)), value })
        if (n % TOMBSTONE_EVERY === 0) messages.push({ ...at, key: Buffer.from(`t${n}`) })
      }
      if (messages.length > 0) await producer.send({ messages })
      sent = Math.max(sent, until)
    },
    close: () => producer.close(),
  }
}
