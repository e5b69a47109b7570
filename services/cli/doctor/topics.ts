/** Judges what a cluster says of the topics of a config. Pure: the asking is done elsewhere. */
import type { TopicLayout } from '#/bus/kafkajs/inspect.ts'
import { bytesText, durationText, type Check } from './check.ts'

export type TopicUse = 'input' | 'redrive' | 'output' | 'dead letters' | 'findings'

export interface TopicFacts {
  readonly topic: string
  readonly use: TopicUse
  readonly layout: TopicLayout
  /** `undefined`: the broker keeps them back. */
  readonly configs: ReadonlyMap<string, string> | undefined
  /** As an operator would name the cluster. */
  readonly brokers: string
}

export function checkTopic(facts: TopicFacts): readonly Check[] {
  const { topic, use, layout, configs } = facts
  const found = [...checkLayout(facts), ...(configs === undefined ? [] : checkConfigs(facts))]
  if (configs === undefined)
    found.push(
      problem(facts, 'warn', 'its limits are kept back', {
        fix: `allow DescribeConfigs on topic ${topic}, so that limits are checked before a message meets them`,
      }),
    )
  if (found.length > 0) return found
  const limits = limitsText(configs ?? new Map())
  const message = `${use}, ${layout.partitions} partitions, ${limits}`
  return [{ area: 'topic', subject: topic, status: 'pass', message }]
}

function limitsText(configs: ReadonlyMap<string, string>): string {
  const bytes = numberOf(configs, 'max.message.bytes')
  const retention = numberOf(configs, 'retention.ms')
  return [
    ...(bytes === undefined ? [] : [`messages up to ${bytesText(bytes)}`]),
    retention === undefined || retention < 0 ? 'kept for ever' : `kept ${durationText(retention)}`,
  ].join(', ')
}

const isWritten = (use: TopicUse): boolean => use !== 'input'

function checkLayout(facts: TopicFacts): Check[] {
  const { use, layout, configs, topic, brokers } = facts
  const { replicas, in_sync } = layout
  const in_sync_min = numberOf(configs, 'min.insync.replicas') ?? 1
  const checks: Check[] = []
  if (isWritten(use) && in_sync < in_sync_min)
    checks.push(
      problem(
        facts,
        'fail',
        `${in_sync} replicas are in sync and min.insync.replicas asks for ${in_sync_min}: nothing can be written`,
        { fix: 'bring back the brokers that hold its replicas' },
      ),
    )
  else if (in_sync < replicas)
    checks.push(
      problem(facts, 'warn', `only ${in_sync} of ${replicas} replicas are in sync`, {
        fix: 'see to the brokers that fell behind',
      }),
    )
  if (isWritten(use) && replicas >= 3 && in_sync_min < 2 && configs !== undefined)
    checks.push(
      problem(facts, 'warn', 'min.insync.replicas is 1: a write may be lost with one broker', {
        fix: alter({ topic, brokers }, 'min.insync.replicas=2'),
      }),
    )
  if (isWritten(use) && replicas === 1)
    checks.push(
      problem(facts, 'warn', 'it has one replica: what is written is lost with its broker', {
        fix: 'give it three replicas (kafka-reassign-partitions.sh), where there are three brokers',
      }),
    )
  return checks
}

/** Less than this is no time to mend anything. */
const RETENTION_MS_MIN = 24 * 3_600_000

function checkConfigs(facts: TopicFacts): readonly Check[] {
  const { use, configs } = facts
  const checks: Check[] = []
  const retention_ms = numberOf(configs, 'retention.ms') ?? -1
  const is_compacted = configs?.get('cleanup.policy')?.includes('compact') === true
  if (is_compacted && use === 'input')
    checks.push(
      problem(facts, 'warn', 'it is compacted: calls with the key of a later one vanish unread', {
        fix: alter(facts, 'cleanup.policy=delete'),
      }),
    )
  if (is_compacted && use !== 'input')
    checks.push(
      problem(
        facts,
        use === 'dead letters' || use === 'redrive' ? 'fail' : 'warn',
        'it is compacted: messages without a key are refused, and of those with one the last stays',
        { fix: alter(facts, 'cleanup.policy=delete') },
      ),
    )
  if (retention_ms >= 0 && retention_ms < RETENTION_MS_MIN && !is_compacted && use !== 'findings')
    checks.push(
      problem(
        facts,
        'warn',
        `messages are kept for ${durationText(retention_ms)}: ${RETENTION_MEANS[use]}`,
        { fix: alter(facts, 'retention.ms=604800000') },
      ),
    )
  const is_stamped_anew = configs?.get('message.timestamp.type') === 'LogAppendTime'
  if (is_stamped_anew && use === 'output')
    checks.push(
      problem(
        facts,
        'warn',
        'message.timestamp.type is LogAppendTime: the time of a message is not that of its input',
        { fix: alter(facts, 'message.timestamp.type=CreateTime') },
      ),
    )
  return checks
}

const RETENTION_MEANS: Readonly<Record<TopicUse, string>> = {
  input: 'a worker that stands still for longer loses calls',
  redrive: 'a worker that stands still for longer loses what was re-driven',
  output: 'who reads it must keep up',
  'dead letters': 'that is all the time for a redrive',
  findings: 'who reads it must keep up',
}

/** What is appended to an event, and what a dead letter has beside its message. */
const APPENDED_BYTES = 4_096
const HEADER_BYTES = 65_536

/** The limits of what is written against the largest message that is read. */
export function checkSizes(
  input: TopicFacts,
  outputs: readonly TopicFacts[],
  message_bytes_max: number,
): readonly Check[] {
  const largest = numberOf(input.configs, 'max.message.bytes')
  if (largest === undefined) return []
  const checks: Check[] = []
  if (message_bytes_max < largest)
    checks.push(
      problem(
        input,
        'warn',
        `it takes messages of ${bytesText(largest)}; limits.message_bytes_max sends those above ${bytesText(message_bytes_max)} to the dead letters`,
        { fix: `raise limits.message_bytes_max of its receiver to ${largest}` },
      ),
    )
  for (const output of outputs) {
    const limit = numberOf(output.configs, 'max.message.bytes')
    if (limit === undefined) continue
    const letters = output.use === 'dead letters'
    if (!letters && output.use !== 'output') continue
    const wanted = largest + (letters ? HEADER_BYTES : APPENDED_BYTES)
    if (limit >= wanted) continue
    checks.push(
      problem(
        output,
        letters && limit < largest ? 'fail' : 'warn',
        `it takes ${bytesText(limit)} and ${input.topic} ${bytesText(largest)}: ${letters ? 'the largest unreadable message would hold back its partition' : 'with the attribution the largest messages become dead letters, unless they compress'}`,
        { fix: alter(output, `max.message.bytes=${wanted}`) },
      ),
    )
  }
  return checks
}

function problem(
  { topic }: Pick<TopicFacts, 'topic'>,
  status: 'warn' | 'fail',
  message: string,
  { fix }: { readonly fix: string },
): Check {
  return { area: 'topic', subject: topic, status, message, fix }
}

function numberOf(configs: ReadonlyMap<string, string> | undefined, name: string) {
  const text = configs?.get(name)
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text)
}

function alter({ topic, brokers }: Pick<TopicFacts, 'topic' | 'brokers'>, config: string): string {
  return `kafka-configs.sh --bootstrap-server ${brokers} --alter --entity-type topics --entity-name ${topic} --add-config ${config}`
}
