/**
 * The view of a run that processors see, over the state that a scan left behind.
 */

import type { Fragment, View } from '#/core/view.ts'
import {
  allTextOf,
  captureRange,
  range_end,
  range_start,
  tagOf,
  visitCaptures,
  type ValueReader,
} from './captures.ts'
import { identityOf, type Identities } from './identity.ts'
import {
  CAP_END,
  CAP_MEMBER_END,
  CAP_MEMBER_START,
  CAP_START,
  CAP_TYPE,
  CAP_WIDTH,
  EDIT_CUT,
  EDIT_REPLACE,
  EVENT_INSERT,
  EVENT_MESSAGE,
  EVENT_START,
  EVENT_WIDTH,
  FAILURES,
  FLAG_CUT,
  FLAG_REPLACED,
  TYPE_ARRAY,
  TYPE_BYTES,
  TYPE_MASK,
  TYPE_NULL,
  TYPE_OBJECT,
} from './layout.ts'
import { bytesOf, pushEdit, type State } from './state.ts'
import { createReader } from './values.ts'

/** What an encoding does to values on the way out. */
export interface ValueEditor {
  /** Whether a text can stand where this scalar is. */
  isReplaceable(state: State, capture: number): boolean
  /** The range that a replacement takes the place of. */
  replacedRange(state: State, capture: number): readonly [from: number, to: number]
  /** The bytes that stand there then. */
  encode(state: State, capture: number, text: string): Buffer
  /** The text of a scalar of any type, booleans and null included. */
  text(state: State, capture: number): string
}

export function createView(
  state: State,
  identities: Identities,
  values: ValueReader,
  editor: ValueEditor,
): View {
  const reader = createReader(state, values)
  return {
    get message_count() {
      return state.message_count
    },
    get event_count() {
      return state.event_count
    },
    get event_starts() {
      return state.event_starts
    },
    get identity_generation() {
      return identities.generation
    },
    failure: (message) => FAILURES[state.failures[message]!],
    isEmpty: (message) => state.empty[message] === 1,
    forged: (message) => state.forged[message]!,
    eventBytes: (event) => (state.plan.is_otlp ? undefined : eventBytes(state, event)),
    identity: (event) => identityOf(identities, state, event),
    values(event) {
      reader.moveTo(event)
      return reader
    },
    write(event: number, fragment: Fragment) {
      state.fragments[event] = fragment
    },
    cut: (event, field) => cutField(state, event, field),
    replace: (event, field, replacement) => replaceField(state, editor, event, field, replacement),
    rewrite(event, from, to, rewritten) {
      const message = messageOf(state, event)
      let count = 0
      visitCaptures(state, event, from, to, (capture, field) => {
        if ((state.caps[capture + CAP_TYPE]! & (FLAG_CUT | FLAG_REPLACED)) !== 0) return
        const text = allTextOf(state, values, capture)
        const other = text === undefined ? undefined : rewritten(text, field, tagOf(state, capture))
        if (other === undefined) return
        count++
        replaceCapture(state, editor, message, capture, () => other)
      })
      if (count > 0) state.redacted[message] = 1
      return count
    },
  }
}

/** What is appended goes before the last byte of an event. */
function eventBytes(state: State, event: number): Buffer {
  const at = event * EVENT_WIDTH
  return state.bytes.subarray(state.events[at + EVENT_START], state.events[at + EVENT_INSERT]! + 1)
}

function messageOf(state: State, event: number): number {
  return state.events[event * EVENT_WIDTH + EVENT_MESSAGE]!
}

/** All values of the field go, those too that a later duplicate replaced: their bytes are still in the message. */
function cutField(state: State, event: number, field: number): number {
  const message = messageOf(state, event)
  captureRange(state, event, state.plan.sections[field]!)
  let count = 0
  for (let at = range_start; at < range_end; at += CAP_WIDTH) {
    if (state.caps[at] !== field && state.caps[at] !== ~field) continue
    count++
    cutCapture(state, message, at)
  }
  if (count > 0) state.redacted[message] = 1
  return count
}

function cutCapture(state: State, message: number, capture: number): void {
  const caps = state.caps
  if ((caps[capture + CAP_TYPE]! & FLAG_CUT) !== 0) return
  caps[capture + CAP_TYPE]! |= FLAG_CUT
  pushEdit(
    state,
    message,
    caps[capture + CAP_MEMBER_START]!,
    caps[capture + CAP_MEMBER_END]!,
    EDIT_CUT,
    0,
  )
}

function replaceField(
  state: State,
  editor: ValueEditor,
  event: number,
  field: number,
  replacement: (text: string) => string,
): number {
  const message = messageOf(state, event)
  captureRange(state, event, state.plan.sections[field]!)
  const start = range_start
  const end = range_end
  let count = 0
  for (let at = start; at < end; at += CAP_WIDTH) {
    if (state.caps[at] !== field && state.caps[at] !== ~field) continue
    count++
    replaceCapture(state, editor, message, at, replacement)
  }
  if (count > 0) state.redacted[message] = 1
  return count
}

/** What was cut or replaced already stays so. */
function replaceCapture(
  state: State,
  editor: ValueEditor,
  message: number,
  capture: number,
  replacement: (text: string) => string,
): void {
  const type = state.caps[capture + CAP_TYPE]!
  if ((type & (FLAG_CUT | FLAG_REPLACED)) !== 0) return
  if (!isScalar(type & TYPE_MASK) || !editor.isReplaceable(state, capture)) {
    cutCapture(state, message, capture)
    return
  }
  state.caps[capture + CAP_TYPE] = type | FLAG_REPLACED
  const text = replacement(editor.text(state, capture))
  const [from, to] = editor.replacedRange(state, capture)
  state.texts.push(editor.encode(state, capture, text))
  pushEdit(state, message, from, to, EDIT_REPLACE, state.texts.length - 1)
}

function isScalar(type: number): boolean {
  return type !== TYPE_OBJECT && type !== TYPE_ARRAY && type !== TYPE_NULL && type !== TYPE_BYTES
}

/** The bytes of a captured value as text. */
export function rawText(state: State, capture: number): string {
  return bytesOf(state, capture).toString(
    'utf8',
    state.caps[capture + CAP_START],
    state.caps[capture + CAP_END],
  )
}
