/**
 * The scan of watched JSON objects: members are classified by the node's key table, and each role has one way on. Plain
 * JSON and OTLP/JSON share it; they differ in the nodes their plans are made of.
 */

import {
  ROLE_ANY,
  ROLE_ATTRIBUTES,
  ROLE_EVENTS,
  ROLE_FORGED,
  ROLE_GROUPS,
  ROLE_OWN,
  ROLE_PART,
  ROLE_SKIP,
  ROLE_VALUE,
  type Entry,
  type Node,
} from '../keys.ts'
import {
  CAP_MEMBER_END,
  CAP_WIDTH,
  EDIT_CUT,
  EDIT_ROOT,
  EVENT_CAP_TO,
  EVENT_INSERT,
  EVENT_KIND,
  INSERT_ITEM,
  INSERT_LIST,
  INSERT_MEMBER,
  LIMIT_EXCEEDED,
  MALFORMED,
  PART_CAP_TO,
  PART_WIDTH,
  TYPE_ARRAY,
  TYPE_OBJECT,
  TYPE_STRING,
  WRONG_SHAPE,
} from '../layout.ts'
import { pushEdit, pushEvent, pushPart, type State } from '../state.ts'
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  readString,
  skipContainer,
  skipScalar,
  skipSpace,
  skipValue,
} from './skip.ts'
import { startsWith } from '../text.ts'
import { learnHabit } from './habit.ts'
import { readName } from './name.ts'
import { capture, scalarType, supersede } from './capture.ts'
import { scanAny } from '../otlp_json/any.ts'
import { scanAttributes } from '../otlp_json/attributes.ts'

/** An object, at its opening brace. `depth` counts it. */
export function scanObject(state: State, node: Node, position: number, depth: number): number {
  if (depth > state.depth_max) return LIMIT_EXCEEDED
  const bytes = state.bytes
  const end = state.end
  const stamp = ++state.stamp
  let previous: Entry | undefined
  let p = skipSpace(bytes, position + 1, end)
  if (p < end && bytes[p] === CLOSE_BRACE) return p + 1
  for (;;) {
    if (p >= end || bytes[p] !== QUOTE) return MALFORMED
    const guess = previous === undefined ? node.first : previous.next
    if (guess !== undefined && startsWith(state.data, p, end, guess.habit)) {
      previous = guess
      p += guess.habit.length - 1
      continue
    }
    const member = p
    const entry = readName(state, node, previous, p)
    if (entry === undefined) return MALFORMED
    if (previous === undefined) node.first = entry
    else previous.next = entry
    previous = entry
    p = state.at
    if (entry.role === ROLE_SKIP) {
      const value = p
      p = skipValue(state, value, depth)
      if (entry === guess && p > 0) learnHabit(state, entry, member, value, p)
    } else p = scanMember(state, entry, member, p, depth, stamp)
    if (p < 0) return p
    if (p < end && bytes[p]! <= 0x20) p = skipSpace(bytes, p, end)
    if (p >= end) return MALFORMED
    const c = bytes[p]!
    if (c === CLOSE_BRACE) return p + 1
    if (c !== COMMA) return MALFORMED
    p++
    if (p < end && bytes[p]! <= 0x20) p = skipSpace(bytes, p, end)
  }
}

function scanMember(
  state: State,
  entry: Entry,
  member: number,
  position: number,
  depth: number,
  stamp: number,
): number {
  if (entry.role === ROLE_FORGED) {
    const after = skipValue(state, position, depth)
    if (after < 0) return after
    const kind = entry.detail === 1 ? EDIT_ROOT : EDIT_CUT
    pushEdit(state, state.message, member, after, kind, 0)
    state.forged[state.message]!++
    return after
  }
  if (entry.stamp === stamp) supersede(state, entry)
  entry.stamp = stamp
  entry.cap_from = state.cap_count
  entry.event_from = state.event_count
  entry.list_from = state.list
  entry.start = member
  const after = scanByRole(state, entry, member, position, depth)
  entry.cap_to = state.cap_count
  entry.end = after
  return after
}

function scanByRole(
  state: State,
  entry: Entry,
  member: number,
  position: number,
  depth: number,
): number {
  if (position >= state.end) return MALFORMED
  switch (entry.role) {
    case ROLE_VALUE:
      return scanWatched(state, entry, member, position, depth)
    case ROLE_ATTRIBUTES:
      return scanAttributes(state, entry, position, depth)
    case ROLE_ANY:
      return captureAny(state, entry, member, position, depth)
    case ROLE_PART:
      return scanPart(state, entry, position, depth)
    case ROLE_EVENTS:
    case ROLE_GROUPS:
      return scanList(state, entry, member, position, depth)
    case ROLE_OWN:
      return entry.own!.scan(state, entry, member, position, depth)
    default:
      return skipValue(state, position, depth)
  }
}

