/**
 * What a scan leaves behind: messages, events, captures (where the few needed values lie), the parts that events share,
 * the frames of length-delimited encodings, and edits (what is cut or replaced on the way out). Everything is a growable
 * structure of arrays that is reused from scan to scan; nothing here is an object per event.
 */

import type { Fragment } from '#/core/view.ts'
import {
  CAP_TYPE,
  CAP_WIDTH,
  EDIT_WIDTH,
  EVENT_LIST,
  EVENT_MESSAGE,
  EVENT_RESOURCE,
  EVENT_SCOPE,
  EVENT_START,
  EVENT_WIDTH,
  FLAG_INNER,
  FRAME_WIDTH,
  PART_CAP_TO,
  PART_ID,
  PART_WIDTH,
} from './layout.ts'
import type { Plan } from './plan.ts'

export interface State {
  readonly plan: Plan
  readonly depth_max: number
  readonly message_bytes_max: number
  readonly events_max: number
  /** Grows with each scan; a view of an older one is void. */
  scan: number
  bytes: Buffer
  /** The same bytes, for reading words at any position. */
  data: DataView
  /** Whether all messages together are UTF-8; false may also mean that nobody looked. */
  is_utf8: boolean
  /** End of the message that is being scanned. */
  end: number
  /** Counts visits of objects; see `Entry.stamp`. */
  stamp: number
  message: number
  message_event_base: number
  /** Where the attributes of the current record end, -1 when it has none. */
  attributes_end: number
  /** What the last AnyValue or KeyValue held. */
  value_type: number
  value_start: number
  value_end: number
  /** Start of the value of the last member that was read. */
  at: number
  list: number
  resource: number
  scope: number

  message_count: number
  event_count: number
  cap_count: number
  part_count: number
  frame_count: number
  edit_count: number
  value_starts: Int32Array
  value_ends: Int32Array
  /** Per message. */
  event_starts: Int32Array
  frame_starts: Int32Array
  failures: Uint8Array
  empty: Uint8Array
  redacted: Uint8Array
  forged: Int32Array
  edit_heads: Int32Array
  /** Protobuf: whether the records are spans. */
  spans: Uint8Array

  events: Int32Array
  caps: Int32Array
  parts: Int32Array
  frames: Int32Array
  edits: Int32Array
  fragments: (Fragment | undefined)[]
  texts: Buffer[]
  /** JSON texts that stood inside strings, without the escapes round them. */
  inner: Buffer
  inner_data: DataView
  inner_length: number
}

export interface Limits {
  readonly depth_max: number
  readonly message_bytes_max: number
  readonly events_max: number
}

export function createState(plan: Plan, limits: Limits): State {
  const bytes = Buffer.alloc(0)
  return {
    plan,
    depth_max: limits.depth_max,
    message_bytes_max: limits.message_bytes_max,
    events_max: limits.events_max,
    scan: 0,
    bytes,
    data: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    is_utf8: false,
    end: 0,
    stamp: 0,
    message: 0,
    message_event_base: 0,
    attributes_end: -1,
    value_type: 0,
    value_start: 0,
    value_end: 0,
    at: 0,
    list: 0,
    resource: -1,
    scope: -1,
    message_count: 0,
    event_count: 0,
    cap_count: 0,
    part_count: 0,
    frame_count: 0,
    edit_count: 0,
    value_starts: new Int32Array(0),
    value_ends: new Int32Array(0),
    event_starts: new Int32Array(1),
    frame_starts: new Int32Array(1),
    failures: new Uint8Array(0),
    empty: new Uint8Array(0),
    redacted: new Uint8Array(0),
    forged: new Int32Array(0),
    edit_heads: new Int32Array(0),
    spans: new Uint8Array(0),
    events: new Int32Array(64 * EVENT_WIDTH),
    caps: new Int32Array(512 * CAP_WIDTH),
    parts: new Int32Array(64 * PART_WIDTH),
    frames: new Int32Array(64 * FRAME_WIDTH),
    edits: new Int32Array(64 * EDIT_WIDTH),
    fragments: [],
    texts: [],
    inner: bytes,
    inner_data: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    inner_length: 0,
  }
}

