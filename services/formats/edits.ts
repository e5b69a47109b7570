/**
 * The edits of one message, in the order of the bytes and without overlap: what lies inside something that is cut goes
 * with it, and the same edit made for several events is made once.
 */

import {
  EDIT_FROM,
  EDIT_KIND,
  EDIT_NEXT,
  EDIT_REPLACE,
  EDIT_SHADOW,
  EDIT_TO,
  EDIT_VOID,
  EDIT_WIDTH,
} from './layout.ts'
import type { State } from './state.ts'

/** Offsets in `state.edits`. */
export function editsOf(state: State, message: number): readonly number[] {
  const edits = state.edits
  const found: number[] = []
  for (let i = state.edit_heads[message]!; i >= 0; i = edits[i * EDIT_WIDTH + EDIT_NEXT]!) {
    const at = i * EDIT_WIDTH
    const kind = edits[at + EDIT_KIND]
    if (kind === EDIT_VOID || (kind === EDIT_SHADOW && state.redacted[message] === 0)) continue
    found.push(at)
  }
  // The wider first, and a cut before a replacement of the same range.
  found.sort(
    (a, b) =>
      edits[a + EDIT_FROM]! - edits[b + EDIT_FROM]! ||
      edits[b + EDIT_TO]! - edits[a + EDIT_TO]! ||
      Number(edits[a + EDIT_KIND] === EDIT_REPLACE) - Number(edits[b + EDIT_KIND] === EDIT_REPLACE),
  )
  let end = -1
  return found.filter((at) => {
    if (edits[at + EDIT_FROM]! < end) return false
    end = edits[at + EDIT_TO]!
    return true
  })
}
