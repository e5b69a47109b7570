/**
 * Spans of OTLP protobuf traces. Groups, resources and scopes have the field numbers that logs have; only what lies in a
 * record differs.
 */

import { CAP_TYPE, CAP_WIDTH, FLAG_FIXED, TYPE_HEX, TYPE_STRING } from '../layout.ts'
import type { State } from '../state.ts'
import { scanAttribute, startAttributes } from './attribute.ts'
import { captureFixed64, captureText, captureVarint } from './members.ts'
import type { OtlpProtoPlan } from './scan.ts'
import { number_read, readTag, skipField } from './wire.ts'

/** Numbers of opentelemetry/proto/trace/v1/trace.proto. */
export const SPAN_NUMBERS: Readonly<Record<string, number>> = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  startTimeUnixNano: 7,
  endTimeUnixNano: 8,
}
const TAG_SPAN_ATTRIBUTES = 0x4a

export function scanSpan(state: State, otlp: OtlpProtoPlan, start: number, end: number): number {
  const { bytes } = state
  startAttributes()
  let p = start
  while (p < end) {
    const tag_at = p
    p = readTag(bytes, p, end)
    if (p < 0) return p
    const tag = number_read
    const fields = tag < 0x80 ? (otlp.span_fields[tag >> 3] ?? NO_FIELDS) : NO_FIELDS
    if (tag === TAG_SPAN_ATTRIBUTES) {
      p = scanAttribute(state, otlp.record_attributes, tag_at, p, end)
    } else if (fields.length === 0) {
      p = skipField(bytes, p, end, tag, state.depth_max)
    } else p = captureSpanMember(state, fields, tag, tag_at, p, end)
    if (p < 0) return p
  }
  return p
}
const NO_FIELDS: readonly number[] = []

/** A member of the wire type that belongs to it. It has no room for another text, so a redaction takes it as a whole. */
function captureSpanMember(
  state: State,
  fields: readonly number[],
  tag: number,
  tag_at: number,
  position: number,
  end: number,
): number {
  const first = state.cap_count
  const after = captureByTag(state, fields, tag, tag_at, position, end)
  for (let i = first; i < state.cap_count; i++) {
    state.caps[i * CAP_WIDTH + CAP_TYPE]! |= FLAG_FIXED
  }
  return after
}

function captureByTag(
  state: State,
  fields: readonly number[],
  tag: number,
  tag_at: number,
  position: number,
  end: number,
): number {
  switch (tag) {
    case 0x0a:
    case 0x12:
    case 0x22:
      return captureText(state, fields, TYPE_HEX, tag_at, position, end)
    case 0x1a:
    case 0x2a:
      return captureText(state, fields, TYPE_STRING, tag_at, position, end)
    case 0x30:
      return captureVarint(state, fields, tag_at, position, end)
    case 0x39:
    case 0x41:
      return captureFixed64(state, fields, tag_at, position, end)
    default:
      return skipField(state.bytes, position, end, tag, state.depth_max)
  }
}
