import type { Run } from '#/core/run.ts'
import { HEADER_BYTES } from '../record-batch/layout.ts'
import type { BatchHead } from './batch-head.ts'
import type { Lease } from './buffers.ts'
import type { Columns } from './records.ts'

/** Runs of what was read, and of what stands for a batch that cannot be read. */

/** Of one partition, in memory that is perhaps used again. */
export interface RunPlace {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
  readonly lease: Lease | undefined
}

export function runOf(place: RunPlace, columns: Columns): Run {
  const { count } = columns
  const { topic, partition, bytes } = place
  return {
    topic,
    partition,
    count,
    bytes,
    offsets: columns.offsets.subarray(0, count),
    timestamps: columns.timestamps.subarray(0, count),
    value_starts: columns.value_starts.subarray(0, count),
    value_ends: columns.value_ends.subarray(0, count),
    key_starts: columns.key_starts.subarray(0, count),
    key_ends: columns.key_ends.subarray(0, count),
    headers: columns.headers,
    release: holding(place.lease),
  }
}

/**
 * In place of a batch that cannot be read, as many messages as it says, at its offsets, the first with its bytes; only one, at its
 * last offset, where it says what cannot be.
 */
export function unreadableRun(
  place: RunPlace,
  head: BatchHead,
  unreadable: NonNullable<Run['unreadable']>,
  messages_max: number,
): Run {
  const { base_offset, last_offset } = head
  const is_plausible =
    head.count > 0 && head.count <= last_offset - base_offset + 1 && head.count <= messages_max
  const count = is_plausible ? head.count : 1
  const nothing = (): Int32Array => new Int32Array(count).fill(-1)
  const [value_starts, value_ends] = [nothing(), nothing()]
  value_starts[0] = head.start + HEADER_BYTES
  value_ends[0] = head.end
  const { topic, partition, bytes } = place
  return {
    topic,
    partition,
    count,
    bytes,
    offsets: Float64Array.from({ length: count }, (_, i) =>
      i === count - 1 ? last_offset : base_offset + i,
    ),
    timestamps: new Float64Array(count).fill(head.first_timestamp),
    value_starts,
    value_ends,
    key_starts: nothing(),
    key_ends: nothing(),
    headers: [],
    unreadable,
    release: holding(place.lease),
  }
}

/** Holds the memory, until the run is released for the first time. */
function holding(lease: Lease | undefined): () => void {
  if (lease === undefined) return () => {}
  lease.hold()
  let held = true
  return () => {
    if (held) lease.release()
    held = false
  }
}
