import type { AttributionRecord } from './decision.ts'
import type { DeadLetterReason } from './words.ts'

/**
 * A view is what `scan` makes of a run: messages, the events in them, and where the few needed values lie. Processors
 * read values by field and write attributes; they never see bytes.
 *
 * A field is a JSON Pointer (RFC 6901) into the logical event. For `json` that is the event object itself:
 * `/metadata/user_api_key_hash`. For OTLP it is the log record with its surroundings: `/attributes/<key>`,
 * `/resource/<key>`, `/scope/name`, `/eventName`, `/timeUnixNano`, `/observedTimeUnixNano`, `/body`,
 * `/severityText`, `/traceId`, `/spanId`; a span has `/name`, `/kind`, `/parentSpanId`, `/startTimeUnixNano`,
 * `/endTimeUnixNano` in place of times, body, severity and event name.
 *
 * Two things a pointer cannot say. `[]` behind a list is each of its items: `/team_ids[]`, `/hops[]/subject` (shape
 * `list`). `$` is what lies round an event of plain JSON that stands in a wrapper: `$/object` is a member of the message,
 * `$/data[]/start_time` a member of the item of `data` that holds the event's own list.
 */

export interface FieldRead {
  readonly path: string
  /**
   * `value`: the text of a scalar; lists and objects are seen by their type only.
   * `map`: the members of an object (or of a JSON text in a string, or a list of `key:value`), see `tags`.
   * `list`: each scalar item of a list; with a path such as `/hops[]/subject` that scalar of each item.
   * `names`: only the names of an object's members, whatever their values but `null`, `""` and `"-"`; each becomes what `tag` makes of it,
   * and equal ones are one. Read with `list`.
   *
   * One path may stand in several fields, with different shapes, tags and uses.
   */
  readonly shape: 'value' | 'map' | 'list' | 'names'
  /**
   * `decides`: two events that agree in all deciding fields get the same decision (the value is part of the identity, or
   * the type of what has no text, and whether an attribute stood more than once).
   * `presence`: only whether the field is there decides.
   * `reads`: read per event (time, tokens, addresses); not part of the identity.
   */
  readonly use: 'decides' | 'presence' | 'reads'
  /**
   * For `map` and `names`: which tag a member's name means, or undefined for none. Pure; the scanner remembers its answers.
   * The path `` (empty) is the event itself, `/attributes` and `/resource` are all attributes of an OTLP record.
   */
  readonly tag?: (name: string) => string | undefined
  /**
   * JSON: the path, or one above it, whose string may hold the text of an object. The field is then looked for in that text
   * as well; at the path itself such a string counts as the object it holds, and a blank one as null.
   */
  readonly text?: string
}

/** Most fields that `EventValues.numbers` reads at once: as many as there are bits. */
export const NUMBERS_MAX = 32

/** Reads one event. `undefined`: the field is absent. */
export interface EventValues {
  /** Text of a string, digits of a number as they stand in the bytes; `undefined` for anything else. The last of duplicates. */
  text(field: number): string | undefined
  /** JSON type of the last value, whatever its shape. */
  type(field: number): ValueType | undefined
  /** Whether the value is the boolean true. */
  isTrue(field: number): boolean
  /** Scalar items of a `list` field; tags of the names of a `names` field. */
  list(field: number): readonly string[]
  /**
   * Tags of a `map` field, in order, every occurrence of a name (its last one counts, the reader sees to that); `lost`
   * when a JSON text in it did not parse. Values are scalars as `text` gives them; other members are left out.
   */
  tags(field: number): {
    readonly tags: readonly (readonly [tag: string, value: string])[]
    readonly lost: boolean
  }
  /**
   * Shows what is written in every value of the fields [from, to), whatever its type and also where a later duplicate
   * replaced it: of a list or an object all its texts, a line each, a name before what it names. `tag` is that of a member
   * of a map.
   */
  visit(
    from: number,
    to: number,
    see: (text: string, field: number, tag: string | undefined, is_replaced: boolean) => void,
  ): void
  /** How often an attribute key stood in its list; more than 1 makes an OTLP attribute claimed. */
  occurrences(field: number): number
  /**
   * The numbers of the fields [from, to), at most `NUMBERS_MAX`, from index 0 on: of a number, or of a text that is one. Bit i of what
   * is returned is set for each index that holds a number; the others are left as they were. One look at the event reads all
   * of them, and makes no text of what is plain. Exact up to 15 digits; more digits are near enough for sums.
   */
  numbers(from: number, to: number, into: Float64Array): number
}

