import type { Run } from '#/core/run.ts'
import { codecOf, RECORDS_PER_BATCH_MAX } from '../codecs/index.ts'
import {
  COMPRESSION,
  CONTROL,
  HEADER_BYTES,
  LOG_APPEND_TIME,
  TRANSACTIONAL,
} from '../record-batch/layout.ts'
import { abortedFilter, type AbortedFilter, type AbortedTransaction } from './aborted.ts'
import { crcIsRight, extentOf, headOf, type BatchHead } from './batch-head.ts'
import type { Lease } from './buffers.ts'
import { corrupt } from './corrupt.ts'
import { readInt64 } from './reader.ts'
import { appendRecords, createColumns, type RecordSet } from './records.ts'
import { runOf, unreadableRun, type RunPlace } from './runs.ts'

/**
 * The record batches that were fetched of one partition become runs. Neighbours that are not compressed make one run, where they
 * lie; a compressed batch makes one of its own.
 *
 * Not handed out: what lies below the fetch offset (the broker sends whole batches), control records, aborted transactions, a last
 * batch that was cut off. A batch that is wrong ends what is read; the first of all is an error, and the next fetch asks for it
 * again. Only one that is known to be wrong whenever it is asked for is handed out unread, if its extent is plausible: what is
 * damaged for good must not block what lies behind it.
 */

export interface FetchedSet {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Holds `bytes`. */
  readonly lease: Lease | undefined
  readonly fetch_offset: number
  readonly aborted: readonly AbortedTransaction[]
  /** The batch at this offset came wrong before. */
  readonly doubted_offset: number | undefined
  readonly decompressed_bytes_max: number
}

export interface DecodedSet {
  readonly runs: readonly Run[]
  /** Where reading goes on. */
  readonly next_offset: number
  /** There was nothing but a part of a batch of this size. */
  readonly bytes_wanted: number | undefined
}

/** One that is larger cannot be what a topic takes. */
const BATCH_BYTES_MAX = 256 << 20

export async function decodeSet(set: FetchedSet): Promise<DecodedSet> {
  const { batches, next_offset, bytes_wanted } = soundBatches(set)
  const runs: Run[] = []
  let read_offset = set.fetch_offset
  let decompressed_bytes = 0
  for (let i = 0; i < batches.length;) {
    const batch = batches[i]!
    if (batch.type === 'read' && (batch.head.attributes & COMPRESSION) === 0) {
      const end = endOfPlain(batches, i)
      runs.push(...plainRuns(set, batches.slice(i, end)))
      i = end
    } else {
      const { run, bytes } = await singleRun(set, batch)
      if (run !== undefined) runs.push(run)
      decompressed_bytes += bytes
      i += 1
    }
    read_offset = batches[i - 1]!.head.last_offset + 1
    // What is left is fetched again.
    if (decompressed_bytes >= set.decompressed_bytes_max && i < batches.length)
      return { runs, next_offset: read_offset, bytes_wanted: undefined }
  }
  return { runs, next_offset, bytes_wanted }
}

/** What is to be done about a batch; those that nobody may see are left out. */
interface Batch {
  readonly type: 'read' | 'unreadable'
  readonly head: BatchHead
}

interface Sound {
  readonly batches: readonly Batch[]
  readonly next_offset: number
  readonly bytes_wanted: number | undefined
}

/** Walks over all of them before anything is read, so that a wrong one is known first. */
function soundBatches(set: FetchedSet): Sound {
  const { bytes, end } = set
  const filter = abortedFilter(set.aborted)
  const batches: Batch[] = []
  let next_offset = set.fetch_offset
  let previous = -1
  for (let at = set.start; at < end;) {
    const extent = extentOf(bytes, at, end)
    if (extent.type === 'partial') {
      const wanted = at === set.start ? extent.bytes : 0
      if (wanted > BATCH_BYTES_MAX)
        throw wrong(set, at, `a record batch is said to have ${wanted} bytes`)
      return { batches, next_offset, bytes_wanted: wanted === 0 ? undefined : wanted }
    }
    const head = extent.type === 'whole' ? headOf(bytes, at, extent.end) : undefined
    const message = extent.type === 'wrong' ? extent.message : problemOf(set, head!, previous)
    if (message !== undefined || head === undefined) {
      if (at > set.start) break
      if (head === undefined || !isDamagedForGood(set, head)) throw wrong(set, at, message ?? '')
    }
    if (head.last_offset >= set.fetch_offset) {
      const type = message === undefined ? use(bytes, head, filter) : 'unreadable'
      if (type !== 'skip') batches.push({ type, head })
      next_offset = head.last_offset + 1
    }
    previous = head.last_offset
    at = head.end
  }
  return { batches, next_offset, bytes_wanted: undefined }
}

/** Why a batch cannot be what was written at this place. */
function problemOf(set: FetchedSet, head: BatchHead, previous: number): string | undefined {
  if (!isPlausible(head) || head.base_offset <= previous)
    return 'the offsets of a record batch are not those of its place'
  return crcIsRight(set.bytes, head) ? undefined : 'the checksum of a record batch is wrong'
}

