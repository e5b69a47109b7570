/**
 * Lists of events in the items of another list, as pages of buckets have them. An item is scanned as an event as well,
 * because only at the end of the message is it known whether any item held a list. The nested lists of one outer list share
 * one serial number, by which the root tells in the end which events count.
 */

import type { Entry, Node, OwnScan } from '../keys.ts'
import {
  CAP_WIDTH,
  LIMIT_EXCEEDED,
  MALFORMED,
  PART_CAP_TO,
  PART_WIDTH,
  TYPE_ARRAY,
  WRONG_SHAPE,
} from '../layout.ts'
import { SECTION_SCOPE } from '../plan.ts'
import { pushCapture, pushPart, supersedeCaptures, type State } from '../state.ts'
import { capture } from './capture.ts'
import { isListOfObjects, scanEvent, scanItems, scanWatched } from './object.ts'
import { CLOSE_BRACKET, COMMA, OPEN_BRACE, skipSpace } from './skip.ts'

/** A list whose items hold the lists of these wrappers. */
export function outerScan(nested: readonly number[]): OwnScan {
  return {
    scan(state, entry, member, position, depth) {
      if (!isListOfObjects(state, position)) {
        return scanWatched(state, entry, member, position, depth)
      }
      const { wrapper_lists, wrapper_spans, nested_counts } = state.plan
      const list = ++state.list
      const index = entry.detail - 1
      wrapper_lists[index] = list
      for (const other of nested) {
        wrapper_lists[other] = 0
        nested_counts[other] = 0
      }
      const after = scanOuterItems(state, entry.child!, position, depth + 1)
      // Serial numbers up to this one belong to the nested lists.
      state.list = list + nested.length
      if (after < 0) return after
      wrapper_spans[index * 2] = member
      wrapper_spans[index * 2 + 1] = after
      capture(state, entry, TYPE_ARRAY, position, after, member, after)
      return after
    },
    supersede(state, entry) {
      supersedeCaptures(state, entry.cap_from, entry.cap_to)
      for (const index of [entry.detail - 1, ...nested]) state.plan.wrapper_lists[index] = 0
    },
  }
}

function scanOuterItems(state: State, node: Node, position: number, depth: number): number {
  if (depth > state.depth_max) return LIMIT_EXCEEDED
  const { bytes, end } = state
  let p = skipSpace(bytes, position + 1, end)
  if (p < end && bytes[p] === CLOSE_BRACKET) return p + 1
  for (;;) {
    if (p >= end) return MALFORMED
    if (bytes[p] !== OPEN_BRACE) return WRONG_SHAPE
    const cap_from = state.cap_count
    state.scope = -1
    p = scanEvent(state, node, p, depth + 1)
    if (p < 0) return p
    if (state.scope >= 0) collectPart(state, state.scope, cap_from, SECTION_SCOPE)
    state.scope = -1
    p = skipSpace(bytes, p, end)
    if (p >= end) return MALFORMED
    if (bytes[p] === CLOSE_BRACKET) return p + 1
    if (bytes[p] !== COMMA) return MALFORMED
    p = skipSpace(bytes, p + 1, end)
  }
}

/** A list of events in an item. */
export const nestedScan: OwnScan = {
  scan(state: State, entry: Entry, member: number, position: number, depth: number): number {
    if (!isListOfObjects(state, position)) {
      return scanWatched(state, entry, member, position, depth)
    }
    const { wrapper_lists, nested_counts, wrapper_offsets } = state.plan
    const index = entry.detail - 1
    const outer = state.list
    if (state.scope < 0) state.scope = pushPart(state)
    state.list = outer + wrapper_offsets[index]!
    wrapper_lists[index] = state.list
    nested_counts[index]!++
    entry.list_from = IS_LIST
    const after = scanItems(state, entry.child!, position, depth + 1, true)
    state.list = outer
    if (after >= 0) capture(state, entry, TYPE_ARRAY, position, after, member, after)
    return after
  },
  supersede(state, entry) {
    const { wrapper_lists, nested_counts } = state.plan
    const index = entry.detail - 1
    supersedeCaptures(state, entry.cap_from, entry.cap_to)
    if (entry.list_from !== IS_LIST) return
    // Since then only its own events were found.
    state.event_count = entry.event_from
    if (--nested_counts[index]! === 0) wrapper_lists[index] = 0
  },
}

/** No serial number: the member was a list of events. */
const IS_LIST = -1

/** Copies what a section found since `cap_from` to the end, where it is the part's alone. */
export function collectPart(state: State, part: number, cap_from: number, section: number): void {
  const { sections } = state.plan
  const from = state.cap_count
  for (let i = cap_from; i < from; i++) {
    const at = i * CAP_WIDTH
    const field = state.caps[at]!
    if (field < 0 || sections[field] !== section) continue
    const [, type = 0, start = 0, end = 0, member = 0, member_end = 0, entry = 0, tag = -1] =
      state.caps.subarray(at, at + CAP_WIDTH)
    pushCapture(state, field, type, start, end, member, member_end, entry, tag)
  }
  state.parts[part * PART_WIDTH] = from
  state.parts[part * PART_WIDTH + PART_CAP_TO] = state.cap_count
}
