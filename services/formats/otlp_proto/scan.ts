/**
 * One message of OTLP protobuf logs or traces. Length prefixes lead from record to record and from attribute to attribute; of an
 * attribute only the key is looked at, unless somebody watches it. What records share (resource, scope) may come after
 * them or in pieces: then a level is passed over twice, once for what is shared and once for the records.
 */

import type { FieldRead, OtlpSignal } from '#/core/view.ts'
import { spellProtoKeyValue, type Node } from '../keys.ts'
import { DEFAULT_SIGNALS, planOtlp } from '../otlp-fields.ts'
import { compileNode, createPlace, type Place, type Plan } from '../plan.ts'
import {
  EVENT_CAP_TO,
  EVENT_INSERT,
  EVENT_KIND,
  EVENT_START,
  EVENT_WIDTH,
  LIMIT_EXCEEDED,
  MALFORMED,
  PART_CAP_TO,
  PART_WIDTH,
  TYPE_STRING,
  WRONG_SHAPE,
} from '../layout.ts'
import { pushEvent, pushFrame, pushPart, type State } from '../state.ts'
import { scanAttribute, startAttributes } from './attribute.ts'
import { number_read, readLength, readTag, skipField } from './wire.ts'
import { captureBody, captureMember, captureText } from './members.ts'
import { signalOfMessage, signalOfRecord } from './signal.ts'
import { scanSpan, SPAN_NUMBERS } from './span.ts'

export interface OtlpProtoPlan {
  readonly plan: Plan
  readonly record_attributes: Node
  readonly resource_attributes: Node
  readonly scope_attributes: Node
  /** Fields that watch a member, by its number. */
  readonly record_fields: readonly (readonly number[])[]
  readonly scope_fields: readonly (readonly number[])[]
  readonly span_fields: readonly (readonly number[])[]
  readonly signals: readonly OtlpSignal[]
}

/** Numbers of opentelemetry/proto/logs/v1/logs.proto. */
export const RECORD_NUMBERS: Readonly<Record<string, number>> = {
  timeUnixNano: 1,
  severityNumber: 2,
  severityText: 3,
  body: 5,
  traceId: 9,
  spanId: 10,
  observedTimeUnixNano: 11,
  eventName: 12,
}
const SCOPE_NUMBERS: Readonly<Record<string, number>> = { name: 1, version: 2 }

const TAG_RESOURCE_LOGS = 0x0a
const TAG_RESOURCE = 0x0a
const TAG_SCOPE_LOGS = 0x12
const TAG_SCOPE = 0x0a
const TAG_LOG_RECORDS = 0x12
const TAG_RESOURCE_ATTRIBUTES = 0x0a
const TAG_SCOPE_ATTRIBUTES = 0x1a
const TAG_RECORD_ATTRIBUTES = 0x32

export function compileOtlpProto(
  fields: readonly FieldRead[],
  signals: readonly OtlpSignal[] = DEFAULT_SIGNALS,
): OtlpProtoPlan {
  const { plan, record, record_attributes, resource_attributes, scope } = planOtlp(fields, signals)
  const attributes = (place: Place): Node =>
    compileNode(plan, place, 'object', 'yes', spellProtoKeyValue)
  return {
    plan,
    record_attributes: attributes(record_attributes),
    resource_attributes: attributes(resource_attributes),
    scope_attributes: attributes(createPlace()),
    record_fields: byNumber(record, RECORD_NUMBERS),
    scope_fields: byNumber(scope, SCOPE_NUMBERS),
    span_fields: byNumber(record, SPAN_NUMBERS),
    signals,
  }
}

function byNumber(place: Place, numbers: Readonly<Record<string, number>>): number[][] {
  const fields: number[][] = Array.from({ length: 16 }, () => [])
  for (const [name, below] of place.below) {
    const number = numbers[name]
    if (number !== undefined) fields[number] = below.fields
  }
  return fields
}

/** What the records of the message are, when both can be or spans alone; a message of the other kind has the wrong shape. */
export function scanOtlpProto(state: State, otlp: OtlpProtoPlan, position: number): number {
  const { bytes, end, message, depth_max } = state
  if (otlp.signals === DEFAULT_SIGNALS || !otlp.signals.includes('traces')) {
    state.spans[message] = 0
    const after = scanMessage(state, otlp, position)
    return after >= 0 && hasSpans(state) ? WRONG_SHAPE : after
  }
  const signal = signalOfMessage(bytes, position, end, depth_max) ?? otlp.signals[0]!
  if (!otlp.signals.includes(signal)) return WRONG_SHAPE
  state.spans[message] = signal === 'traces' ? 1 : 0
  return scanMessage(state, otlp, position)
}

