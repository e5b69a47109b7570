/**
 * What a watched member leaves behind, and how it is taken back when a later duplicate replaces it.
 */

import { ROLE_ANY, ROLE_ATTRIBUTES, ROLE_OWN, ROLE_PART, ROLE_VALUE, type Entry } from '../keys.ts'
import {
  EDIT_SHADOW,
  PART_CAP_TO,
  PART_WIDTH,
  TYPE_ARRAY,
  TYPE_FALSE,
  TYPE_NULL,
  TYPE_NUMBER,
  TYPE_TRUE,
} from '../layout.ts'
import { pushCapture, pushEdit, supersedeCaptures, type State } from '../state.ts'
import { OPEN_BRACKET } from './skip.ts'

/** The last of duplicates counts: what an earlier one left behind is taken back. */
export function supersede(state: State, entry: Entry): void {
  if (entry.role === ROLE_VALUE || entry.role === ROLE_ANY || entry.role === ROLE_ATTRIBUTES) {
    supersedeCaptures(state, entry.cap_from, entry.cap_to)
    if (entry.role === ROLE_ATTRIBUTES && entry.detail === 1) state.attributes_end = -1
    const lists = state.plan.wrapper_lists
    for (let i = 0; i < lists.length; i++) if (lists[i]! > entry.list_from) lists[i] = 0
    return
  }
  if (entry.role === ROLE_OWN) {
    entry.own!.supersede(state, entry)
    return
  }
  supersedeCaptures(state, entry.cap_from, entry.cap_to)
  pushEdit(state, state.message, entry.start, entry.end, EDIT_SHADOW, 0)
  if (entry.role === ROLE_PART) {
    const part = (entry.detail === 0 ? state.resource : state.scope) * PART_WIDTH
    state.parts[part + PART_CAP_TO] = state.parts[part]!
    return
  }
  // Lists of wrappers are told apart by their serial number, see json/scan.ts.
  if (entry.detail === 0) state.event_count = entry.event_from
  else state.plan.wrapper_lists[entry.detail - 1] = 0
}

export function scalarType(first: number): number {
  if (first === OPEN_BRACKET) return TYPE_ARRAY
  if (first === 0x74) return TYPE_TRUE
  if (first === 0x66) return TYPE_FALSE
  return first === 0x6e ? TYPE_NULL : TYPE_NUMBER
}

/** One capture for each field that watches this name, and for each map to which the name is a tag. */
export function capture(
  state: State,
  entry: Entry,
  type: number,
  start: number,
  end: number,
  member: number,
  member_end: number,
): void {
  const fields = entry.fields
  for (let i = 0; i < fields.length; i++) {
    pushCapture(state, fields[i]!, type, start, end, member, member_end, entry.id, -1)
  }
  const tags = entry.tags
  for (let i = 0; i < tags.length; i++) {
    const binding = tags[i]!
    pushCapture(state, binding.field, type, start, end, member, member_end, entry.id, binding.tag)
  }
}
