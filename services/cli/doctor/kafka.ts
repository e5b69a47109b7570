/** Asks each cluster of a config once, as the user that the config names, and judges what it says. */
import { brokersOf } from '#/bus/config.ts'
import { createInspector, type Inspector } from '#/bus/kafkajs/inspect.ts'
import { matchTopics } from '#/bus/topics.ts'
import { messageOf } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import { topicsWritten } from '#/worker/check-exporters.ts'
import { connectionKey } from '#/worker/clusters.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import type { KafkaExporterConfig } from '#/worker/exporters/kafka/config.ts'
import type { KafkaReceiverConfig } from '#/worker/receivers/kafka/config.ts'
import type { Check } from './check.ts'
import { checkGroup } from './groups.ts'
import { checkSizes, checkTopic, type TopicFacts, type TopicUse } from './topics.ts'

type Connection = KafkaReceiverConfig | KafkaExporterConfig

export interface KafkaReport {
  readonly checks: readonly Check[]
  /** Some cluster answered. */
  readonly is_reached: boolean
}

/** What became known of topics, by connection and name. */
type Known = Map<string, TopicFacts>

export async function checkKafka(config: WorkerConfig, ports: Ports): Promise<KafkaReport> {
  const connections = new Map<string, Connection>()
  for (const each of [...Object.values(config.receivers), ...Object.values(config.exporters)])
    connections.set(connectionKey(each), connections.get(connectionKey(each)) ?? each)
  const known: Known = new Map()
  const reports = await Promise.all(
    [...connections].map(([key, connection]) =>
      checkCluster({ key, connection, config }, known, ports),
    ),
  )
  const checks = reports.flatMap((report) => report.checks)
  return {
    checks: [...checks, ...checkAllSizes(config, known)],
    is_reached: reports.some(({ is_reached }) => is_reached),
  }
}

interface ClusterOf {
  readonly key: string
  readonly connection: Connection
  readonly config: WorkerConfig
}

async function checkCluster(of: ClusterOf, known: Known, ports: Ports): Promise<KafkaReport> {
  const subject = brokersOf(of.connection).join(',')
  const about = { area: 'kafka', subject } as const
  let started: Awaited<ReturnType<ReturnType<typeof createInspector>['start']>>
  try {
    started = await createInspector(of.connection, ports).start()
  } catch (error) {
    const fix = 'check brokers, tls and auth of the config, and that this host may connect'
    const failed: Check = { ...about, status: 'fail', message: messageOf(error), fix }
    return { checks: [failed], is_reached: false }
  }
  try {
    const { id, brokers, has_controller } = await started.value.cluster()
    const said = `cluster ${id}, ${brokers === 1 ? '1 broker' : `${brokers} brokers`}`
    const first: Check = has_controller
      ? { ...about, status: 'pass', message: said }
      : { ...about, status: 'warn', message: `${said}, no controller`, fix: 'see to the cluster' }
    return { checks: [first, ...(await checkInside(of, started.value, known))], is_reached: true }
  } catch (error) {
    const fix = `it answered at first. A partition without a leader does this: kafka-topics.sh --bootstrap-server ${subject} --describe --unavailable-partitions; else see its logs`
    return {
      checks: [{ ...about, status: 'fail', message: messageOf(error), fix }],
      is_reached: true,
    }
  } finally {
    await started.stop({ at_ms: Infinity, signal: new AbortController().signal })
  }
}

interface Wanted {
  readonly topic: string
  readonly use: TopicUse
}

async function checkInside(
  of: ClusterOf,
  inspector: Inspector,
  known: Known,
): Promise<readonly Check[]> {
  const existing = await inspector.topics()
  const receivers = usersOf(of.config.receivers, of.key)
  const exporters = usersOf(of.config.exporters, of.key)
  const wanted = wantedOf(receivers, exporters, existing)
  const brokers = brokersOf(of.connection).join(',')
  const missing = wanted.filter(({ topic }) => !existing.includes(topic))
  const present = wanted.filter(({ topic }) => existing.includes(topic))
  const layouts = await inspector.layouts([...new Set(present.map(({ topic }) => topic))])
  const checks: Check[] = missing.map((one) => missingTopic(one, brokers))
  for (const { topic, use } of present) {
    const configs = await inspector.configs(topic)
    const facts: TopicFacts = {
      topic,
      use,
      layout: layouts.get(topic)!,
      configs: 'refused' in configs ? undefined : configs,
      brokers,
    }
    known.set(`${of.key} ${topic}`, facts)
    checks.push(...checkTopic(facts))
  }
  const groups = Map.groupBy(receivers, ({ group_id }) => group_id)
  for (const [group_id, members] of groups) {
    const topics = wantedOf(members, [], existing)
      .map(({ topic }) => topic)
      .filter((topic) => existing.includes(topic))
    checks.push(...(await askGroup(inspector, group_id, topics)))
  }
  return checks
}