/** Whether what was scanned as log records are spans: one look at the first. */
function hasSpans(state: State): boolean {
  if (state.event_count === state.message_event_base) return false
  const at = state.message_event_base * EVENT_WIDTH
  const { events, bytes, depth_max } = state
  const signal = signalOfRecord(
    bytes,
    events[at + EVENT_START]!,
    events[at + EVENT_INSERT]!,
    depth_max,
  )
  return signal === 'traces'
}

function scanMessage(state: State, otlp: OtlpProtoPlan, position: number): number {
  const { bytes, end } = state
  let has_groups = false
  let p = position
  while (p < end) {
    p = readTag(bytes, p, end)
    if (p < 0) return p
    if (number_read === TAG_RESOURCE_LOGS) {
      has_groups = true
      p = scanFramed(state, otlp, p, end, -1, scanResourceLogs)
    } else p = skipField(bytes, p, end, number_read, state.depth_max)
    if (p < 0) return p
  }
  // JSON can pass for a protobuf of unknown fields only by accident; then it is still no OTLP.
  const first = bytes[position]
  if (!has_groups && end > position && (first === 0x7b || first === 0x5b)) return MALFORMED
  if (state.event_count === state.message_event_base) state.empty[state.message] = 1
  return p
}

type FrameScan = (
  state: State,
  otlp: OtlpProtoPlan,
  start: number,
  end: number,
  frame: number,
) => number

/** A length-delimited message at its length. */
function scanFramed(
  state: State,
  otlp: OtlpProtoPlan,
  length_at: number,
  outer_end: number,
  parent: number,
  scan: FrameScan,
): number {
  const body = readLength(state.bytes, length_at, outer_end)
  if (body < 0) return body
  const end = body + number_read
  const frame = pushFrame(state, length_at, body, end, parent, -1)
  const after = scan(state, otlp, body, end, frame)
  return after < 0 ? after : end
}

function scanResourceLogs(
  state: State,
  otlp: OtlpProtoPlan,
  start: number,
  end: number,
  frame: number,
): number {
  const part = pushPart(state)
  let p = passOver(state, otlp, start, end, frame, TAG_RESOURCE, scanResource)
  if (p < 0) return p
  state.parts[part * PART_WIDTH + PART_CAP_TO] = state.cap_count
  state.resource = part
  p = passOver(state, otlp, start, end, frame, TAG_SCOPE_LOGS, scanScopeLogs)
  return p
}

/**
 * Encoders write the scope before its records: then one pass is enough. Where a scope comes after a record, what was found
 * is taken back and the group is passed over twice like those above.
 */
function scanScopeLogs(
  state: State,
  otlp: OtlpProtoPlan,
  start: number,
  end: number,
  frame: number,
): number {
  const { bytes, message, cap_count, event_count, frame_count, edit_count } = state
  const forged = state.forged[message]!
  const edit_head = state.edit_heads[message]!
  const part = pushPart(state)
  let has_records = false
  let p = start
  while (p < end) {
    p = readTag(bytes, p, end)
    if (p < 0) return p
    if (number_read === TAG_LOG_RECORDS) {
      if (!has_records) closeScope(state, part)
      has_records = true
      p = scanRecordFrame(state, otlp, p, end, frame)
    } else if (number_read === TAG_SCOPE) {
      if (has_records) {
        state.cap_count = cap_count
        state.event_count = event_count
        state.frame_count = frame_count
        state.edit_count = edit_count
        state.forged[message] = forged
        state.edit_heads[message] = edit_head
        return scanScopeLogsTwice(state, otlp, start, end, frame, part)
      }
      p = scanFramed(state, otlp, p, end, frame, scanScope)
    } else p = skipField(bytes, p, end, number_read, state.depth_max)
    if (p < 0) return p
  }
  return p
}

function scanScopeLogsTwice(
  state: State,
  otlp: OtlpProtoPlan,
  start: number,
  end: number,
  frame: number,
  part: number,
): number {
  const after = passOver(state, otlp, start, end, frame, TAG_SCOPE, scanScope)
  if (after < 0) return after
  closeScope(state, part)
  const { bytes } = state
  let p = start
  while (p < end) {
    p = readTag(bytes, p, end)
    if (p < 0) return p
    if (number_read === TAG_LOG_RECORDS) p = scanRecordFrame(state, otlp, p, end, frame)
    else p = skipField(bytes, p, end, number_read, state.depth_max)
    if (p < 0) return p
  }
  return p
}

