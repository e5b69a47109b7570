/**
 * One message of plain JSON: an object, a list of objects, or an object whose wrapper member holds the list. Whether an
 * object is a wrapper is known only at its end, so until then it is scanned as an event as well.
 */

import {
  EDIT_KIND,
  EDIT_NEXT,
  EDIT_ROOT,
  EDIT_SHADOW,
  EDIT_VOID,
  EDIT_WIDTH,
  EVENT_CAP_TO,
  EVENT_INSERT,
  EVENT_KIND,
  EVENT_LIST,
  EVENT_RESOURCE,
  EVENT_WIDTH,
  INSERT_MEMBER,
  LIMIT_EXCEEDED,
  MALFORMED,
  WRONG_SHAPE,
} from '../layout.ts'
import { SECTION_RESOURCE } from '../plan.ts'
import { pushEdit, pushEvent, pushPart, type State } from '../state.ts'
import type { JsonPlan } from './compile.ts'
import { collectPart } from './nested.ts'
import { scanEvent, scanItems, scanObject } from './object.ts'
import { OPEN_BRACE, OPEN_BRACKET, skipSpace } from './skip.ts'

/** Scans `[position, state.end)`; returns the position after the value, or a failure. */
export function scanJson(state: State, json: JsonPlan, position: number): number {
  const p = skipSpace(state.bytes, position, state.end)
  if (p >= state.end) return MALFORMED
  const first = state.bytes[p]
  if (first === OPEN_BRACKET) {
    const after = scanItems(state, json.event, p, 1, true)
    if (state.event_count === state.message_event_base) state.empty[state.message] = 1
    return after
  }
  if (first !== OPEN_BRACE) return WRONG_SHAPE
  return json.root === json.event ? scanEvent(state, json.event, p, 1) : scanRoot(state, json, p)
}

function scanRoot(state: State, json: JsonPlan, position: number): number {
  const { wrapper_lists } = json.plan
  const base = state.event_count
  const cap_from = state.cap_count
  wrapper_lists.fill(0)
  const after = scanObject(state, json.root, position, 1)
  if (after < 0) return after
  const winner = wrapper_lists.findIndex((list) => list > 0)
  if (winner >= 0) {
    keepList(state, base, wrapper_lists[winner]!)
    if (json.reads_root) shareRoot(state, base, cap_from)
    shadowOthers(state, json, winner)
    voidRootEdits(state)
    if (state.event_count === base) state.empty[state.message] = 1
    return after
  }
  state.event_count = base
  if (state.events_max < 1) return LIMIT_EXCEEDED
  const event = pushEvent(state, position)
  state.events[event] = cap_from
  state.events[event + EVENT_CAP_TO] = state.cap_count
  state.events[event + EVENT_INSERT] = after - 1
  state.events[event + EVENT_KIND] = INSERT_MEMBER
  return after
}

/** Keeps the events of one list; those of its earlier duplicates and of other wrappers go. */
function keepList(state: State, base: number, list: number): void {
  const events = state.events
  let kept = base
  for (let event = base; event < state.event_count; event++) {
    const at = event * EVENT_WIDTH
    if (events[at + EVENT_LIST] !== list) continue
    if (kept !== event) events.copyWithin(kept * EVENT_WIDTH, at, at + EVENT_WIDTH)
    kept++
  }
  state.event_count = kept
}

/** What the events of a message share is copied once, behind them. */
function shareRoot(state: State, base: number, cap_from: number): void {
  const part = pushPart(state)
  collectPart(state, part, cap_from, SECTION_RESOURCE)
  for (let event = base; event < state.event_count; event++) {
    state.events[event * EVENT_WIDTH + EVENT_RESOURCE] = part
  }
}

function shadowOthers(state: State, json: JsonPlan, winner: number): void {
  const { wrapper_lists, wrapper_spans } = json.plan
  for (let i = 0; i < wrapper_lists.length; i++) {
    // Nested lists go with the list they lie in, and that one stays while one of them counts.
    const { outer } = json.wrappers[i]!
    if (i === winner || wrapper_lists[i] === 0 || outer >= 0) continue
    if (i === json.wrappers[winner]!.outer) continue
    pushEdit(state, state.message, wrapper_spans[i * 2]!, wrapper_spans[i * 2 + 1]!, EDIT_SHADOW, 0)
  }
}

function voidRootEdits(state: State): void {
  const edits = state.edits
  for (let i = state.edit_heads[state.message]!; i >= 0; i = edits[i * EDIT_WIDTH + EDIT_NEXT]!) {
    if (edits[i * EDIT_WIDTH + EDIT_KIND] !== EDIT_ROOT) continue
    edits[i * EDIT_WIDTH + EDIT_KIND] = EDIT_VOID
    state.forged[state.message]!--
  }
}
