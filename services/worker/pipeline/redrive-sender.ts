/** Sends letters one by one, at a pace, until the broker has each or refuses it for good. */
import type { Admin, Producer } from '#/core/bus.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Clock, Logger } from '#/core/ports.ts'
import type { OutgoingMessage } from '#/core/run.ts'

/** `stopped`: the broker may have it all the same, but it never said so. */
export type Sent = 'sent' | 'refused' | 'stopped'

interface Letter {
  /** Where it lies in the dead-letter topic. */
  readonly partition: number
  readonly offset: number
  /** False once another run may have the partition. */
  isOurs(): boolean
}

export interface RedriveSender {
  send(message: OutgoingMessage, letter: Letter): Promise<Sent>
  partitionsOf(topic: string): Promise<number>
}

export interface SenderOptions {
  readonly producer: Producer
  readonly admin: Pick<Admin, 'partitionCounts'>
  readonly clock: Clock
  readonly logger: Logger
  readonly rate_per_s: number
  readonly signal: AbortSignal
}

const RETRY_MS_MIN = 100
/** A broker that takes nothing for so long is worth a word, once. */
const TOLD_AFTER_MS = 5_000
/** Refused letters are named one by one up to here; all are counted. */
const NAMED_MAX = 10

export function createRedriveSender(options: SenderOptions): RedriveSender {
  const { producer, clock, logger, signal } = options
  const partition_counts = new Map<string, number>()
  let next_ms = 0
  let told = false
  let named = 0

  async function attempts(message: OutgoingMessage, letter: Letter): Promise<Sent> {
    // The very same array each time: so the broker knows what it has already.
    const batch = [message]
    const begun_ms = clock.now()
    for (;;) {
      const result = await producer.send(batch)
      if (result.type === 'delivered') return 'sent'
      if (result.type === 'rejected')
        return refused(message, letter, result.messages[0]?.reason ?? '')
      if (!told && clock.now() - begun_ms >= TOLD_AFTER_MS) {
        told = true
        const cause = messageOf(result.cause)
        logger.warn({ topic: message.topic, cause }, 'the redrive topic cannot be written; waiting')
      }
      await clock.sleep(Math.max(RETRY_MS_MIN, result.after_ms), signal)
      if (signal.aborted || !letter.isOurs()) return 'stopped'
    }
  }

  function refused(message: OutgoingMessage, letter: Letter, reason: string): Sent {
    named += 1
    const { topic } = message
    const { partition, offset } = letter
    if (named <= NAMED_MAX)
      logger.warn(
        { partition, offset, topic, reason },
        'the redrive topic refuses a dead letter; it stays',
      )
    if (named === NAMED_MAX) logger.warn({}, 'further ones are counted, not named')
    return 'refused'
  }

  return {
    async send(message, letter) {
      const wait_ms = next_ms - clock.now()
      if (wait_ms > 0) await clock.sleep(wait_ms, signal)
      if (signal.aborted || !letter.isOurs()) return 'stopped'
      next_ms = Math.max(next_ms, clock.now()) + 1000 / options.rate_per_s
      return attempts(message, letter)
    },
    async partitionsOf(topic) {
      const known = partition_counts.get(topic)
      if (known !== undefined) return known
      const count = (await options.admin.partitionCounts([topic])).get(topic)
      if (count === undefined)
        throw new WhosecallError(
          'dependency_unreachable',
          `the redrive topic ${topic} does not exist`,
        )
      partition_counts.set(topic, count)
      return count
    },
  }
}
