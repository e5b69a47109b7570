import { createRequire } from 'node:module'
import type kafkajs from 'kafkajs'
import { DECOMPRESSED_BYTES_MAX, RECORDS_PER_BATCH_MAX } from '../codecs/index.ts'
import { standInKey } from '../codecs/record-set.ts'

/**
 * How the record batches of a fetched partition become messages. kafkajs decodes a batch; what is round it is ours, because
 * kafkajs
 *
 * - fails for good on a batch of more than about 120 000 records, which it passes as arguments of one call: here a batch of
 *   too many is not decoded, and one stand-in at its last offset carries its bytes to the dead letters;
 * - decodes all that was fetched at once, and a megabyte may hold a hundred batches of 64 MB each: here it stops when that
 *   is enough, and the rest is fetched again;
 * - does not move over a batch that compaction has emptied, and moves by one over offsets that it took from the end of
 *   another: here a control record, which no reader is shown, stands at the last offset.
 *
 * A message may therefore come that no producer wrote; nothing is left out.
 */

/** A decoder of kafkajs: `offset` bytes of `buffer` are read. */
interface Decoder {
  offset: number
  readonly buffer: Buffer
}
interface Batch {
  readonly firstTimestamp: string
  readonly producerId: string
  readonly inTransaction: boolean
}
interface Message {
  readonly magicByte: number
  readonly attributes: number
  readonly timestamp: string
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: kafkajs.IHeaders
  readonly isControlRecord: boolean
  readonly batchContext: Batch
}
type DecodeRecordSet = (decoder: Decoder) => Promise<readonly Message[]>

const require = createRequire(import.meta.url)
const MODULE = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages'
/** What kafkajs itself makes of a record set. */
export const kafkajsRecordSet: DecodeRecordSet = require(MODULE)
const DecoderClass: new (bytes: Buffer) => Decoder = require('kafkajs/src/protocol/decoder')
const decodeBatch: (
  decoder: Decoder,
) => Promise<
  Batch & { readonly records: readonly Message[] }
> = require('kafkajs/src/protocol/recordBatch/v0/decoder')

const HEADER_BYTES = 61
const LENGTH_AT = 8
/** The length counts what comes after it. */
const LENGTH_FROM = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const FIRST_TIMESTAMP_AT = 27
const PRODUCER_ID_AT = 43
const COUNT_AT = 57
const MAGIC = 2
const IN_TRANSACTION = 0x10

/** Responses are decoded by modules that hold on to what they were loaded with: those that are loaded are loaded anew. */
export function installRecordSets(): void {
  const cached = require.cache[require.resolve(MODULE)]
  if (cached === undefined || typeof kafkajsRecordSet !== 'function')
    throw new Error(`${MODULE} is not what it was`)
  if (cached.exports === decodeRecordSet) return
  cached.exports = decodeRecordSet
  for (const file of Object.keys(require.cache)) {
    if (RESPONSE.test(file)) delete require.cache[file]
  }
}
const RESPONSE = /kafkajs[\\/]src[\\/]protocol[\\/]requests[\\/]fetch[\\/]v\d+[\\/]response\.js$/

export async function decodeRecordSet(decoder: Decoder): Promise<readonly Message[]> {
  const start = decoder.offset + 4
  const size = decoder.buffer.readInt32BE(decoder.offset)
  const is_ours = size >= HEADER_BYTES && start + size <= decoder.buffer.length
  if (!is_ours || decoder.buffer[start + MAGIC_AT] !== MAGIC) return kafkajsRecordSet(decoder)
  decoder.offset = start + size
  return messagesOf(decoder.buffer.subarray(start, start + size))
}

async function messagesOf(set: Buffer): Promise<readonly Message[]> {
  const messages: Message[] = []
  let decoded_bytes = 0
  for (const batch of batchesOf(set)) {
    if (batch.readInt32BE(COUNT_AT) > RECORDS_PER_BATCH_MAX) {
      messages.push(standIn(batch, standInKey('limit_exceeded'), batch.subarray(HEADER_BYTES)))
      continue
    }
    const { records } = await decodeBatch(new DecoderClass(batch))
    for (const record of records) {
      messages.push(record)
      decoded_bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
    }
    if (records.at(-1)?.offset !== lastOffset(batch)) messages.push(standIn(batch, null, null))
    if (decoded_bytes >= DECOMPRESSED_BYTES_MAX || messages.length >= RECORDS_PER_BATCH_MAX) break
  }
  return messages
}

/** The batches that came whole; the broker cuts the last one off where the fetch ends. */
function* batchesOf(set: Buffer): Iterable<Buffer> {
  for (let at = 0; at + HEADER_BYTES <= set.length;) {
    const length = set.readInt32BE(at + LENGTH_AT)
    if (length < HEADER_BYTES - LENGTH_FROM)
      throw new Error(`a record batch says that it is ${length} bytes long`)
    const end = at + LENGTH_FROM + length
    if (end > set.length) return
    yield set.subarray(at, end)
    at = end
  }
}

/** At the last offset of a batch: a message in place of the batch, or without a key a control record. */
function standIn(batch: Buffer, key: Buffer | null, value: Buffer | null): Message {
  const first_timestamp = String(batch.readBigInt64BE(FIRST_TIMESTAMP_AT))
  return {
    magicByte: MAGIC,
    attributes: 0,
    timestamp: first_timestamp,
    offset: lastOffset(batch),
    key,
    value,
    headers: {},
    isControlRecord: key === null,
    batchContext: {
      firstTimestamp: first_timestamp,
      producerId: String(batch.readBigInt64BE(PRODUCER_ID_AT)),
      inTransaction: (batch.readInt16BE(ATTRIBUTES_AT) & IN_TRANSACTION) > 0,
    },
  }
}

function lastOffset(batch: Buffer): string {
  return String(batch.readBigInt64BE(0) + BigInt(batch.readInt32BE(LAST_OFFSET_DELTA_AT)))
}
