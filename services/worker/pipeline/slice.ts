/**
 * A slice is the part of a run that is worked on in one go: at most some bytes and messages, all of one encoding, so
 * that synchronous work stays short and one message out of line does not hold up the rest.
 */
import type { Run } from '#/core/run.ts'
import type { ScanInput } from '#/core/view.ts'

export interface Slice extends ScanInput {
  /** Number of the slice's first message in its run. */
  readonly first: number
  /** Which of the receiver's encodings it is in. */
  readonly lane: number
  readonly value_bytes: number
}

export const SLICE_BYTES_MAX = 1_048_576
export const SLICE_MESSAGES_MAX = 1_000

/** `laneOf` tells the encoding of message i. */
export function* slicesOf(run: Run, laneOf: (message: number) => number): Generator<Slice> {
  let first = 0
  while (first < run.count) {
    const lane = laneOf(first)
    let bytes = sizeOf(run, first)
    let end = first + 1
    while (end < run.count && end - first < SLICE_MESSAGES_MAX && laneOf(end) === lane) {
      const size = sizeOf(run, end)
      if (bytes + size > SLICE_BYTES_MAX) break
      bytes += size
      end += 1
    }
    yield {
      first,
      lane,
      count: end - first,
      value_bytes: bytes,
      bytes: run.bytes,
      value_starts: run.value_starts.subarray(first, end),
      value_ends: run.value_ends.subarray(first, end),
    }
    first = end
  }
}

function sizeOf(run: Run, message: number): number {
  return Math.max(0, run.value_ends[message]! - run.value_starts[message]!)
}