async function askGroup(
  inspector: Inspector,
  group_id: string,
  topics: readonly string[],
): Promise<readonly Check[]> {
  const group = await inspector.group(group_id)
  const readings = []
  for (const topic of 'refused' in group ? [] : topics.slice(0, TOPICS_ASKED_MAX))
    readings.push({
      topic,
      offsets: await inspector.offsets(topic),
      committed: await inspector.committed(group_id, topic),
    })
  return checkGroup(group_id, group, readings)
}

/** A pattern may mean thousands; where a group stands in these is enough. */
const TOPICS_ASKED_MAX = 50

function usersOf<T extends Connection>(of: Readonly<Record<string, T>>, key: string): readonly T[] {
  return Object.values(of).filter((config) => connectionKey(config) === key)
}

function wantedOf(
  receivers: readonly KafkaReceiverConfig[],
  exporters: readonly KafkaExporterConfig[],
  existing: readonly string[],
): readonly Wanted[] {
  const wanted = [
    ...receivers.flatMap(({ logs, redrive_topic }): readonly Wanted[] => {
      const { found, missing } = matchTopics(logs, existing)
      const redrive = redrive_topic === undefined ? [] : [redrive_topic]
      return [
        ...[...found, ...missing].map((topic): Wanted => ({ topic, use: 'input' })),
        ...redrive.map((topic): Wanted => ({ topic, use: 'redrive' })),
      ]
    }),
    ...exporters.flatMap((exporter) =>
      topicsWritten({ exporters: { exporter } }).map(({ topic, section }): Wanted => {
        const use =
          section === 'logs' ? 'output' : section === 'findings' ? section : 'dead letters'
        return { topic, use }
      }),
    ),
  ]
  return [...new Map(wanted.map((one) => [`${one.use} ${one.topic}`, one])).values()]
}

function missingTopic({ topic, use }: Wanted, brokers: string): Check {
  const about = { area: 'topic', subject: topic, status: 'fail' } as const
  if (topic.startsWith('^'))
    return {
      ...about,
      message: `${use}, and no topic matches the pattern`,
      fix: 'correct the pattern, or allow Describe on the topics that it means',
    }
  return {
    ...about,
    message: `${use}, and it does not exist, or this user may not know of it`,
    fix: `kafka-topics.sh --bootstrap-server ${brokers} --create --topic ${topic}, or allow Describe on it`,
  }
}

/** Topics of a pipeline may lie in different clusters. */
function checkAllSizes(config: WorkerConfig, known: Known): readonly Check[] {
  const checks = new Map<string, Check>()
  for (const pipeline of Object.values(config.service.pipelines)) {
    const outputs = pipeline.exporters.flatMap((id) => {
      const exporter = config.exporters[id]!
      return topicsWritten({ exporters: { exporter } }).flatMap(
        ({ topic }) => known.get(`${connectionKey(exporter)} ${topic}`) ?? [],
      )
    })
    for (const id of pipeline.receivers) {
      const receiver = config.receivers[id]!
      const key = connectionKey(receiver)
      for (const [name, input] of known)
        if (name.startsWith(`${key} `) && input.use === 'input' && reads(receiver, input.topic))
          for (const check of checkSizes(input, outputs, receiver.limits.message_bytes_max))
            checks.set(`${check.subject} ${check.message}`, check)
    }
  }
  return [...checks.values()]
}

function reads({ logs }: KafkaReceiverConfig, topic: string): boolean {
  return matchTopics(logs, [topic]).found.length > 0
}
