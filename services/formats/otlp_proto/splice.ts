/**
 * Writes an OTLP protobuf message back: a record is its bytes and the encoded attributes after them, because repeated
 * fields may be appended at the end of a message; then the lengths above it grow. Cuts and replacements change lengths the
 * same way. A frame in which nothing changes is copied as it stands, with its length as it was spelt.
 */

import { editsOf } from '../edits.ts'
import type { Fragment } from '#/core/view.ts'
import {
  createEventId,
  eventIdBytes,
  setEventId,
  timeText,
  writeEventId,
  type EventId,
  type EventIdFrame,
} from '../event-id.ts'
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
  FRAME_BODY,
  FRAME_END,
  FRAME_EVENT,
  FRAME_LENGTH_AT,
  FRAME_PARENT,
  FRAME_WIDTH,
} from '../layout.ts'
import type { State } from '../state.ts'
import {
  asSpanAttributes,
  encodeAsOf,
  encodeField,
  encodeVarint,
  TAG_FIRST,
  TAG_RECORD_ATTRIBUTES,
  TAG_SECOND,
  TAG_SPAN_ATTRIBUTES,
} from './encode.ts'
import { varintSize } from './wire.ts'

const EVENT_ID_KEY = encodeField(TAG_FIRST, Buffer.from('attribution.event_id'))

/** The attribute `attribution.event_id` of a record up to its text: lengths are those of what follows, from the inside out. */
function eventIdFrame(attributes_tag: number): EventIdFrame {
  return {
    before(text_bytes) {
      const text = Buffer.concat([Buffer.from([TAG_FIRST]), encodeVarint(text_bytes)])
      const value_bytes = text.length + text_bytes
      const value = Buffer.concat([Buffer.from([TAG_SECOND]), encodeVarint(value_bytes), text])
      const pair_bytes = EVENT_ID_KEY.length + value.length + text_bytes
      const tag = Buffer.from([attributes_tag])
      return Buffer.concat([tag, encodeVarint(pair_bytes), EVENT_ID_KEY, value])
    },
    after: Buffer.alloc(0),
    escape: (text) => text,
  }
}

/** How what is appended is written into the records of a message. */
export interface Wire {
  readonly id: EventId
  readonly sourceOf: (fragment: Fragment) => Source
  readonly asOf: (as_of_ms: number) => Buffer
}

export function createWires(): { readonly logs: Wire; readonly spans: Wire } {
  return {
    logs: createWire(TAG_RECORD_ATTRIBUTES, sourceOf),
    spans: createWire(TAG_SPAN_ATTRIBUTES, spanSourceOf),
  }
}

function createWire(tag: number, source: Wire['sourceOf']): Wire {
  return {
    id: createEventId(eventIdFrame(tag)),
    sourceOf: source,
    asOf: (as_of_ms) => encodeAsOf(timeText(as_of_ms), tag),
  }
}

/** Decisions are encoded once, for log records; the few that spans get are made anew from that. */
const span_sources = new WeakMap<Buffer, Source>()

function spanSourceOf({ bytes }: Fragment): Source {
  let source = span_sources.get(bytes)
  if (source === undefined) {
    source = createSource(asSpanAttributes(bytes))
    span_sources.set(bytes, source)
  }
  return source
}

const AS_OF_BYTES = encodeAsOf(timeText(0), TAG_RECORD_ATTRIBUTES).length
const NONE: readonly number[] = []

/** How much longer each frame of the message becomes, by frame. Shared, because a splice is synchronous. */
let deltas = new Int32Array(1024)

export function spliceProto(
  state: State,
  wire: Wire,
  output: Output,
  message: number,
  id_base: string,
  id_stamp: string,
): Buffer {
  const start = state.value_starts[message]!
  const end = state.value_ends[message]!
  const first = state.frame_starts[message]!
  const last = state.frame_starts[message + 1]!
  const { id } = wire
  setEventId(id, id_base, id_stamp)
  while (deltas.length < last - first) deltas = new Int32Array(deltas.length * 2)
  deltas.fill(0, 0, last - first)
  const edits = state.edit_heads[message]! < 0 ? NONE : editsOf(state, message)
  const order = inOrder(state, first, last)
  for (const edit of edits) {
    const frame = frameRound(state, order, first, last, edit)
    if (frame >= 0) deltas[frame - first]! += editDelta(state, edit)
  }
  const grown = addDeltas(state, id, message, first, last)
  if (grown === 0 && edits.length === 0) return state.bytes.subarray(start, end)
  beginMessage(output, end - start + Math.max(0, grown))
  writeFrames(state, wire, output, message, order, edits)
  return endMessage(output)
}

/** Frames by their place in the bytes; they were found in another order where a resource stands behind its records. */
function inOrder(state: State, first: number, last: number): Int32Array | undefined {
  const frames = state.frames
  let is_ordered = true
  for (let frame = first + 1; frame < last && is_ordered; frame++) {
    is_ordered = frames[frame * FRAME_WIDTH]! > frames[(frame - 1) * FRAME_WIDTH]!
  }
  if (is_ordered) return undefined
  const order = Int32Array.from({ length: last - first }, (_, index) => first + index)
  return order.sort((a, b) => frames[a * FRAME_WIDTH]! - frames[b * FRAME_WIDTH]!)
}

