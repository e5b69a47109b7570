import kafkajs from 'kafkajs'
import type { Admin, Position } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import type { ConnectionConfig } from '../config.ts'
import { startClient } from './start.ts'

/** The administrative side of the port, by the admin client of kafkajs. */

const MAX_MESSAGE_BYTES = 'max.message.bytes'

export async function startAdmin(
  client: kafkajs.Kafka,
  connection: ConnectionConfig,
): Promise<Started<Admin>> {
  const { value, stop } = await connectAdmin(client, connection)
  return { value: portOf(value), stop }
}

/** The admin client itself, for what the port does not have. */
export async function connectAdmin(
  client: kafkajs.Kafka,
  connection: ConnectionConfig,
): Promise<{ readonly value: kafkajs.Admin; readonly stop: () => Promise<void> }> {
  const admin = client.admin()
  await startClient(connection, {
    doing: 'cannot connect',
    async connect() {
      await admin.connect()
      await admin.describeCluster()
    },
    disconnect: () => admin.disconnect(),
  })
  return { value: admin, stop: once(() => admin.disconnect()) }
}

function portOf(admin: kafkajs.Admin): Admin {
  return {
    clusterId: async () => (await admin.describeCluster()).clusterId,
    partitionCounts: (topics) => partitionCounts(admin, topics),
    maxMessageBytes: (topic) => maxMessageBytes(admin, topic),
    async createTopics(topics) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: topics.map(({ topic, partitions, max_message_bytes }) => ({
          topic,
          numPartitions: partitions,
          ...(max_message_bytes === undefined
            ? {}
            : { configEntries: [{ name: MAX_MESSAGE_BYTES, value: String(max_message_bytes) }] }),
        })),
      })
    },
    async committed(group_id, topic) {
      const offsets = await admin.fetchOffsets({ groupId: group_id, topics: [topic] })
      return positions(topic, offsets[0]?.partitions ?? [])
    },
    endOffsets: async (topic) => positions(topic, await admin.fetchTopicOffsets(topic)),
  }
}

/** Asking for a topic that does not exist is retried by kafkajs for seconds, so the names are compared first. */
async function partitionCounts(
  admin: kafkajs.Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  const existing = new Set(await admin.listTopics())
  const known = topics.filter((topic) => existing.has(topic))
  const metadata =
    known.length === 0 ? [] : (await admin.fetchTopicMetadata({ topics: known })).topics
  const counts = new Map(metadata.map(({ name, partitions }) => [name, partitions.length]))
  return new Map(topics.map((topic) => [topic, counts.get(topic)]))
}

async function maxMessageBytes(admin: kafkajs.Admin, topic: string): Promise<number | undefined> {
  return (await admin.listTopics()).includes(topic) ? describeLimit(admin, topic) : undefined
}

/** `max.message.bytes` of a topic that exists. */
export async function describeLimit(
  admin: Pick<kafkajs.Admin, 'describeConfigs'>,
  topic: string,
): Promise<number | undefined> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configNames: [MAX_MESSAGE_BYTES],
      },
    ],
  })
  const entry = resources[0]?.configEntries.find(
    ({ configName }) => configName === MAX_MESSAGE_BYTES,
  )
  return entry === undefined ? undefined : Number(entry.configValue)
}

function positions(
  topic: string,
  of: readonly { readonly partition: number; readonly offset: string }[],
): readonly Position[] {
  return of
    .map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) }))
    .toSorted((a, b) => a.partition - b.partition)
}

/** A stop that may be called again; it never fails, as there is nothing left to do about it. */
export function once(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | undefined
  return () => (stopping ??= stop().catch(() => {}))
}
