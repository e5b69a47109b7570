/**
 * A shape turns a message into one of another form: events that came as plain JSON leave as OTLP. It works on what would
 * have left anyway (the message minus what redaction cut), never on what came in, so nothing that was cut can come back
 * by another way.
 */

import type { CallReader } from '#/core/call.ts'
import type { AttributionRecord } from '#/core/decision.ts'
import type { FieldRead, Format, View } from '#/core/view.ts'
import type { Class, Encoding, KeyKind, Slot } from '#/core/words.ts'

/** Somebody that a record names, by the key that attribution asks for; after redaction. */
export interface NamedIdentity {
  readonly slot: Slot
  readonly kind: KeyKind
  readonly value: string
  /** The platform says so, after authenticating; else somebody else does. */
  readonly trusted: boolean
}

/** What the pipeline knows about an event and its bytes do not say. */
export interface ShapedEvent {
  /** The source that the event was recognised as. */
  readonly source: string
  /** What it is when it is no model call. */
  readonly class: Class | undefined
  /** Strongest first. */
  readonly identities: readonly NamedIdentity[]
  /** Start of the call, else the Kafka timestamp; epoch milliseconds. */
  readonly time_ms: number
  /** Absent when the event has no outcome. */
  readonly record: AttributionRecord | undefined
  /** Set when `attribution.as_of` is asked for. */
  readonly as_of_ms: number | undefined
}

export interface ShapeInput {
  /** The message as `Format.bare` gives it. */
  readonly message: Buffer
  /** In the order of the message. */
  readonly events: readonly ShapedEvent[]
  /** `event_id` is `<id_base>/<index>@<timestamp_ms>`. */
  readonly id_base: string
  /** Kafka timestamp; negative for none. */
  readonly timestamp_ms: number
}

export interface Shape {
  /** Each event becomes a message of its own; else `write` gives one for all. */
  readonly fans_out: boolean
  /** `undefined`: the message does not hold these events. The results belong to the caller. */
  write(input: ShapeInput): readonly Buffer[] | undefined
}

export interface ShapeOptions {
  /** The encoding of the messages. */
  readonly encoding: Encoding
  /** A format of that encoding, for reading messages again. */
  createFormat(fields: readonly FieldRead[]): Format
  /** What the records say about their calls. */
  readonly calls: CallReader
}

export type CreateShape = (options: ShapeOptions) => Shape

export function eventIdOf({ id_base, timestamp_ms }: ShapeInput, index: number): string {
  return `${id_base}/${index}@${timestamp_ms}`
}

/** Reads a message again, as it leaves. `undefined` when it does not hold these events. */
export function viewOf(format: Format, { message, events }: ShapeInput): View | undefined {
  const view = format.scan({
    count: 1,
    bytes: message,
    value_starts: Int32Array.of(0),
    value_ends: Int32Array.of(message.length),
  })
  if (view.failure(0) !== undefined || view.event_count !== events.length) return undefined
  return view
}
