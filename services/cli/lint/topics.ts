/**
 * Topics that receivers read, beyond what the check of the config proves wrong: patterns against names and against each
 * other, and entries that do nothing. Patterns are compared only where the answer is certain: by what they must begin with.
 */
import { pointerOf } from '#/config/index.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import { sameCluster } from '#/worker/check-exporters.ts'
import { readsTopic } from '#/worker/receivers/kafka/receiver.ts'
import type { KafkaReceiverConfig } from '#/worker/receivers/kafka/config.ts'
import type { ConfigFinding } from './found.ts'

export function lintTopics({ receivers }: WorkerConfig): readonly ConfigFinding[] {
  const all = Object.entries(receivers)
  return all.flatMap(([id, receiver], at) => [
    ...lintOwn(id, receiver),
    ...all
      .slice(0, at)
      .filter(([, other]) => sameCluster(receiver, other))
      .flatMap(([other_id, other]) => lintPair([id, receiver], [other_id, other])),
  ])
}

function lintOwn(id: string, { logs }: KafkaReceiverConfig): readonly ConfigFinding[] {
  const { topics, exclude_topics } = logs
  const idle = (place: 'topics' | 'exclude_topics', at: number, why: string): ConfigFinding => ({
    pointer: pointerOf('receivers', id, 'logs', place, at),
    finding: {
      code: 'WC-L013',
      severity: 'warning',
      message: `this entry does nothing: ${why}`,
      help: 'remove it',
    },
  })
  const doubles = topics.flatMap((topic, at) => {
    const other = topics.findIndex(
      (one, index) => index !== at && (one === topic ? index < at : covers(one, topic)),
    )
    return other < 0 ? [] : [idle('topics', at, `entry ${other + 1} of the list reads it, too`)]
  })
  if (topics.some(isPattern)) return doubles
  return [
    ...doubles,
    ...exclude_topics.map((_, at) =>
      idle('exclude_topics', at, 'no topic of this receiver is a pattern'),
    ),
  ]
}

/** Names that the later receiver states and the earlier one reads are errors already. */
function lintPair(
  [id, later]: readonly [string, KafkaReceiverConfig],
  [other_id, earlier]: readonly [string, KafkaReceiverConfig],
): readonly ConfigFinding[] {
  return later.logs.topics.flatMap((pattern, at): readonly ConfigFinding[] => {
    if (!isPattern(pattern)) return []
    const same = earlier.logs.topics.find((topic) =>
      isPattern(topic)
        ? topic === pattern || covers(topic, pattern) || covers(pattern, topic)
        : readsTopic({ ...later, logs: { ...later.logs, topics: [pattern] } }, topic) === 0,
    )
    if (same === undefined) return []
    return [
      {
        pointer: pointerOf('receivers', id, 'logs', 'topics', at),
        finding: {
          code: 'WC-L012',
          severity: 'warning',
          message: `${other_id} reads ${same}, which this pattern means, too: those calls count twice`,
          help: 'leave its topics out by exclude_topics, or make the pattern narrower',
        },
      },
    ]
  })
}

/** Whether it is certain that an entry means every topic that the other one means. */
function covers(wide: string, narrow: string): boolean {
  if (!isPattern(wide)) return false
  if (!isPattern(narrow)) return matches(wide, narrow)
  const prefix = /^\^((?:[\w-]|\\[.-])+)(?:\.\*)?$/.exec(wide)?.[1]
  const start = narrow.includes('|') ? undefined : /^\^((?:[\w-]|\\[.-])+)(.?)/.exec(narrow)
  if (prefix === undefined || start === undefined || start === null) return false
  const [, literal = '', next = ''] = start
  // What is repeated may be absent.
  const certain = /[*?{]/.test(next) ? literal.replace(/\\?.$/, '') : literal
  return plain(certain).startsWith(plain(prefix)) && wide !== narrow
}

function plain(escaped: string): string {
  return escaped.replaceAll('\\', '')
}

function isPattern(topic: string): boolean {
  return topic.startsWith('^')
}

function matches(pattern: string, topic: string): boolean {
  return new RegExp(pattern, 'u').test(topic)
}
