import { crc32c } from '@node-rs/crc32'
import type { OutgoingMessage } from '#/core/run.ts'
import {
  ATTRIBUTES_AT,
  COUNT_AT,
  CRC_AT,
  FIRST_SEQUENCE_AT,
  FIRST_TIMESTAMP_AT,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LENGTH_FROM,
  MAGIC,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
} from './layout.ts'

/**
 * A record batch of magic 2 (Kafka 0.11 and later) in one pass over its messages: sizes first, then every byte once into a
 * buffer of just that size, and one CRC over it. kafkajs makes zero-filled buffers that double, five deep, and a CRC in
 * JavaScript of the same; that was half of the worker's CPU time.
 */

export interface BatchProducer {
  readonly producer_id: bigint
  readonly producer_epoch: number
  readonly first_sequence: number
}

export interface RecordBatchOptions extends BatchProducer {
  /** Number of the compression in the attributes, 0 for none. */
  readonly compression: number
  /** Compresses the records as a whole; `undefined` for none. */
  readonly compress: ((records: Buffer) => Promise<Buffer>) | undefined
  /** Memory of just so many bytes for a batch that is not compressed; new memory without it. */
  readonly allocate?: (bytes: number) => Buffer
}

/** Encodes at least one message; they are of one partition and in order. */
export async function encodeRecordBatch(
  messages: readonly OutgoingMessage[],
  options: RecordBatchOptions,
): Promise<Buffer> {
  const times = timesOf(messages)
  if (options.compress === undefined) {
    const batch = recordsOf(messages, times.first_ms, HEADER_BYTES, options.allocate)
    writeHeader(batch, messages.length, times, options)
    return batch
  }
  const records = await options.compress(recordsOf(messages, times.first_ms, 0))
  const batch = Buffer.allocUnsafe(HEADER_BYTES + records.length)
  records.copy(batch, HEADER_BYTES)
  writeHeader(batch, messages.length, times, options)
  return batch
}

interface Times {
  readonly first_ms: number
  readonly max_ms: number
}

function timesOf(messages: readonly OutgoingMessage[]): Times {
  let first_ms = Infinity
  let max_ms = -Infinity
  for (const { timestamp } of messages) {
    if (timestamp < first_ms) first_ms = timestamp
    if (timestamp > max_ms) max_ms = timestamp
  }
  return { first_ms, max_ms }
}

function writeHeader(batch: Buffer, count: number, times: Times, options: RecordBatchOptions) {
  // The broker gives the offset; the epoch of the leader is its own affair, too.
  batch.fill(0, 0, MAGIC_AT)
  batch.writeInt32BE(batch.length - LENGTH_FROM, LENGTH_AT)
  batch[MAGIC_AT] = MAGIC
  batch.writeInt16BE(options.compression, ATTRIBUTES_AT)
  batch.writeInt32BE(count - 1, LAST_OFFSET_DELTA_AT)
  batch.writeBigInt64BE(BigInt(times.first_ms), FIRST_TIMESTAMP_AT)
  batch.writeBigInt64BE(BigInt(times.max_ms), MAX_TIMESTAMP_AT)
  batch.writeBigInt64BE(options.producer_id, PRODUCER_ID_AT)
  batch.writeInt16BE(options.producer_epoch, PRODUCER_EPOCH_AT)
  batch.writeInt32BE(options.first_sequence, FIRST_SEQUENCE_AT)
  batch.writeInt32BE(count, COUNT_AT)
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT)
}

/** The records behind `start` bytes that are left free. */
function recordsOf(
  messages: readonly OutgoingMessage[],
  first_ms: number,
  start: number,
  allocate: (bytes: number) => Buffer = Buffer.allocUnsafeSlow,
): Buffer {
  const bodies = messages.map((message, delta) => bodyBytes(message, delta, first_ms))
  const size = bodies.reduce((sum, body) => sum + varintBytes(body) + body, start)
  const bytes = allocate(size)
  let at = start
  for (const [delta, message] of messages.entries()) {
    at = writeVarint(bytes, bodies[delta]!, at)
    at = writeRecord(bytes, message, delta, first_ms, at)
  }
  return bytes
}

function bodyBytes(message: OutgoingMessage, delta: number, first_ms: number): number {
  const { key, value, headers = [] } = message
  let size = 1 + varintBytes(message.timestamp - first_ms) + varintBytes(delta)
  size += nullableBytes(key) + nullableBytes(value) + varintBytes(headers.length)
  for (const header of headers) {
    const name = Buffer.byteLength(header.name)
    size += varintBytes(name) + name + nullableBytes(header.value)
  }
  return size
}

function nullableBytes(of: Buffer | null): number {
  return of === null ? 1 : varintBytes(of.length) + of.length
}

function writeRecord(
  bytes: Buffer,
  message: OutgoingMessage,
  delta: number,
  first_ms: number,
  start: number,
): number {
  const { key, value, headers = [] } = message
  let at = start
  bytes[at++] = 0
  at = writeVarint(bytes, message.timestamp - first_ms, at)
  at = writeVarint(bytes, delta, at)
  at = writeNullable(bytes, key, at)
  at = writeNullable(bytes, value, at)
  at = writeVarint(bytes, headers.length, at)
  for (const header of headers) {
    at = writeVarint(bytes, Buffer.byteLength(header.name), at)
    at += bytes.write(header.name, at)
    at = writeNullable(bytes, header.value, at)
  }
  return at
}

function writeNullable(bytes: Buffer, of: Buffer | null, start: number): number {
  if (of === null) return writeVarint(bytes, -1, start)
  const at = writeVarint(bytes, of.length, start)
  return at + of.copy(bytes, at)
}

/** Zigzag; numbers up to 2^52, as time-stamps need. */
function writeVarint(bytes: Buffer, value: number, start: number): number {
  let at = start
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}

function varintBytes(value: number): number {
  let bytes = 1
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  while (rest >= 0x80) {
    bytes++
    rest = Math.floor(rest / 0x80)
  }
  return bytes
}
