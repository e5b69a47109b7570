/**
 * Names of topics by Kafka's own rule. A name that breaks it is never found, and a pattern without its `^` is such a name:
 * the worker would wait for a topic that cannot exist.
 */
import { pointerOf, type Report } from '#/config/index.ts'
import { topicsWritten } from './check-exporters.ts'
import type { WorkerConfig } from './config.ts'

const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/
const LOOKS_LIKE_PATTERN = /[*+?()[\]{}|\\$]/

export function topicNames(config: WorkerConfig, report: Report): void {
  for (const [id, { logs, redrive_topic }] of Object.entries(config.receivers)) {
    for (const [index, topic] of logs.topics.entries()) {
      if (!topic.startsWith('^')) {
        checkName(
          pointerOf('receivers', id, 'logs', 'topics', index),
          topic,
          'or a pattern',
          report,
        )
      }
    }
    if (redrive_topic !== undefined) {
      checkName(pointerOf('receivers', id, 'redrive_topic'), redrive_topic, '', report)
    }
  }
  for (const { id, section, topic } of topicsWritten(config)) {
    checkName(pointerOf('exporters', id, section, 'topic'), topic, '', report)
  }
}

function checkName(place: string, topic: string, or: '' | 'or a pattern', report: Report): void {
  if (NAME.test(topic)) return
  const pattern = or === '' || !LOOKS_LIKE_PATTERN.test(topic) ? '' : `, such as ^${topic}`
  report(place, {
    code: 'WC-C115',
    message: 'this is no name that a Kafka topic can have',
    expected: `1 to 249 of the characters a-z, A-Z, 0-9, ".", "_" and "-", but not "." or ".."${or && `, ${or}`}`,
    found: JSON.stringify(topic),
    ...(or !== '' && { help: `a pattern begins with ^${pattern}` }),
  })
}