/** The captures of the scope end here; records that follow belong to it. */
function closeScope(state: State, part: number): void {
  state.parts[part * PART_WIDTH + PART_CAP_TO] = state.cap_count
  state.scope = part
}

/** All fields of a message; those with the tag are scanned, the others skipped. */
function passOver(
  state: State,
  otlp: OtlpProtoPlan,
  start: number,
  end: number,
  frame: number,
  wanted: number,
  scan: FrameScan,
): number {
  const { bytes } = state
  let p = start
  while (p < end) {
    p = readTag(bytes, p, end)
    if (p < 0) return p
    if (number_read === wanted) p = scanFramed(state, otlp, p, end, frame, scan)
    else p = skipField(bytes, p, end, number_read, state.depth_max)
    if (p < 0) return p
  }
  return p
}

function scanResource(state: State, otlp: OtlpProtoPlan, start: number, end: number): number {
  const { bytes } = state
  startAttributes()
  let p = start
  while (p < end) {
    const tag_at = p
    p = readTag(bytes, p, end)
    if (p < 0) return p
    if (number_read === TAG_RESOURCE_ATTRIBUTES) {
      p = scanAttribute(state, otlp.resource_attributes, tag_at, p, end)
    } else p = skipField(bytes, p, end, number_read, state.depth_max)
    if (p < 0) return p
  }
  return p
}

function scanScope(state: State, otlp: OtlpProtoPlan, start: number, end: number): number {
  const { bytes } = state
  startAttributes()
  let p = start
  while (p < end) {
    const tag_at = p
    p = readTag(bytes, p, end)
    if (p < 0) return p
    const tag = number_read
    if (tag === TAG_SCOPE_ATTRIBUTES) {
      p = scanAttribute(state, otlp.scope_attributes, tag_at, p, end)
    } else if (tag === 0x0a || tag === 0x12) {
      p = captureText(state, otlp.scope_fields[tag >> 3]!, TYPE_STRING, tag_at, p, end)
    } else p = skipField(bytes, p, end, tag, state.depth_max)
    if (p < 0) return p
  }
  return p
}

function scanRecordFrame(
  state: State,
  otlp: OtlpProtoPlan,
  length_at: number,
  outer_end: number,
  parent: number,
): number {
  if (state.event_count - state.message_event_base >= state.events_max) return LIMIT_EXCEEDED
  const body = readLength(state.bytes, length_at, outer_end)
  if (body < 0) return body
  const end = body + number_read
  const frame = pushFrame(state, length_at, body, end, parent, state.event_count)
  const event = pushEvent(state, body)
  const is_span = state.spans[state.message] === 1
  const after = is_span ? scanSpan(state, otlp, body, end) : scanRecord(state, otlp, body, end)
  if (after < 0) return after
  state.events[event + EVENT_CAP_TO] = state.cap_count
  state.events[event + EVENT_INSERT] = end
  state.events[event + EVENT_KIND] = frame
  return end
}

function scanRecord(state: State, otlp: OtlpProtoPlan, start: number, end: number): number {
  const { bytes } = state
  startAttributes()
  let has_body = false
  let p = start
  while (p < end) {
    const tag_at = p
    if (bytes[p] === TAG_RECORD_ATTRIBUTES) {
      p = scanAttribute(state, otlp.record_attributes, tag_at, p + 1, end)
      if (p < 0) return p
      continue
    }
    p = readTag(bytes, p, end)
    if (p < 0) return p
    const tag = number_read
    const fields = tag < 0x80 ? otlp.record_fields[tag >> 3]! : NO_FIELDS
    if (tag === TAG_RECORD_ATTRIBUTES) {
      p = scanAttribute(state, otlp.record_attributes, tag_at, p, end)
    } else if (fields.length === 0) {
      p = skipField(bytes, p, end, tag, state.depth_max)
    } else if (tag === 0x2a) {
      p = captureBody(state, fields, tag_at, p, end, has_body)
      has_body = true
    } else p = captureMember(state, fields, tag, tag_at, p, end)
    if (p < 0) return p
  }
  return p
}
const NO_FIELDS: readonly number[] = []
