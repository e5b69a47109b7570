import kafkajs from 'kafkajs'
import type { Admin, Position } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import type { ConnectionConfig } from '../config.ts'
import { kafkaErrorOf } from './errors.ts'
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
    topics: () => admin.listTopics(),
    maxMessageBytes: (topics) => maxMessageBytes(admin, topics),
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
      return (offsets[0]?.partitions ?? [])
        .map(({ partition, offset, metadata }) => ({
          topic,
          partition,
          offset: Number(offset),
          ...(metadata ? { metadata } : {}),
        }))
        .toSorted((a, b) => a.partition - b.partition)
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

/** Topics in one request. */
const DESCRIBED_MAX = 100
const REFUSED = /_AUTHORIZATION_FAILED$/

async function maxMessageBytes(
  admin: kafkajs.Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  const existing = new Set(await admin.listTopics())
  const known = topics.filter((topic) => existing.has(topic))
  const limits = new Map<string, number | undefined>(topics.map((topic) => [topic, undefined]))
  for (let i = 0; i < known.length; i += DESCRIBED_MAX) {
    const part = known.slice(i, i + DESCRIBED_MAX)
    for (const [topic, bytes] of await limitsToldOf(admin, part)) limits.set(topic, bytes)
  }
  return limits
}

/** Without the topics whose config we may not read. One of them in a request has all of it refused. */
async function limitsToldOf(
  admin: kafkajs.Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  try {
    return await describeLimits(admin, topics)
  } catch (error) {
    if (!REFUSED.test(kafkaErrorOf(error).type ?? '')) throw error
    if (topics.length === 1) return new Map()
  }
  const told = new Map<string, number | undefined>()
  for (const topic of topics) {
    for (const [, bytes] of await limitsToldOf(admin, [topic])) told.set(topic, bytes)
  }
  return told
}

/** `max.message.bytes` of topics that exist. */
export async function describeLimits(
  admin: Pick<kafkajs.Admin, 'describeConfigs'>,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: [MAX_MESSAGE_BYTES],
    })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => {
      const entry = configEntries.find(({ configName }) => configName === MAX_MESSAGE_BYTES)
      return [resourceName, entry === undefined ? undefined : Number(entry.configValue)]
    }),
  )
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
