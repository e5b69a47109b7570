/**
 * A shape turns a message into one of another form: events that came as plain JSON leave as OTLP. It works on what would
 * have left anyway (the message minus what redaction cut), never on what came in, so nothing that was cut can come back
 * by another way.
 */

import type { AttributionRecord } from '#/core/decision.ts'
import type { FieldRead, Format } from '#/core/view.ts'
import type { Encoding } from '#/core/words.ts'

/** What the pipeline knows about an event and its bytes do not say. */
export interface ShapedEvent {
  /** The source that the event was recognised as. */
  readonly source: string
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
  /** `undefined`: the message does not hold these events. The result belongs to the caller. */
  write(input: ShapeInput): Buffer | undefined
}

export interface ShapeOptions {
  /** The encoding of the messages. */
  readonly encoding: Encoding
  /** A format of that encoding, for reading messages again. */
  createFormat(fields: readonly FieldRead[]): Format
}

export type CreateShape = (options: ShapeOptions) => Shape

export function eventIdOf({ id_base, timestamp_ms }: ShapeInput, index: number): string {
  return `${id_base}/${index}@${timestamp_ms}`
}