export function scanWatched(
  state: State,
  entry: Entry,
  member: number,
  position: number,
  depth: number,
): number {
  const c = state.bytes[position]!
  if (c === QUOTE) {
    const after = readString(state, position + 1)
    if (after >= 0) capture(state, entry, TYPE_STRING, position + 1, after - 1, member, after)
    return after
  }
  if (c === OPEN_BRACE) {
    const first = state.cap_count
    capture(state, entry, TYPE_OBJECT, position, position, member, 0)
    const last = state.cap_count
    const after =
      entry.child === undefined
        ? skipContainer(state, position, depth)
        : scanObject(state, entry.child, position, depth + 1)
    for (let i = first; i < last; i++) state.caps[i * CAP_WIDTH + CAP_MEMBER_END] = after
    return after
  }
  const after =
    c === OPEN_BRACKET ? skipContainer(state, position, depth) : skipScalar(state, position)
  if (after >= 0) capture(state, entry, scalarType(c), position, after, member, after)
  return after
}

function captureAny(
  state: State,
  entry: Entry,
  member: number,
  position: number,
  depth: number,
): number {
  const after = scanAny(state, position, depth)
  if (after >= 0) {
    capture(state, entry, state.value_type, state.value_start, state.value_end, member, after)
  }
  return after
}

/** Resource or scope: its captures are kept once for all events of the group. */
function scanPart(state: State, entry: Entry, position: number, depth: number): number {
  if (state.bytes[position] === 0x6e) return skipScalar(state, position)
  if (state.bytes[position] !== OPEN_BRACE) return WRONG_SHAPE
  const part = entry.detail === 0 ? state.resource : state.scope
  const from = state.cap_count
  const after = scanObject(state, entry.child!, position, depth + 1)
  state.parts[part * PART_WIDTH] = from
  state.parts[part * PART_WIDTH + PART_CAP_TO] = state.cap_count
  return after
}

/** The value of a member that should be a list of events, or of groups that hold such lists. */
function scanList(
  state: State,
  entry: Entry,
  member: number,
  position: number,
  depth: number,
): number {
  if (entry.detail > 0) {
    if (!isListOfObjects(state, position)) {
      return scanWatched(state, entry, member, position, depth)
    }
  } else if (state.bytes[position] !== OPEN_BRACKET) {
    if (state.bytes[position] === 0x6e) return scanWatched(state, entry, member, position, depth)
    return WRONG_SHAPE
  }
  const list = ++state.list
  if (entry.detail > 0) state.plan.wrapper_lists[entry.detail - 1] = list
  const after = scanItems(state, entry.child!, position, depth + 1, entry.role === ROLE_EVENTS)
  if (after < 0) return after
  if (entry.detail > 0) {
    state.plan.wrapper_spans[entry.detail * 2 - 2] = member
    state.plan.wrapper_spans[entry.detail * 2 - 1] = after
  }
  capture(state, entry, TYPE_ARRAY, position, after, member, after)
  return after
}

/** Whether a value can be a wrapper: a list that is empty or begins with an object. Any other is a value like all else. */
export function isListOfObjects(state: State, position: number): boolean {
  const { bytes, end } = state
  if (bytes[position] !== OPEN_BRACKET) return false
  const first = bytes[skipSpace(bytes, position + 1, end)]
  return first === OPEN_BRACE || first === CLOSE_BRACKET
}

/** A list of objects, at its bracket. */
export function scanItems(
  state: State,
  node: Node,
  position: number,
  depth: number,
  are_events: boolean,
): number {
  if (depth > state.depth_max) return LIMIT_EXCEEDED
  const bytes = state.bytes
  const end = state.end
  let p = skipSpace(bytes, position + 1, end)
  if (p < end && bytes[p] === CLOSE_BRACKET) return p + 1
  for (;;) {
    if (p >= end) return MALFORMED
    if (bytes[p] !== OPEN_BRACE) return WRONG_SHAPE
    if (are_events) p = scanEvent(state, node, p, depth + 1)
    else p = scanGroup(state, node, p, depth + 1)
    if (p < 0) return p
    p = skipSpace(bytes, p, end)
    if (p >= end) return MALFORMED
    if (bytes[p] === CLOSE_BRACKET) return p + 1
    if (bytes[p] !== COMMA) return MALFORMED
    p = skipSpace(bytes, p + 1, end)
  }
}

function scanGroup(state: State, node: Node, position: number, depth: number): number {
  if (node.kind === 'resource_logs') state.resource = pushPart(state)
  else if (node.kind === 'scope_logs') state.scope = pushPart(state)
  return scanObject(state, node, position, depth)
}

export function scanEvent(state: State, node: Node, position: number, depth: number): number {
  if (state.event_count - state.message_event_base >= state.events_max) return LIMIT_EXCEEDED
  const event = pushEvent(state, position)
  state.attributes_end = -1
  const after = scanObject(state, node, position, depth)
  if (after < 0) return after
  const events = state.events
  events[event + EVENT_CAP_TO] = state.cap_count
  if (state.attributes_end >= 0) {
    events[event + EVENT_INSERT] = state.attributes_end
    events[event + EVENT_KIND] = INSERT_ITEM
  } else {
    events[event + EVENT_INSERT] = after - 1
    events[event + EVENT_KIND] = state.plan.is_otlp ? INSERT_LIST : INSERT_MEMBER
  }
  return after
}
