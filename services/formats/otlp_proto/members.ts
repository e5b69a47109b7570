/**
 * Members of a record or scope that somebody watches, captured where they have the wire type that belongs to them.
 */

import {
  MALFORMED,
  TYPE_FIXED64,
  TYPE_HEX,
  TYPE_NULL,
  TYPE_STRING,
  TYPE_VARINT,
} from '../layout.ts'
import { pushCapture, type State } from '../state.ts'
import { scanAnyFields } from './attribute.ts'
import { number_read, readLength, skipField, skipVarint } from './wire.ts'

/** A scalar of the record, if it has the wire type that belongs to it; else it is an unknown field. */
export function captureMember(
  state: State,
  fields: readonly number[],
  tag: number,
  tag_at: number,
  position: number,
  end: number,
): number {
  switch (tag) {
    case 0x09:
    case 0x59:
      return captureFixed64(state, fields, tag_at, position, end)
    case 0x10:
      return captureVarint(state, fields, tag_at, position, end)
    case 0x1a:
    case 0x62:
      return captureText(state, fields, TYPE_STRING, tag_at, position, end)
    case 0x4a:
    case 0x52:
      return captureText(state, fields, TYPE_HEX, tag_at, position, end)
    default:
      return skipField(state.bytes, position, end, tag, state.depth_max)
  }
}

export function captureFixed64(
  state: State,
  fields: readonly number[],
  tag_at: number,
  position: number,
  end: number,
): number {
  if (position + 8 > end) return MALFORMED
  captureAll(state, fields, TYPE_FIXED64, position, position + 8, tag_at)
  return position + 8
}

export function captureVarint(
  state: State,
  fields: readonly number[],
  tag_at: number,
  position: number,
  end: number,
): number {
  const after = skipVarint(state.bytes, position, end)
  if (after >= 0) captureAll(state, fields, TYPE_VARINT, position, after, tag_at)
  return after
}

export function captureText(
  state: State,
  fields: readonly number[],
  type: number,
  tag_at: number,
  position: number,
  end: number,
): number {
  const start = readLength(state.bytes, position, end)
  if (start < 0) return start
  const after = start + number_read
  captureAll(state, fields, type, start, after, tag_at)
  return after
}

function captureAll(
  state: State,
  fields: readonly number[],
  type: number,
  start: number,
  end: number,
  tag_at: number,
): void {
  for (let i = 0; i < fields.length; i++) {
    pushCapture(state, fields[i]!, type, start, end, tag_at, end, 0, -1)
  }
}

/** A body in several pieces is one body: a piece that says nothing leaves what was said before. */
export function captureBody(
  state: State,
  fields: readonly number[],
  tag_at: number,
  position: number,
  end: number,
  has_body: boolean,
): number {
  const start = readLength(state.bytes, position, end)
  if (start < 0) return start
  const after = start + number_read
  state.value_type = TYPE_NULL
  state.value_start = start
  state.value_end = start
  const scanned = scanAnyFields(state, start, after)
  if (scanned < 0) return scanned
  const { value_type, value_start, value_end } = state
  if (value_type === TYPE_NULL && has_body) return after
  for (let i = 0; i < fields.length; i++) {
    pushCapture(state, fields[i]!, value_type, value_start, value_end, tag_at, after, 0, -1)
  }
  return after
}
