/**
 * Many members that nobody watches say the same in every event of a producer: the name of the model, `null`, `false`. Such
 * a member is learnt with its value, up to the quote of the member after it, and passed over as one fixed text from then
 * on. The same bytes between two members are always the same member, so nothing is left unchecked by it.
 */

import type { Entry } from '../keys.ts'
import type { State } from '../state.ts'
import { createText, NO_TEXT } from '../text.ts'
import { COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './skip.ts'

const MEMBER_BYTES_MAX = 96
/** A member that still says something else after so many lessons has no habits. */
const LESSONS_MAX = 8

/** Learns the member `[member, after)`, whose value is at `value`. */
export function learnHabit(
  state: State,
  entry: Entry,
  member: number,
  value: number,
  after: number,
): void {
  if (entry.lessons === LESSONS_MAX) {
    entry.habit = NO_TEXT
    return
  }
  const { bytes, end } = state
  const first = bytes[value]!
  // Whether containers are too deep depends on where they stand.
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return
  if (after - member > MEMBER_BYTES_MAX || after + 2 > end) return
  if (bytes[after] !== COMMA || bytes[after + 1] !== QUOTE) return
  entry.lessons++
  entry.habit = createText(bytes.subarray(member, after + 2))
}
