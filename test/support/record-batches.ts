import { createRequire } from 'node:module'
import { crc32c } from '@node-rs/crc32'
import type { OutgoingMessage } from '#/core/run.ts'
import { codecOf, compressionType, type Compression } from '#/bus/codecs/index.ts'
import { encodeRecordBatch } from '#/bus/record-batch/encode.ts'
import {
  ATTRIBUTES_AT,
  CONTROL,
  COUNT_AT,
  CRC_AT,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LENGTH_FROM,
  MAX_TIMESTAMP_AT,
  TRANSACTIONAL,
} from '#/bus/record-batch/layout.ts'
import { createFields } from '#/bus/direct/fields.ts'
import type { FetchedSet } from '#/bus/direct/record-sets.ts'

/** Record batches as a broker sends them, and Fetch responses round them. */

export interface BatchOptions {
  readonly base_offset?: number
  readonly last_offset_delta?: number
  readonly count?: number
  readonly attributes?: number
  readonly max_timestamp?: number
  readonly producer_id?: number
  readonly compression?: Compression
}

export async function recordBatch(
  messages: readonly Partial<OutgoingMessage>[],
  of: BatchOptions = {},
): Promise<Buffer> {
  const type = compressionType(of.compression ?? 'none')
  const batch = await encodeRecordBatch(messages.map(outgoingOf), {
    producer_id: BigInt(of.producer_id ?? 7),
    producer_epoch: 0,
    first_sequence: 0,
    compression: type,
    compress: codecOf(type)?.compress,
  })
  batch.writeBigInt64BE(BigInt(of.base_offset ?? 0), 0)
  if (of.last_offset_delta !== undefined)
    batch.writeInt32BE(of.last_offset_delta, LAST_OFFSET_DELTA_AT)
  if (of.count !== undefined) batch.writeInt32BE(of.count, COUNT_AT)
  if (of.max_timestamp !== undefined)
    batch.writeBigInt64BE(BigInt(of.max_timestamp), MAX_TIMESTAMP_AT)
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_AT) | (of.attributes ?? 0), ATTRIBUTES_AT)
  return sealed(batch)
}

function outgoingOf(message: Partial<OutgoingMessage>): OutgoingMessage {
  const rest = { topic: 't', partition: 0, key: null, value: null, headers: undefined }
  return { ...rest, timestamp: 1_700_000_000_000, ...message }
}

/** With the length and the checksum that belong to it. */
export function sealed(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - LENGTH_FROM, LENGTH_AT)
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT)
  return batch
}

export function values(...texts: readonly string[]): readonly Partial<OutgoingMessage>[] {
  return texts.map((text) => ({ value: Buffer.from(text) }))
}

/** The control record that ends a transaction. */
export function marker(
  type: 'abort' | 'commit',
  of: BatchOptions & { readonly producer_id: number },
): Promise<Buffer> {
  const key = Buffer.of(0, 0, 0, type === 'abort' ? 0 : 1)
  return recordBatch([{ key, value: Buffer.alloc(6) }], {
    ...of,
    attributes: CONTROL | TRANSACTIONAL,
  })
}

const require = createRequire(import.meta.url)
const encodeRecord: (of: object) => {
  readonly buffer: Buffer
} = require('kafkajs/src/protocol/recordBatch/record/v0')

/** A batch as compaction leaves it: some records at some offsets. */
export async function compactedBatch(
  deltas: readonly number[],
  of: BatchOptions & { readonly last_offset_delta: number },
): Promise<Buffer> {
  const records = deltas.map(
    (offsetDelta) =>
      encodeRecord({ offsetDelta, key: Buffer.from('k'), value: Buffer.from(`v${offsetDelta}`) })
        .buffer,
  )
  const head = (await recordBatch(values('x'), { ...of, count: deltas.length })).subarray(0, 61)
  return sealed(Buffer.concat([head, ...records]))
}

/** What was fetched of a partition, between bytes that are not of it. */
export function fetchedSet(batches: readonly Buffer[], of: Partial<FetchedSet> = {}): FetchedSet {
  const bytes = Buffer.concat([Buffer.from('before'), ...batches, Buffer.from('behind')])
  return {
    topic: 't',
    partition: 0,
    bytes,
    start: 6,
    end: bytes.length - 6,
    lease: undefined,
    fetch_offset: 0,
    aborted: [],
    doubted_offset: undefined,
    decompressed_bytes_max: 1 << 20,
    ...of,
  }
}

export interface ResponsePartition {
  readonly topic: string
  readonly partition: number
  readonly error_code?: number
  readonly stable?: number
  readonly aborted?: readonly { readonly producer_id: number; readonly first_offset: number }[]
  readonly batches: readonly Buffer[]
}

/** A Fetch response of version 11, without length and correlation id. */
export function fetchResponse(partitions: readonly ResponsePartition[]): Buffer {
  const fields = createFields().int32(0).int16(0).int32(0).int32(partitions.length)
  for (const {
    topic,
    partition,
    error_code = 0,
    stable = 100,
    aborted = [],
    batches,
  } of partitions) {
    fields.text(topic).int32(1).int32(partition).int16(error_code)
    fields.int64(stable).int64(stable).int64(0).int32(aborted.length)
    for (const { producer_id, first_offset } of aborted)
      fields.int64(producer_id).int64(first_offset)
    const set = Buffer.concat(batches)
    fields.int32(-1).int32(set.length).bytes(set)
  }
  return Buffer.concat(fields.done().body)
}
