/** What becomes of each message of the dead-letter topic in a re-drive: passed over, sent back, or left where it is. */
import type { Clock, Logger } from '#/core/ports.ts'
import type { OutgoingMessage, Run } from '#/core/run.ts'
import type { DeadLetterReason } from '#/core/words.ts'
import { HEADERS, readCoordinates, type Coordinates } from './dead-letters.ts'
import type { RedriveProgress } from './redrive-progress.ts'
import type { RedriveSender } from './redrive-sender.ts'

/** Sent, and what stays; all but `sent` are found again by a later run. */
export interface RedriveResult {
  readonly sent: number
  /** Were re-driven `attempts_max` times. */
  readonly exhausted: number
  /** Came from a topic whose receiver has no re-drive topic, or say not where they came from. */
  readonly unroutable: number
  /** The re-drive topic refuses them for good, for example because they are too large for it. */
  readonly refused: number
}

/** `stopped` and `no_room`: it was not handled, and a later run begins with it. */
export type Fate = 'done' | 'stopped' | 'no_room'

export interface LettersOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly reason: DeadLetterReason
  readonly topicFor: (topic: string) => string | undefined
  readonly dry_run: boolean
  readonly attempts_max: number
}

export interface RedriveLetters {
  readonly counts: RedriveResult
  handle(run: Run, m: number, of: Handled): Promise<Fate>
}

export interface Handled {
  readonly progress: RedriveProgress
  /** False once another run may have the partition. */
  isOurs(): boolean
}

/** Names of topics are not longer. */
const TOPIC_CHARS_MAX = 249

/** Without a sender nothing is sent, only counted. */
export function createLetters(
  options: LettersOptions,
  sender: RedriveSender | undefined,
): RedriveLetters {
  const counts = { sent: 0, exhausted: 0, unroutable: 0, refused: 0 }

  async function handle(run: Run, m: number, { progress, isOurs }: Handled): Promise<Fate> {
    const offset = run.offsets[m]!
    const headers = run.headers[m]
    const stated = headers?.findLast(({ name }) => name === HEADERS.reason)?.value?.toString()
    if (stated !== options.reason) return 'done'
    const at = readCoordinates(headers)
    const kind = kindOf(at)
    if (!progress.isOpen(offset, kind)) return 'done'
    const target = at && options.topicFor(at.topic)
    if (at === undefined || target === undefined)
      return stays('unroutable', progress.stay(offset, kind))
    if (at.attempt >= options.attempts_max) return stays('exhausted', progress.stay(offset, kind))
    if (sender !== undefined) {
      const partition = at.partition % (await sender.partitionsOf(target))
      const message = { ...letterOf(run, m, at), topic: target, partition }
      const sent = await sender.send(message, { partition: run.partition, offset, isOurs })
      if (sent === 'stopped') return 'stopped'
      if (sent === 'refused') return stays('refused', progress.refuse(offset))
    }
    counts.sent += 1
    return 'done'
  }

  function stays(why: 'exhausted' | 'unroutable' | 'refused', has_room: boolean): Fate {
    if (!has_room) return 'no_room'
    counts[why] += 1
    return 'done'
  }

  function letterOf(
    run: Run,
    m: number,
    at: Coordinates,
  ): Omit<OutgoingMessage, 'topic' | 'partition'> {
    const attempt = { name: HEADERS.attempt, value: Buffer.from(String(at.attempt + 1)) }
    return {
      key: range(run, run.key_starts[m]!, run.key_ends[m]!),
      value: range(run, run.value_starts[m]!, run.value_ends[m]!),
      headers: [...(run.headers[m] ?? []).filter(({ name }) => name !== HEADERS.attempt), attempt],
      timestamp: options.clock.now(),
    }
  }

  return { counts, handle }
}

/** All that decides whether a letter stays. */
function kindOf(at: Coordinates | undefined): string {
  return at === undefined || at.topic.length > TOPIC_CHARS_MAX ? '' : `${at.attempt} ${at.topic}`
}

function range(run: Run, start: number, end: number): Buffer | null {
  return start < 0 ? null : run.bytes.subarray(start, end)
}
