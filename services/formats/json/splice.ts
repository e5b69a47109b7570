/**
 * Writes a JSON message back: its bytes, without what is cut (and the comma that goes with it), with a fragment before
 * the closing bracket of each event. Whether a comma is needed is seen in what was written: nothing but an opening bracket
 * before it means that the object or list is empty.
 */

import { editsOf } from '../edits.ts'
import { setEventId, writeEventId, type EventId, type EventIdFrame } from '../event-id.ts'
import {
  beginMessage,
  createSource,
  endMessage,
  sourceOf,
  writeAll,
  writeRange,
  type Output,
  type Source,
} from '../output.ts'
import {
  EDIT_FROM,
  EDIT_KIND,
  EDIT_REPLACE,
  EDIT_TEXT,
  EDIT_TO,
  EVENT_INSERT,
  EVENT_KIND,
  EVENT_WIDTH,
} from '../layout.ts'
import type { State } from '../state.ts'
import { COMMA, OPEN_BRACE, OPEN_BRACKET, skipSpace } from './skip.ts'

/** The texts round a fragment, by the kind of place it is put in. */
export interface JsonTexts {
  readonly before: readonly Source[]
  readonly after: readonly Source[]
  asOf(as_of_ms: number): Buffer
}

/** The text round an event id, in both JSON encodings. */
export function jsonEventIdFrame(before: string, after: string): EventIdFrame {
  const opening = Buffer.from(before)
  return {
    before: () => opening,
    after: Buffer.from(after),
    escape: (text) => JSON.stringify(text).slice(1, -1),
  }
}

/** More than the digits of an index, `as_of` and the text round a fragment take. */
const OVERHEAD_BYTES = 320

export function spliceJson(
  state: State,
  texts: JsonTexts,
  id: EventId,
  output: Output,
  message: number,
  id_base: string,
  id_stamp: string,
): Buffer {
  const start = state.value_starts[message]!
  const end = state.value_ends[message]!
  const first = state.event_starts[message]!
  const last = state.event_starts[message + 1]!
  const edits = state.edit_heads[message]! < 0 ? NONE : editsOf(state, message)
  setEventId(id, id_base, id_stamp)
  let room = end - start
  let has_fragment = false
  for (let event = first; event < last; event++) {
    const fragment = state.fragments[event]
    if (fragment === undefined) continue
    has_fragment = true
    room += fragment.bytes.length + id.length + OVERHEAD_BYTES
  }
  if (!has_fragment && edits.length === 0) return state.bytes.subarray(start, end)
  for (const edit of edits) {
    if (state.edits[edit + EDIT_KIND] === EDIT_REPLACE) room += textOf(state, edit).length
  }
  beginMessage(output, room)
  let cursor = start
  let next = 0
  for (let event = first; event < last; event++) {
    const fragment = state.fragments[event]
    if (fragment === undefined) continue
    const at = event * EVENT_WIDTH
    const insert = state.events[at + EVENT_INSERT]!
    if (next < edits.length) {
      cursor = writeEdited(state, output, edits, next, cursor, insert)
      next = edits_done
    }
    writeRange(output, state, cursor, insert)
    cursor = Math.max(cursor, insert)
    if (needsComma(output)) output.chunk[output.at++] = COMMA
    const kind = state.events[at + EVENT_KIND]!
    writeAll(output, texts.before[kind]!)
    writeAll(output, sourceOf(fragment))
    writeEventId(output, id, event - first)
    if (fragment.as_of_ms !== undefined) {
      writeAll(output, createSource(texts.asOf(fragment.as_of_ms)))
    }
    writeAll(output, texts.after[kind]!)
  }
  if (next < edits.length) cursor = writeEdited(state, output, edits, next, cursor, end)
  writeRange(output, state, cursor, end)
  return endMessage(output)
}
const NONE: readonly number[] = []

/** Applies the edits that begin before `to`; returns how far the message is used up. */
function writeEdited(
  state: State,
  output: Output,
  edits: readonly number[],
  next: number,
  from: number,
  to: number,
): number {
  const bytes = state.bytes
  let cursor = from
  let i = next
  for (; i < edits.length; i++) {
    const edit = edits[i]!
    const cut_from = state.edits[edit + EDIT_FROM]!
    if (cut_from >= to) break
    const cut_to = state.edits[edit + EDIT_TO]!
    if (state.edits[edit + EDIT_KIND] === EDIT_REPLACE) {
      writeRange(output, state, cursor, cut_from)
      writeAll(output, createSource(textOf(state, edit)))
      cursor = cut_to
      continue
    }
    const comma = commaBefore(bytes, cut_from, cursor)
    if (comma >= 0) {
      writeRange(output, state, cursor, comma)
      cursor = cut_to
      continue
    }
    writeRange(output, state, cursor, cut_from)
    const after = skipSpace(bytes, cut_to, bytes.length)
    cursor = bytes[after] === COMMA ? after + 1 : cut_to
  }
  edits_done = i
  return cursor
}
let edits_done = 0

function textOf(state: State, edit: number): Buffer {
  return state.texts[state.edits[edit + EDIT_TEXT]!]!
}

/** The comma before a member, if it is still to be written; -1 when the member is the first that is left. */
function commaBefore(bytes: Buffer, from: number, written: number): number {
  let p = from - 1
  while (p >= written && isSpace(bytes[p]!)) p--
  return p >= written && bytes[p] === COMMA ? p : -1
}

function needsComma(output: Output): boolean {
  let p = output.at - 1
  while (p >= output.start && isSpace(output.chunk[p]!)) p--
  const c = output.chunk[p]
  return c !== OPEN_BRACE && c !== OPEN_BRACKET
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09
}
