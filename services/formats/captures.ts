/**
 * Goes over captures. Those of the event, its resource and its scope lie in ranges of one list; a field knows in which of the
 * three it is looked for.
 */

import {
  CAP_END,
  CAP_START,
  CAP_TAG,
  CAP_TYPE,
  CAP_WIDTH,
  EVENT_CAP_TO,
  EVENT_RESOURCE,
  EVENT_SCOPE,
  EVENT_WIDTH,
  PART_CAP_TO,
  PART_WIDTH,
  TYPE_ARRAY,
  TYPE_BYTES,
  TYPE_MASK,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
} from './layout.ts'
import { SECTION_RECORD, SECTION_RESOURCE, SECTION_SCOPE } from './plan.ts'
import { bytesOf, type State } from './state.ts'

const DASH = 0x2d

/** How an encoding turns captured bytes into text. `capture` is an offset in `state.caps`. */
export interface ValueReader {
  text(state: State, capture: number): string | undefined
  /** Scalar items of a captured list. */
  items(state: State, capture: number): string[]
  /** The scalar at a path of each item. */
  itemsAt(state: State, capture: number, path: readonly string[]): string[]
  /** Members of an object that was captured whole, but those that are null; `undefined` for what has no text. */
  members(state: State, capture: number): (readonly [name: string, value: string | undefined])[]
  /** Everything written in a list, an object or bytes, however deep; see texts.ts. */
  lines(state: State, capture: number): string
}

/** Start and end (as offsets in `state.caps`) of the captures of an event or of its resource or scope. */
export function captureRange(state: State, event: number, section: number): void {
  const at = event * EVENT_WIDTH
  if (section === SECTION_RECORD) {
    range_start = state.events[at]! * CAP_WIDTH
    range_end = state.events[at + EVENT_CAP_TO]! * CAP_WIDTH
    return
  }
  const part =
    state.events[at + (section === SECTION_RESOURCE ? EVENT_RESOURCE : EVENT_SCOPE)]! * PART_WIDTH
  range_start = part < 0 ? 0 : state.parts[part]! * CAP_WIDTH
  range_end = part < 0 ? 0 : state.parts[part + PART_CAP_TO]! * CAP_WIDTH
}
export let range_start = 0
export let range_end = 0

/**
 * Shows every value of the fields [from, to) that stands in the bytes, whatever its type, also one that a later duplicate
 * replaced. `capture` is an offset in `state.caps`; not those of objects whose
 * members are captured one by one.
 */
export function visitCaptures(
  state: State,
  event: number,
  from: number,
  to: number,
  see: (capture: number, field: number) => void,
): void {
  const { sections, fields, is_otlp } = state.plan
  let wanted = 0
  for (let field = from; field < to; field++) wanted |= 1 << sections[field]!
  for (let section = 0; section <= SECTION_SCOPE; section++) {
    if ((wanted & (1 << section)) === 0) continue
    captureRange(state, event, section)
    const end = range_end
    for (let at = range_start; at < end; at += CAP_WIDTH) {
      const held = state.caps[at]!
      const field = held < 0 ? ~held : held
      if (field < from || field >= to) continue
      const is_opened =
        !is_otlp &&
        state.caps[at + CAP_TAG] === -1 &&
        fields[field]!.shape === 'map' &&
        (state.caps[at + CAP_TYPE]! & TYPE_MASK) === TYPE_OBJECT
      if (!is_opened) see(at, field)
    }
  }
}

/** The text of a scalar, all texts of a list or an object; `undefined` for what holds none. */
export function allTextOf(state: State, reader: ValueReader, capture: number): string | undefined {
  const type = state.caps[capture + CAP_TYPE]! & TYPE_MASK
  if (type === TYPE_OBJECT || type === TYPE_ARRAY || type === TYPE_BYTES)
    return reader.lines(state, capture)
  return reader.text(state, capture)
}

/** The tag of a member of a map. */
export function tagOf(state: State, capture: number): string | undefined {
  const tag = state.caps[capture + CAP_TAG]!
  return tag < 0 ? undefined : state.plan.tags.names[tag]
}

/** Whether a value says that there is none: null, an empty text, or the dash that access logs write. */
export function isNothing(state: State, capture: number): boolean {
  const { caps } = state
  const type = caps[capture + CAP_TYPE]! & TYPE_MASK
  if (type !== TYPE_STRING) return type === TYPE_NULL
  const start = caps[capture + CAP_START]!
  const length = caps[capture + CAP_END]! - start
  if (length !== 1) return length === 0
  return bytesOf(state, capture)[start] === DASH
}
