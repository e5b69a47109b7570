/**
 * Whatever a receiver is handed may have to become a dead letter. A dead-letter topic that cannot take the largest raw
 * message is found at start: later such a message would hold back the commits of its partition until somebody raises the
 * limit. What came compressed was larger than the limit of its topic before; dead letters are compressed as well, so
 * it is the limits that are compared.
 *
 * Smaller than an input topic is an error. Equal is not, because these are Kafka's defaults and only a message at the very
 * limit that does not compress has no room for the headers of a dead letter: that is a warning.
 */
import { WhosecallError } from '#/core/errors.ts'
import type { Logger } from '#/core/ports.ts'

/** `max.message.bytes` of a topic; `undefined` when the broker does not say. */
export interface TopicLimit {
  readonly topic: string
  readonly bytes_max: number | undefined
}

export interface DeadLetterSize {
  readonly receiver_id: string
  readonly inputs: readonly TopicLimit[]
  readonly dead_letter: TopicLimit
  /** Of the cluster with the dead-letter topic. */
  readonly brokers: readonly string[]
}

/** A dead letter is the raw message and its headers. */
const HEADER_BYTES_MAX = 65_536

export function checkDeadLetterSize(options: DeadLetterSize, logger: Logger): void {
  const { receiver_id, inputs, dead_letter } = options
  const limit = dead_letter.bytes_max
  const largest = inputs.toSorted((a, b) => (b.bytes_max ?? 0) - (a.bytes_max ?? 0))[0]
  if (limit === undefined || largest?.bytes_max === undefined) return
  const needed_bytes = largest.bytes_max + HEADER_BYTES_MAX
  if (limit >= needed_bytes) return
  const command = `kafka-configs.sh --bootstrap-server ${options.brokers.join(',')} --alter --entity-type topics --entity-name ${dead_letter.topic} --add-config max.message.bytes=${needed_bytes}`
  if (limit < largest.bytes_max)
    throw new WhosecallError(
      'dependency_unreachable',
      `receiver ${receiver_id}: topic ${largest.topic} may hold messages of ${largest.bytes_max} bytes, but the dead-letter topic ${dead_letter.topic} takes ${limit} (max.message.bytes), so one that cannot be read would hold back its partition; raise it: ${command}`,
    )
  logger.warn(
    {
      receiver: receiver_id,
      topic: dead_letter.topic,
      max_message_bytes: limit,
      needed_bytes,
      command,
    },
    'the dead-letter topic has no room for the headers of the largest raw message, should that not compress: raise its max.message.bytes, or such a message will hold back its partition',
  )
}
