/**
 * Plain JSON: one object, a list of objects, or an object whose wrapper member holds the list. Attribution is one member
 * `attribution` at the end of each event object.
 */

import { isUtf8 } from 'node:buffer'
import type { AttributionRecord } from '#/core/decision.ts'
import type { Format, FormatOptions } from '#/core/view.ts'
import { nestAttributes } from '../attributes.ts'
import { createEventId, timeText } from '../event-id.ts'
import { CONFLUENT_FRAME_BYTES, createFormatOf, isConfluentFramed } from '../format.ts'
import { createSource } from '../output.ts'
import type { IdentityLimits } from '../identity.ts'
import {
  CAP_END,
  CAP_START,
  CAP_TYPE,
  FLAG_INNER,
  MALFORMED,
  TYPE_MASK,
  TYPE_STRING,
  WRONG_SHAPE,
} from '../layout.ts'
import { createState, type State } from '../state.ts'
import { rawText, type ValueEditor } from '../view.ts'
import { compileJson } from './compile.ts'
import { jsonReader, jsonText } from './read.ts'
import { scanJson } from './scan.ts'
import { skipSpace, skipValue } from './skip.ts'
import { jsonEventIdFrame, spliceJson, type JsonTexts } from './splice.ts'

export function createJsonFormat(options: FormatOptions, limits: IdentityLimits): Format {
  const json = compileJson(options.fields, options.wrappers ?? [])
  const state = createState(json.plan, options)
  const id = createEventId(EVENT_ID)
  return createFormatOf(
    {
      state,
      is_text: true,
      reader: jsonReader,
      editor: jsonEditor,
      frameBytes: jsonFrameBytes,
      scanMessage: (position) => scanDocument(state, position, scanJson(state, json, position)),
      encodeFragment: encodeJsonFragment,
      spliceMessage: (output, message, base, stamp) =>
        spliceJson(state, TEXTS, id, output, message, base, stamp),
    },
    limits,
  )
}

export function jsonFrameBytes(bytes: Buffer, start: number, end: number): number {
  return isConfluentFramed(bytes, start, end) ? CONFLUENT_FRAME_BYTES : 0
}

/** Checks what stands after the value, and that all of it is UTF-8. What is not JSON at all is never a wrong shape. */
export function scanDocument(state: State, position: number, after: number): number {
  let result = after
  if (result === WRONG_SHAPE) {
    const skipped = skipValue(state, skipSpace(state.bytes, position, state.end), 0)
    if (skipped < 0) return skipped
    if (skipSpace(state.bytes, skipped, state.end) !== state.end) return MALFORMED
  } else if (result >= 0) {
    result = skipSpace(state.bytes, result, state.end)
    if (result !== state.end) return MALFORMED
  } else return result
  return isText(state, position) ? result : MALFORMED
}

/** Whether the message is UTF-8. Where the whole run is, it is enough that the message does not begin or end in a character. */
function isText(state: State, position: number): boolean {
  const { bytes, end } = state
  if (state.is_utf8 && !isInCharacter(bytes, position) && !isInCharacter(bytes, end)) return true
  return isUtf8(bytes.subarray(position, end))
}

function isInCharacter(bytes: Buffer, position: number): boolean {
  return position < bytes.length && (bytes[position]! & 0xc0) === 0x80
}

export const jsonEditor: ValueEditor = {
  // A text inside a string cannot be changed in part: it goes as a whole.
  isReplaceable: (state, capture) => (state.caps[capture + CAP_TYPE]! & FLAG_INNER) === 0,
  replacedRange(state, capture) {
    const start = state.caps[capture + CAP_START]!
    const end = state.caps[capture + CAP_END]!
    const is_string = (state.caps[capture + CAP_TYPE]! & TYPE_MASK) === TYPE_STRING
    return is_string ? [start - 1, end + 1] : [start, end]
  },
  encode: (_state, _capture, text) => Buffer.from(JSON.stringify(text)),
  text: (state, capture) => jsonText(state, capture) ?? rawText(state, capture),
}

/** The member without its end: `event_id` follows. */
function encodeJsonFragment(record: AttributionRecord): Buffer {
  return Buffer.from(`"attribution":${JSON.stringify(nestAttributes(record)).slice(0, -1)},`)
}

const EVENT_ID = jsonEventIdFrame('"event_id":"', '"')
const TEXTS: JsonTexts = {
  before: [createSource(Buffer.alloc(0))],
  after: [createSource(Buffer.from('}'))],
  asOf: (as_of_ms) => Buffer.from(`,"as_of":"${timeText(as_of_ms)}"`),
}
