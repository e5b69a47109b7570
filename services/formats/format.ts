/**
 * What the encodings have in common: the loop over the messages of a run, limits, framing, and the reset between scans.
 * An encoding adds how one message is scanned, how values are read and how a message is written.
 */

import { isUtf8 } from 'node:buffer'
import type { AttributionRecord } from '#/core/decision.ts'
import type { Format, Fragment, ScanInput, View } from '#/core/view.ts'
import { createIdentities, isFull, renew, type IdentityLimits } from './identity.ts'
import { createOutput, createSource, holdWritten, type Output } from './output.ts'
import { tidyPlan } from './plan.ts'
import { LIMIT_EXCEEDED, MALFORMED } from './layout.ts'
import { resetState, type State } from './state.ts'
import type { ValueReader } from './captures.ts'
import { createView, type ValueEditor } from './view.ts'

const VISITS_MAX = 2 ** 29

export interface EncodingParts {
  readonly state: State
  /** Whether messages are text, which must be UTF-8. */
  readonly is_text: boolean
  readonly reader: ValueReader
  readonly editor: ValueEditor
  /** Length of the frame round the value, 0 for none. */
  frameBytes(bytes: Buffer, start: number, end: number): number
  /** Scans `[position, state.end)`: the position after it, or a failure. */
  scanMessage(position: number): number
  encodeFragment(record: AttributionRecord): Buffer
  spliceMessage(output: Output, message: number, id_base: string, id_stamp: string): Buffer
}

export function createFormatOf(parts: EncodingParts, identity_limits: IdentityLimits): Format {
  const { state } = parts
  const identities = createIdentities(identity_limits)
  const output = createOutput()
  const view = createView(state, identities, parts.reader, parts.editor)
  return {
    scan(run: ScanInput): View {
      // Visits are counted from 0 again, before the count leaves the small integers.
      const forget = state.stamp > VISITS_MAX
      if (forget) state.stamp = 0
      const has_other_tags = tidyPlan(state.plan, { forget })
      if (has_other_tags || isFull(identities)) renew(identities)
      resetState(state, run.count, run.bytes)
      state.value_starts = run.value_starts
      state.value_ends = run.value_ends
      state.is_utf8 = parts.is_text && isUtf8Run(run)
      for (let message = 0; message < run.count; message++) scanOne(parts, message)
      return view
    },
    fragment(record: AttributionRecord): Fragment {
      return createSource(parts.encodeFragment(record))
    },
    splice(_view, message, id_base, id_stamp) {
      return parts.spliceMessage(output, message, id_base, id_stamp)
    },
    hold: () => holdWritten(output),
    bare(_view, message) {
      const { fragments } = state
      state.fragments = []
      try {
        return parts.spliceMessage(output, message, '', '')
      } finally {
        state.fragments = fragments
      }
    },
  }
}

/** One look at all messages, and what lies between them, instead of one at each; when it fails each is looked at. */
function isUtf8Run(run: ScanInput): boolean {
  if (run.count < 2) return false
  let start = run.bytes.length
  let end = 0
  for (let message = 0; message < run.count; message++) {
    if (run.value_starts[message]! < 0) continue
    start = Math.min(start, run.value_starts[message]!)
    end = Math.max(end, run.value_ends[message]!)
  }
  return end > start && isUtf8(run.bytes.subarray(start, end))
}

function scanOne(parts: EncodingParts, message: number): void {
  const { state } = parts
  const start = state.value_starts[message]!
  if (start >= 0) {
    const { event_count, cap_count, part_count, frame_count, edit_count } = state
    const end = state.value_ends[message]!
    state.message = message
    state.message_event_base = event_count
    state.end = end
    state.resource = -1
    state.scope = -1
    const after = scanValue(parts, start, end)
    if (after < 0) {
      state.failures[message] = -after
      state.empty[message] = 0
      state.forged[message] = 0
      state.edit_heads[message] = -1
      state.event_count = event_count
      state.cap_count = cap_count
      state.part_count = part_count
      state.frame_count = frame_count
      state.edit_count = edit_count
    }
  }
  state.event_starts[message + 1] = state.event_count
  state.frame_starts[message + 1] = state.frame_count
}

function scanValue(parts: EncodingParts, start: number, end: number): number {
  if (end - start > parts.state.message_bytes_max) return LIMIT_EXCEEDED
  const frame = parts.frameBytes(parts.state.bytes, start, end)
  return frame < 0 ? MALFORMED : parts.scanMessage(start + frame)
}

/** A value framed for the Confluent schema registry begins with a zero byte and four bytes of schema id. */
export const CONFLUENT_FRAME_BYTES = 5

export function isConfluentFramed(bytes: Buffer, start: number, end: number): boolean {
  return end - start >= CONFLUENT_FRAME_BYTES && bytes[start] === 0
}