export function resetState(state: State, count: number, bytes: Buffer): void {
  state.scan++
  state.bytes = bytes
  state.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  state.message_count = count
  // Kept at its length: an array that is cut to nothing grows anew with every run.
  state.fragments.fill(undefined, 0, state.event_count)
  state.events = kept(state.events)
  state.caps = kept(state.caps)
  state.frames = kept(state.frames)
  state.edits = kept(state.edits)
  state.event_count = 0
  state.cap_count = 0
  state.part_count = 0
  state.frame_count = 0
  state.edit_count = 0
  state.list = 0
  state.texts.length = 0
  state.inner_length = 0
  if (state.inner.length > KEPT_MAX) growInner(state, 0)
  if (state.failures.length < count) {
    const room = Math.max(64, count * 2)
    state.event_starts = new Int32Array(room + 1)
    state.frame_starts = new Int32Array(room + 1)
    state.failures = new Uint8Array(room)
    state.empty = new Uint8Array(room)
    state.redacted = new Uint8Array(room)
    state.forged = new Int32Array(room)
    state.edit_heads = new Int32Array(room)
    state.spans = new Uint8Array(room)
  }
  state.failures.fill(0, 0, count)
  state.empty.fill(0, 0, count)
  state.redacted.fill(0, 0, count)
  state.forged.fill(0, 0, count)
  state.edit_heads.fill(-1, 0, count)
  state.event_starts[0] = 0
  state.frame_starts[0] = 0
}

/** What one extraordinary run needed is given back. */
function kept(array: Int32Array): Int32Array {
  return array.length > KEPT_MAX ? new Int32Array(512 * CAP_WIDTH) : array
}
const KEPT_MAX = 1 << 20

export function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

/** Puts a text where captures with `FLAG_INNER` lie, and returns its start. It is never longer than the run. */
export function appendInner(state: State, text: string): number {
  const start = state.inner_length
  const end = start + Buffer.byteLength(text)
  if (end > state.inner.length) growInner(state, end)
  state.inner.write(text, start)
  state.inner_length = end
  return start
}

function growInner(state: State, bytes_min: number): void {
  const larger = Buffer.alloc(Math.max(4096, bytes_min * 2))
  state.inner.copy(larger, 0, 0, state.inner_length)
  state.inner = larger
  state.inner_data = new DataView(larger.buffer, larger.byteOffset, larger.length)
}

/** The bytes that a capture (as an offset in `caps`) lies in. */
export function bytesOf(state: State, capture: number): Buffer {
  return (state.caps[capture + CAP_TYPE]! & FLAG_INNER) === 0 ? state.bytes : state.inner
}

export function pushCapture(
  state: State,
  field: number,
  type: number,
  start: number,
  end: number,
  member_start: number,
  member_end: number,
  entry: number,
  tag: number,
): void {
  const at = state.cap_count * CAP_WIDTH
  if (at === state.caps.length) state.caps = grown(state.caps)
  const caps = state.caps
  caps[at] = field
  caps[at + 1] = type
  caps[at + 2] = start
  caps[at + 3] = end
  caps[at + 4] = member_start
  caps[at + 5] = member_end
  caps[at + 6] = entry
  caps[at + 7] = tag
  state.cap_count++
}

/** Opens an event that begins at `start`; `closeEvent` completes it. Returns its offset in `events`. */
export function pushEvent(state: State, start: number): number {
  const at = state.event_count * EVENT_WIDTH
  if (at === state.events.length) state.events = grown(state.events)
  const events = state.events
  events[at] = state.cap_count
  events[at + EVENT_RESOURCE] = state.resource
  events[at + EVENT_SCOPE] = state.scope
  events[at + EVENT_MESSAGE] = state.message
  events[at + EVENT_LIST] = state.list
  events[at + EVENT_START] = start
  state.event_count++
  return at
}

export function pushPart(state: State): number {
  const at = state.part_count * PART_WIDTH
  if (at === state.parts.length) state.parts = grown(state.parts)
  state.parts[at] = state.cap_count
  state.parts[at + PART_CAP_TO] = state.cap_count
  state.parts[at + PART_ID] = 0
  return state.part_count++
}

export function pushFrame(
  state: State,
  length_at: number,
  body: number,
  end: number,
  parent: number,
  event: number,
): number {
  const at = state.frame_count * FRAME_WIDTH
  if (at === state.frames.length) state.frames = grown(state.frames)
  const frames = state.frames
  frames[at] = length_at
  frames[at + 1] = body
  frames[at + 2] = end
  frames[at + 3] = parent
  frames[at + 4] = event
  return state.frame_count++
}

export function pushEdit(
  state: State,
  message: number,
  from: number,
  to: number,
  kind: number,
  text: number,
): void {
  const at = state.edit_count * EDIT_WIDTH
  if (at === state.edits.length) state.edits = grown(state.edits)
  const edits = state.edits
  edits[at] = from
  edits[at + 1] = to
  edits[at + 2] = kind
  edits[at + 3] = text
  edits[at + 4] = state.edit_heads[message]!
  state.edit_heads[message] = state.edit_count++
}

/** A later duplicate replaces what was captured in [from, to): it no longer counts, but a redaction still finds it. */
export function supersedeCaptures(state: State, from: number, to: number): void {
  const caps = state.caps
  for (let at = from * CAP_WIDTH; at < to * CAP_WIDTH; at += CAP_WIDTH) {
    if (caps[at]! >= 0) caps[at] = ~caps[at]!
  }
}
