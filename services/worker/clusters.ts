/**
 * What the worker asks of its clusters before anything starts: are the topics there, and would it read what it writes? The
 * check of the config compares names of brokers; that two of them are one cluster is known only here. All that is wrong is
 * said at once.
 */
import { matchTopics } from '#/bus/topics.ts'
import { displayPath, pointerOf } from '#/config/index.ts'
import type { Admin, Bus } from '#/core/bus.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import { topicsWritten, type TopicWritten } from './check-exporters.ts'
import { readsTopic } from './receivers/kafka/receiver.ts'
import type { KafkaExporterConfig } from './exporters/kafka/config.ts'
import type { KafkaReceiverConfig } from './receivers/kafka/config.ts'

/** A cluster as it is at the start. */
export interface Cluster {
  readonly id: string
  readonly topics: readonly string[]
  /** Partitions of the topics that are read or written. */
  readonly partitions: ReadonlyMap<string, number>
  /** `max.message.bytes` of the topics that are read, and of those for dead letters; `undefined` where it is not told. */
  readonly bytes_max: ReadonlyMap<string, number | undefined>
}

export interface Receiver {
  readonly id: string
  readonly config: KafkaReceiverConfig
  readonly bus: Bus
}

export interface Exporter {
  readonly id: string
  readonly config: KafkaExporterConfig
  readonly bus: Bus
}

/** Of the components that pipelines use. */
export interface Components {
  readonly receivers: readonly Receiver[]
  readonly exporters: readonly Exporter[]
}

type Component = Receiver | Exporter

/** The cluster of each component. Rejects with everything that is wrong. */
export async function surveyClusters(
  components: Components,
): Promise<ReadonlyMap<Component, Cluster>> {
  const clusters = await askAll(components)
  const loops = loopsIn(components, clusters)
  const missing = missingIn(components, clusters)
  if (loops.length > 0)
    throw new WhosecallError('config_invalid', [...loops, ...missing].join('; '))
  if (missing.length > 0) throw new WhosecallError('dependency_unreachable', missing.join('; '))
  return clusters
}

async function askAll({
  receivers,
  exporters,
}: Components): Promise<ReadonlyMap<Component, Cluster>> {
  const users = Map.groupBy([...receivers, ...exporters], ({ config }) => connectionKey(config))
  const answers = await Promise.allSettled(
    [...users.values()].map(async (same) => ({ same, cluster: await ask(same) })),
  )
  const failures = answers.filter((answer) => answer.status === 'rejected')
  const messages = [...new Set(failures.map(({ reason }) => messageOf(reason)))]
  if (messages.length > 1) throw new WhosecallError('dependency_unreachable', messages.join('; '))
  if (failures.length > 0) throw failures[0]!.reason
  return new Map(
    answers.flatMap((answer) =>
      answer.status === 'fulfilled'
        ? answer.value.same.map((component) => [component, answer.value.cluster] as const)
        : [],
    ),
  )
}

/** Equal for components that reach the same brokers in the same way: they are asked once. */
export function connectionKey(config: Component['config']): string {
  const { brokers, client_id, auth, tls, connect_timeout_ms, request_timeout_ms } = config
  return JSON.stringify([brokers, client_id, auth, tls, connect_timeout_ms, request_timeout_ms])
}

async function ask(components: readonly Component[]): Promise<Cluster> {
  const admin = await components[0]!.bus.admin().start()
  try {
    return await tell(admin.value, components)
  } finally {
    await admin.stop({ at_ms: Infinity, signal: new AbortController().signal })
  }
}

async function tell(admin: Admin, components: readonly Component[]): Promise<Cluster> {
  const topics = await admin.topics()
  const used = new Set<string>()
  const sized = new Set<string>()
  for (const { config } of components) {
    if ('group_id' in config) {
      for (const topic of matchTopics(config.logs, topics).found) sized.add(topic)
      const { redrive_topic } = config
      if (redrive_topic !== undefined) used.add(redrive_topic)
      continue
    }
    for (const { topic } of writtenBy(config)) used.add(topic)
    if (config.dead_letter !== undefined) sized.add(config.dead_letter.topic)
  }
  const partitions = new Map<string, number>()
  for (const [topic, count] of await admin.partitionCounts([...new Set([...used, ...sized])]))
    if (count !== undefined) partitions.set(topic, count)
  return {
    id: await admin.clusterId(),
    topics,
    partitions,
    bytes_max: await admin.maxMessageBytes([...sized]),
  }
}

/** Partitions that may be assigned to this process, over all receivers. */
export function partitionsRead(
  { receivers }: Components,
  clusters: ReadonlyMap<Component, Cluster>,
): number {
  let sum = 0
  for (const receiver of receivers) {
    const { topics, partitions } = clusters.get(receiver)!
    const { logs, redrive_topic } = receiver.config
    const read = new Set(matchTopics(logs, topics).found)
    if (redrive_topic !== undefined) read.add(redrive_topic)
    for (const topic of read) sum += partitions.get(topic) ?? 0
  }
  return sum
}

function writtenBy(config: KafkaExporterConfig): readonly TopicWritten[] {
  return topicsWritten({ exporters: { kafka: config } })
}

function missingIn(
  { receivers, exporters }: Components,
  clusters: ReadonlyMap<Component, Cluster>,
): readonly string[] {
  const missing: string[] = []
  const add = (topic: string, ...place: readonly (string | number)[]) =>
    void missing.push(`${topic} (${displayPath(pointerOf(...place))})`)
  for (const exporter of exporters)
    for (const { section, topic } of writtenBy(exporter.config))
      if (!clusters.get(exporter)!.partitions.has(topic))
        add(topic, 'exporters', exporter.id, section, 'topic')
  for (const receiver of receivers) {
    const { logs, redrive_topic } = receiver.config
    const { topics } = clusters.get(receiver)!
    for (const [index, topic] of logs.topics.entries())
      if (matchTopics({ ...logs, topics: [topic] }, topics).found.length === 0)
        add(topic, 'receivers', receiver.id, 'logs', 'topics', index)
    if (redrive_topic !== undefined && !topics.includes(redrive_topic))
      add(redrive_topic, 'receivers', receiver.id, 'redrive_topic')
  }
  if (missing.length === 0) return []
  const what = missing.length === 1 ? 'topic does' : `${missing.length} topics do`
  return [`${what} not exist: ${missing.join(', ')}; create what is missing, or correct the config`]
}

function loopsIn(
  { receivers, exporters }: Components,
  clusters: ReadonlyMap<Component, Cluster>,
): readonly string[] {
  return receivers.flatMap((receiver) =>
    exporters.flatMap((exporter) => {
      const { id } = clusters.get(receiver)!
      if (clusters.get(exporter)!.id !== id) return []
      return writtenBy(exporter.config).flatMap(({ section, topic }) => {
        const reading = readsTopic(receiver.config, topic)
        if (reading === undefined) return []
        const receiver_path = pointerOf('receivers', receiver.id)
        const reads =
          reading === 'redrive_topic'
            ? `${receiver_path}/redrive_topic`
            : `${receiver_path}/logs/topics/${reading}`
        const writes = pointerOf('exporters', exporter.id, section, 'topic')
        return [
          `${displayPath(reads)} reads topic ${topic}, which ${displayPath(writes)} writes: their brokers are one cluster (${id}), so events would go round for ever; write to another topic, or leave this one out in ${displayPath(`${receiver_path}/logs`)} (a pattern: by exclude_topics)`,
        ]
      })
    }),
  )
}