export type ValueType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array' | 'bytes'

export interface View {
  readonly message_count: number
  readonly event_count: number
  /** Events of message m are `event_starts[m]` … `event_starts[m + 1] - 1`. */
  readonly event_starts: Int32Array
  /** Why message m cannot be read. */
  failure(message: number): DeadLetterReason | undefined
  /** A wrapper (or OTLP message) without events. */
  isEmpty(message: number): boolean
  /** Reserved names found and stripped in message m, in any spelling. */
  forged(message: number): number
  /** The event as it stands in the message. OTLP records have none: a part of what they say stands around them. */
  eventBytes(event: number): Buffer | undefined
  /**
   * Equal numbers mean equal values in all deciding fields, so a decision can be remembered by this number. -1: not
   * remembered (the table is full). Numbers are dense from 0 and are void when `identity_generation` changes.
   */
  identity(event: number): number
  readonly identity_generation: number
  /** A reader of the event, valid until the next call of `values`. */
  values(event: number): EventValues
  /** Attaches what is to be appended to the event. */
  write(event: number, fragment: Fragment): void
  /** Marks a field's value(s) to be left out on the way out. Returns how many were found. */
  cut(event: number, field: number): number
  /**
   * Shows what `visit` shows, and marks each value to be replaced by what is answered. No answer leaves it as it is. Where
   * no other text can stand for a value (a list, an object) it is cut. Returns how many were marked.
   */
  rewrite(
    event: number,
    from: number,
    to: number,
    rewritten: (text: string, field: number, tag: string | undefined) => string | undefined,
  ): number
  /** Marks a field's scalar value(s) to be replaced by a text. A value that is not a scalar is cut. Returns how many. */
  replace(event: number, field: number, replacement: (text: string) => string): number
}

/** The encoded attribution of a decision, all but what differs from event to event. Made once, written often. */
export interface Fragment {
  readonly bytes: Buffer
  /** Set when `detail: full` asks for `attribution.as_of`, which differs by event. */
  readonly as_of_ms?: number
}

/** A format knows one encoding. It is created per receiver, for the union of the fields that its pipeline reads. */
export interface Format {
  /** Scans the messages of a run. The view is valid until the next scan. */
  scan(run: ScanInput): View
  /** Encodes a decision for this encoding. */
  fragment(record: AttributionRecord): Fragment
  /**
   * Writes message m: the original bytes, minus cuts, plus fragments. `event_id` is `<id_base>/<index>@<id_stamp>`.
   * The result stays as it is until it is given back, see `hold`.
   */
  splice(view: View, message: number, id_base: string, id_stamp: string): Buffer
  /**
   * Holds all that was written since the last call. The function that is returned gives it back, once; the same memory is
   * written again then.
   */
  hold(): () => void
  /** Writes message m without what was attached to its events: the original bytes, minus cuts. */
  bare(view: View, message: number): Buffer
}

/** The part of a run that a scan needs. */
export interface ScanInput {
  readonly count: number
  readonly bytes: Buffer
  readonly value_starts: Int32Array
  readonly value_ends: Int32Array
}

/** What OTLP messages hold: log records, or spans, which are taken as events. */
export type OtlpSignal = 'logs' | 'traces'

export interface FormatOptions {
  readonly fields: readonly FieldRead[]
  /** OTLP: what is read; of both, each message is recognised. Anything else has the wrong shape. Default: logs. */
  readonly signals?: readonly OtlpSignal[]
  /**
   * JSON: the member (JSON Pointer) that holds the list of events, e.g. `/Records`; several are tried in order.
   * `/data[]/results` are the lists of all items of `data`.
   */
  readonly wrappers?: readonly string[]
  /** Deepest nesting that is read (default 128). */
  readonly depth_max: number
  /** Largest value in bytes that is read. */
  readonly message_bytes_max: number
  /** Most events of one message. */
  readonly events_max: number
}