/** Base offset and length are not in the checksum. */
function isPlausible({ base_offset, last_offset }: BatchHead): boolean {
  return base_offset >= 0 && last_offset >= base_offset && last_offset < Number.MAX_SAFE_INTEGER
}

function isDamagedForGood(set: FetchedSet, head: BatchHead): boolean {
  return (
    set.doubted_offset === head.base_offset &&
    isPlausible(head) &&
    head.last_offset >= set.fetch_offset
  )
}

function use(bytes: Buffer, head: BatchHead, filter: AbortedFilter): Batch['type'] | 'skip' {
  if ((head.attributes & CONTROL) !== 0) {
    if (isAbortMarker(bytes, head)) filter.ended(head.producer_id, head.last_offset)
    return 'skip'
  }
  const is_transactional = (head.attributes & TRANSACTIONAL) !== 0
  if (is_transactional && filter.isAborted(head.producer_id, head.last_offset)) return 'skip'
  if (head.count === 0) return 'skip'
  return head.count < 0 || head.count > RECORDS_PER_BATCH_MAX ? 'unreadable' : 'read'
}

/** The key of a control record is a version and a type, two bytes each; 0 is abort. It never is compressed. */
function isAbortMarker(bytes: Buffer, head: BatchHead): boolean {
  const columns = createColumns(1)
  const is_sound = appendRecords({ ...plainSet(bytes, head), count: 1 }, 0, columns)
  const key_start = columns.key_starts[0] ?? -1
  return is_sound && key_start >= 0 && bytes.readInt16BE(key_start + 2) === 0
}

function plainSet(bytes: Buffer, head: BatchHead): RecordSet {
  return recordSet(head, bytes, head.start + HEADER_BYTES, head.end)
}

function recordSet(head: BatchHead, bytes: Buffer, start: number, end: number): RecordSet {
  const { count, base_offset, last_offset, first_timestamp, attributes } = head
  const append_timestamp = (attributes & LOG_APPEND_TIME) === 0 ? undefined : head.max_timestamp
  return { bytes, start, end, count, base_offset, last_offset, first_timestamp, append_timestamp }
}

function endOfPlain(batches: readonly Batch[], start: number): number {
  let end = start
  while (
    end < batches.length &&
    batches[end]!.type === 'read' &&
    (batches[end]!.head.attributes & COMPRESSION) === 0
  )
    end += 1
  return end
}

/** One run, unless one of the batches holds what are no records. */
function plainRuns(set: FetchedSet, batches: readonly Batch[]): readonly Run[] {
  const records = batches.reduce((sum, { head }) => sum + plausibleCount(head), 0)
  const runs: Run[] = []
  let columns = createColumns(records)
  const finish = (): void => {
    if (columns.count > 0) runs.push(runOf(set, columns))
    columns = createColumns(records)
  }
  for (const { head } of batches) {
    if (
      plausibleCount(head) === head.count &&
      appendRecords(plainSet(set.bytes, head), set.fetch_offset, columns)
    )
      continue
    finish()
    runs.push(unreadableRun(set, head, 'malformed', RECORDS_PER_BATCH_MAX))
  }
  if (columns.count > 0) runs.push(runOf(set, columns))
  return runs
}

/** Length, attributes, the two distances, key, value and headers: not one of a record without any takes less. */
const RECORD_BYTES_MIN = 7

function plausibleCount({ count, start, end }: BatchHead): number {
  return Math.min(count, Math.floor((end - start - HEADER_BYTES) / RECORD_BYTES_MIN))
}

/** The run of a compressed or unreadable batch, and how many bytes it unpacked to. */
async function singleRun(
  set: FetchedSet,
  { type, head }: Batch,
): Promise<{ readonly run: Run | undefined; readonly bytes: number }> {
  const unread = (reason: NonNullable<Run['unreadable']>, bytes = 0) => ({
    run: unreadableRun(set, head, reason, RECORDS_PER_BATCH_MAX),
    bytes,
  })
  if (type === 'unreadable')
    return unread(head.count > RECORDS_PER_BATCH_MAX ? 'limit_exceeded' : 'malformed')
  const codec = codecOf(head.attributes & COMPRESSION)
  if (codec === undefined) return unread('malformed')
  const compressed = set.bytes.subarray(head.start + HEADER_BYTES, head.end)
  const read = await codec.decompress(compressed, set.decompressed_bytes_max)
  if (read.type !== 'ok') return unread(read.type)
  const { bytes } = read
  const columns = createColumns(Math.min(head.count, Math.floor(bytes.length / RECORD_BYTES_MIN)))
  const is_sound =
    columns.offsets.length === head.count &&
    appendRecords(recordSet(head, bytes, 0, bytes.length), set.fetch_offset, columns)
  if (!is_sound) return unread('malformed', bytes.length)
  const place: RunPlace = { ...set, bytes, lease: undefined }
  return { run: columns.count === 0 ? undefined : runOf(place, columns), bytes: bytes.length }
}

function wrong({ topic, partition, bytes, end }: FetchedSet, at: number, message: string) {
  const base_offset = end - at >= 8 ? readInt64(bytes, at) : -1
  return corrupt(message, { topic, partition, base_offset })
}
