/**
 * JSON texts inside strings. What a field looks for in one is scanned like any object, over a copy of the text without
 * the escapes of the string round it; captures of it say that they lie there. A text that is no JSON object leaves nothing
 * behind but its string.
 */

import type { Entry, OwnScan } from '../keys.ts'
import {
  CAP_MEMBER_END,
  CAP_MEMBER_START,
  CAP_TYPE,
  CAP_WIDTH,
  FLAG_INNER,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
} from '../layout.ts'
import { parseString } from '../digits.ts'
import { compileNode, type Place, type Plan } from '../plan.ts'
import { appendInner, pushCapture, supersedeCaptures, type State } from '../state.ts'
import { capture } from './capture.ts'
import { scanObject, scanWatched } from './object.ts'
import { OPEN_BRACE, QUOTE, readString, skipSpace } from './skip.ts'

/** A member that is an object, or a string that holds one. `fields` are told which of them it is by its type. */
export function innerScan(plan: Plan, place: Place, fields: readonly number[]): OwnScan {
  const node = compileNode(plan, place, 'object', 'no')
  const inside = fieldsUnder(place)

  function scan(
    state: State,
    entry: Entry,
    member: number,
    position: number,
    depth: number,
  ): number {
    if (state.bytes[position] !== QUOTE) return scanWatched(state, entry, member, position, depth)
    const after = readString(state, position + 1)
    if (after < 0) return after
    const first = state.cap_count
    capture(state, entry, TYPE_STRING, position + 1, after - 1, member, after)
    const own = state.cap_count
    const type = scanText(state, position, after, depth)
    if (type === TYPE_STRING) hideFields(state, inside, position, after, member)
    for (let i = first; i < own; i++) {
      const at = i * CAP_WIDTH
      if (fields.includes(state.caps[at]!)) state.caps[at + CAP_TYPE] = type
    }
    const inner_end = type === TYPE_OBJECT ? state.cap_count : own
    for (let i = own; i < inner_end; i++) {
      const at = i * CAP_WIDTH
      state.caps[at + CAP_TYPE]! |= FLAG_INNER
      state.caps[at + CAP_MEMBER_START] = member
      state.caps[at + CAP_MEMBER_END] = after
    }
    return after
  }

  /**
   * Where nobody can say what is in a text, a redaction of any field in it takes the whole: it is found like a value that
   * a later duplicate replaced, which no reader sees.
   */
  function hideFields(
    state: State,
    hidden: readonly number[],
    position: number,
    after: number,
    member: number,
  ): void {
    for (const field of hidden) {
      pushCapture(state, ~field, TYPE_STRING, position + 1, after - 1, member, after, 0, -1)
    }
  }

  /** What the string at `[start, end)`, with its quotes, stands for. */
  function scanText(state: State, start: number, end: number, depth: number): number {
    const text = parseString(state.bytes.toString('utf8', start, end))
    const blank = text.trim()
    if (blank === '' || blank === 'null') return TYPE_NULL
    const cap_count = state.cap_count
    const from = appendInner(state, text)
    const { bytes, data, end: outer_end } = state
    state.bytes = state.inner
    state.data = state.inner_data
    state.end = state.inner_length
    const is_object = scanWhole(state, from, depth)
    state.bytes = bytes
    state.data = data
    state.end = outer_end
    if (is_object) return TYPE_OBJECT
    state.cap_count = cap_count
    return TYPE_STRING
  }

  function scanWhole(state: State, from: number, depth: number): boolean {
    const { bytes, end } = state
    const start = skipSpace(bytes, from, end)
    if (start >= end || bytes[start] !== OPEN_BRACE) return false
    const after = scanObject(state, node, start, depth + 1)
    return after >= 0 && skipSpace(bytes, after, end) === end
  }

  return {
    scan,
    supersede: (state, entry) => supersedeCaptures(state, entry.cap_from, entry.cap_to),
  }
}

function fieldsUnder(place: Place): readonly number[] {
  return [...place.below.values()].flatMap((below) => [
    ...below.fields,
    ...below.maps.map(({ field }) => field),
    ...fieldsUnder(below),
  ])
}
