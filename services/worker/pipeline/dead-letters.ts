/**
 * A dead letter is the message as it came (value, key, headers) plus headers that say where it came from and why it is
 * here. They carry codes and coordinates only, never content. `redrive` sends it back with the same headers; they are
 * honoured on a receiver's re-drive topic and nowhere else, because any producer can write a header.
 */
import type { Header, OutgoingMessage, Run } from '#/core/run.ts'
import type { DeadLetterReason, Stage } from '#/core/words.ts'

/** Everything under this prefix is ours: stripped on the way in from ordinary topics. */
export const HEADER_PREFIX = 'whosecall-'

export const HEADERS = {
  origin: 'whosecall-origin',
  topic: 'whosecall-topic',
  partition: 'whosecall-partition',
  offset: 'whosecall-offset',
  timestamp: 'whosecall-timestamp',
  reason: 'whosecall-reason',
  stage: 'whosecall-stage',
  first_seen: 'whosecall-first-seen',
  attempt: 'whosecall-attempt',
} as const

/** Where a message was first read: what its `event_id` is made of, whatever detours it took. */
export interface Coordinates {
  /** The cluster id, or the name that the receiver gives it. */
  readonly origin: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Kafka timestamp, epoch milliseconds. */
  readonly timestamp: number
  /** Epoch milliseconds of the first failure; absent on a message that never failed. */
  readonly first_seen?: number
  /** How often it has been re-driven. */
  readonly attempt: number
}

export interface DeadLetter {
  readonly topic: string
  readonly partition: number
  readonly coordinates: Coordinates
  readonly reason: DeadLetterReason
  readonly stage: Stage
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The headers that the message came with. */
  readonly headers: readonly Header[] | undefined
  /** Dead letters carry the current time, or retention would delete old messages at once. */
  readonly now_ms: number
}

export function deadLetterMessage(letter: DeadLetter): OutgoingMessage {
  const at = letter.coordinates
  const own: Record<keyof typeof HEADERS, string> = {
    origin: at.origin,
    topic: at.topic,
    partition: String(at.partition),
    offset: String(at.offset),
    timestamp: String(at.timestamp),
    reason: letter.reason,
    stage: letter.stage,
    first_seen: String(at.first_seen ?? letter.now_ms),
    attempt: String(at.attempt),
  }
  const headers: Header[] = (letter.headers ?? []).filter((header) => !isOwnHeader(header.name))
  for (const name of Object.keys(HEADERS) as (keyof typeof HEADERS)[])
    headers.push({ name: HEADERS[name], value: Buffer.from(own[name]) })
  return {
    topic: letter.topic,
    partition: letter.partition,
    key: letter.key,
    value: letter.value,
    headers,
    timestamp: letter.now_ms,
  }
}

export function isOwnHeader(name: string): boolean {
  return name.startsWith(HEADER_PREFIX)
}

/** Reads the coordinates of a re-driven message; `undefined` when its headers do not say them all. */
export function readCoordinates(headers: readonly Header[] | undefined): Coordinates | undefined {
  const text = (name: string): string | undefined =>
    headers?.findLast((header) => header.name === name)?.value?.toString()
  const whole = (name: string): number | undefined => {
    const digits = text(name)
    return digits !== undefined && /^\d{1,16}$/.test(digits) ? Number(digits) : undefined
  }
  const origin = text(HEADERS.origin)
  const topic = text(HEADERS.topic)
  const partition = whole(HEADERS.partition)
  const offset = whole(HEADERS.offset)
  const timestamp = whole(HEADERS.timestamp)
  const first_seen = whole(HEADERS.first_seen)
  if (origin === undefined || topic === undefined || partition === undefined) return undefined
  if (offset === undefined || timestamp === undefined) return undefined
  const base = { origin, topic, partition, offset, timestamp, attempt: whole(HEADERS.attempt) ?? 0 }
  return first_seen === undefined ? base : { ...base, first_seen }
}

/** Reserved names in headers: ours, and `attribution` in any letter case, alone or before a dot or a dash. */
export function isReservedHeader(name: string): boolean {
  return isOwnHeader(name) || /^attribution([.-]|$)/i.test(name)
}

export interface Origin {
  /** Stands first in event ids. */
  readonly origin: string
  /** The one topic on which dead-letter headers are honoured. */
  readonly redrive_topic: string | undefined
}

/** Where message i of a run was first read. */
export function coordinatesOf(options: Origin, run: Run, i: number): Coordinates {
  if (run.topic === options.redrive_topic) {
    const stated = readCoordinates(run.headers[i])
    if (stated !== undefined) return stated
  }
  return {
    origin: options.origin,
    topic: run.topic,
    partition: run.partition,
    offset: run.offsets[i]!,
    timestamp: run.timestamps[i]!,
    attempt: 0,
  }
}