/** The innermost frame round an edit: the last that begins before it, or one of those above; -1 for none. */
function frameRound(
  state: State,
  order: Int32Array | undefined,
  first: number,
  last: number,
  edit: number,
): number {
  const { frames, edits } = state
  const from = edits[edit + EDIT_FROM]!
  let low = 0
  let high = last - first - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const frame = order === undefined ? first + middle : order[middle]!
    if (frames[frame * FRAME_WIDTH + FRAME_BODY]! <= from) low = middle
    else high = middle - 1
  }
  let frame = order === undefined ? first + low : order[low]!
  while (frame >= 0 && frames[frame * FRAME_WIDTH + FRAME_END]! < edits[edit + EDIT_TO]!) {
    frame = frames[frame * FRAME_WIDTH + FRAME_PARENT]!
  }
  return frame
}

function editDelta(state: State, edit: number): number {
  const removed = state.edits[edit + EDIT_TO]! - state.edits[edit + EDIT_FROM]!
  const text = textOf(state, edit)
  return (text === undefined ? 0 : text.length) - removed
}

function textOf(state: State, edit: number): Buffer | undefined {
  if (state.edits[edit + EDIT_KIND] !== EDIT_REPLACE) return undefined
  return state.texts[state.edits[edit + EDIT_TEXT]!]
}

/** Adds what is appended, then hands each frame's growth to the frame above. Returns that of the message. */
function addDeltas(
  state: State,
  id: EventId,
  message: number,
  first: number,
  last: number,
): number {
  const { frames, fragments } = state
  const first_event = state.event_starts[message]!
  let grown = 0
  // Frames above come first, so going backwards meets them after all that lies in them.
  for (let frame = last - 1; frame >= first; frame--) {
    const at = frame * FRAME_WIDTH
    const event = frames[at + FRAME_EVENT]!
    let delta = deltas[frame - first]!
    const fragment = event < 0 ? undefined : fragments[event]
    if (fragment !== undefined) {
      delta += fragment.bytes.length + eventIdBytes(id, event - first_event)
      if (fragment.as_of_ms !== undefined) delta += AS_OF_BYTES
      deltas[frame - first] = delta
    }
    if (delta === 0) continue
    const body = frames[at + FRAME_BODY]!
    const length = frames[at + FRAME_END]! - body + delta
    const growth = delta + varintSize(length) - (body - frames[at + FRAME_LENGTH_AT]!)
    const parent = frames[at + FRAME_PARENT]!
    if (parent >= 0) deltas[parent - first]! += growth
    else grown += growth
  }
  return grown
}

function writeFrames(
  state: State,
  wire: Wire,
  output: Output,
  message: number,
  order: Int32Array | undefined,
  edits: readonly number[],
): void {
  const { frames } = state
  const first = state.frame_starts[message]!
  const last = state.frame_starts[message + 1]!
  const first_event = state.event_starts[message]!
  let cursor = state.value_starts[message]!
  edits_done = 0
  for (let i = first; i < last; i++) {
    const frame = order === undefined ? i : order[i - first]!
    const delta = deltas[frame - first]!
    const at = frame * FRAME_WIDTH
    const event = frames[at + FRAME_EVENT]!
    const fragment = event < 0 ? undefined : state.fragments[event]
    // Edits that weigh each other out leave the length as it was.
    if (delta === 0 && fragment === undefined) continue
    const body = frames[at + FRAME_BODY]!
    const end = frames[at + FRAME_END]!
    writeEdited(state, output, edits, cursor, frames[at + FRAME_LENGTH_AT]!)
    if (delta === 0) writeRange(output, state, frames[at + FRAME_LENGTH_AT]!, body)
    else writeVarint(output, end - body + delta)
    cursor = body
    if (fragment === undefined) continue
    writeEdited(state, output, edits, cursor, end)
    writeAll(output, wire.sourceOf(fragment))
    writeEventId(output, wire.id, event - first_event)
    if (fragment.as_of_ms !== undefined) {
      writeAll(output, createSource(wire.asOf(fragment.as_of_ms)))
    }
    cursor = end
  }
  writeEdited(state, output, edits, cursor, state.value_ends[message]!)
}

let edits_done = 0

/** Copies a range without what is cut in it. Edits lie wholly inside or outside. */
function writeEdited(
  state: State,
  output: Output,
  edits: readonly number[],
  from: number,
  to: number,
): void {
  let cursor = from
  while (edits_done < edits.length) {
    const edit = edits[edits_done]!
    const cut_from = state.edits[edit + EDIT_FROM]!
    if (cut_from >= to) break
    writeRange(output, state, cursor, cut_from)
    const text = textOf(state, edit)
    if (text !== undefined) writeAll(output, createSource(text))
    cursor = state.edits[edit + EDIT_TO]!
    edits_done++
  }
  writeRange(output, state, cursor, to)
}

function writeVarint(output: Output, value: number): void {
  let rest = value
  while (rest >= 0x80) {
    output.chunk[output.at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  output.chunk[output.at++] = rest
}
