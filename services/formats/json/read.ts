/**
 * The text of captured JSON values, made only when somebody asks. Numbers keep their digits as they stand in the bytes:
 * `JSON.parse` would round ids beyond 2^53.
 */

import {
  CAP_END,
  CAP_START,
  CAP_TYPE,
  TYPE_ARRAY,
  TYPE_BYTES,
  TYPE_MASK,
  TYPE_NUMBER,
  TYPE_STRING,
} from '../layout.ts'
import { bytesOf, type State } from '../state.ts'
import { parseKeepingDigits, parseString } from '../digits.ts'
import { linesOf } from '../texts.ts'
import type { ValueReader } from '../captures.ts'
import { BACKSLASH } from './skip.ts'

export const jsonReader: ValueReader = {
  text: jsonText,
  items(state, capture) {
    if ((state.caps[capture + CAP_TYPE]! & TYPE_MASK) !== TYPE_ARRAY) return []
    const parsed = parseCapture(state, capture)
    return Array.isArray(parsed) ? parsed.filter(isText) : []
  },
  itemsAt(state, capture, path) {
    const parsed = parseCapture(state, capture)
    if (!Array.isArray(parsed)) return []
    return parsed.map((item: unknown) => path.reduce(memberOf, item)).filter(isText)
  },
  // The members of a JSON object are captured by the scan itself.
  members: () => [],
  lines: jsonLines,
}

export function jsonText(state: State, capture: number): string | undefined {
  const caps = state.caps
  const type = caps[capture + CAP_TYPE]! & TYPE_MASK
  const start = caps[capture + CAP_START]!
  const end = caps[capture + CAP_END]!
  const bytes = bytesOf(state, capture)
  if (type === TYPE_NUMBER) return bytes.toString('latin1', start, end)
  if (type !== TYPE_STRING && type !== TYPE_BYTES) return undefined
  const text = bytes.toString('utf8', start, end)
  if (type === TYPE_BYTES) return undefined
  const escape = text.indexOf(ESCAPE)
  return escape < 0 ? text : parseString(`"${text}"`)
}
const ESCAPE = String.fromCharCode(BACKSLASH)

export function parseCapture(state: State, capture: number): unknown {
  const start = state.caps[capture + CAP_START]!
  const end = state.caps[capture + CAP_END]!
  return parseKeepingDigits(bytesOf(state, capture).toString('utf8', start, end))
}

/** Bytes are the text that stands for them. */
export function jsonLines(state: State, capture: number): string {
  const { caps } = state
  if ((caps[capture + CAP_TYPE]! & TYPE_MASK) === TYPE_BYTES) {
    const text = bytesOf(state, capture).toString(
      'latin1',
      caps[capture + CAP_START],
      caps[capture + CAP_END],
    )
    return Buffer.from(text, 'base64').toString('latin1')
  }
  return linesOf(parseCapture(state, capture))
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.getOwnPropertyDescriptor(value, name)?.value
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}
