import kafkajs from 'kafkajs'
import type { Startable } from '#/core/component.ts'
import type { Ports } from '#/core/ports.ts'
import type { ConnectionConfig } from '../config.ts'
import { connectAdmin } from './admin.ts'
import { createClient } from './client.ts'
import { kafkaErrorOf } from './errors.ts'

/**
 * What a cluster says of itself, for diagnosis. Every question is read-only; an answer that an ACL keeps back is `refused`,
 * which is an answer, too.
 */

export interface Inspector {
  cluster(): Promise<ClusterFacts>
  /** Names of all topics that this user may know of. Rejects when a partition of any has no leader, as all metadata does. */
  topics(): Promise<readonly string[]>
  /** By topic; topics must exist. */
  layouts(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLayout>>
  configs(topic: string): Promise<ReadonlyMap<string, string> | Refused>
  /** Oldest and next offset of each partition. */
  offsets(topic: string): Promise<readonly OffsetRange[] | Refused>
  group(group_id: string): Promise<GroupFacts | Refused>
  /** -1 where nothing is committed. */
  committed(group_id: string, topic: string): Promise<ReadonlyMap<number, number> | Refused>
}

/** The broker does not allow this user to ask. */
export interface Refused {
  readonly refused: string
}

export interface ClusterFacts {
  readonly id: string
  readonly brokers: number
  readonly has_controller: boolean
}

export interface TopicLayout {
  readonly partitions: number
  /** Of the partition with the fewest. */
  readonly replicas: number
  readonly in_sync: number
}

export interface OffsetRange {
  readonly partition: number
  readonly oldest: number
  readonly next: number
}

export interface GroupFacts {
  readonly state: string
  readonly protocol_type: string
  readonly members: number
}

export function createInspector(
  connection: ConnectionConfig,
  ports: Pick<Ports, 'logger' | 'clock'>,
): Startable<Inspector> {
  return {
    async start() {
      const { value, stop } = await connectAdmin(createClient(connection, ports), connection)
      return { value: inspectorOf(value), stop }
    },
  }
}

function inspectorOf(admin: kafkajs.Admin): Inspector {
  return {
    async cluster() {
      const { clusterId, brokers, controller } = await admin.describeCluster()
      return { id: clusterId, brokers: brokers.length, has_controller: controller !== null }
    },
    topics: () => admin.listTopics(),
    async layouts(topics) {
      if (topics.length === 0) return new Map()
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [...topics] })
      return new Map(found.map(({ name, partitions }) => [name, layoutOf(partitions)]))
    },
    configs: (topic) => unlessRefused(() => describe(admin, topic)),
    offsets: (topic) =>
      unlessRefused(async () =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
          partition,
          oldest: Number(low),
          next: Number(high),
        })),
      ),
    group: (group_id) =>
      unlessRefused(async () => {
        const [group] = (await admin.describeGroups([group_id])).groups
        const { state = 'Dead', protocolType = '', members = [] } = group ?? {}
        return { state, protocol_type: protocolType, members: members.length }
      }),
    committed: (group_id, topic) =>
      unlessRefused(async () => {
        const [of] = await admin.fetchOffsets({ groupId: group_id, topics: [topic] })
        const partitions = of?.partitions ?? []
        return new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))
      }),
  }
}

function layoutOf(partitions: readonly kafkajs.PartitionMetadata[]): TopicLayout {
  const least = (counts: readonly number[]): number => Math.min(...counts)
  return {
    partitions: partitions.length,
    replicas: least(partitions.map(({ replicas }) => replicas.length)),
    in_sync: least(partitions.map(({ isr }) => isr.length)),
  }
}

async function describe(admin: kafkajs.Admin, topic: string): Promise<ReadonlyMap<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  })
  const entries = resources.flatMap(({ configEntries }) => configEntries)
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
}

const REFUSED = /_AUTHORIZATION_FAILED$/

async function unlessRefused<T>(ask: () => Promise<T>): Promise<T | Refused> {
  try {
    return await ask()
  } catch (error) {
    const { type, message } = kafkaErrorOf(error)
    if (type !== undefined && REFUSED.test(type)) return { refused: message }
    throw error
  }
}
