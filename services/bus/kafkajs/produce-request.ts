import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import type { OutgoingMessage } from '#/core/run.ts'
import { codecOf } from '../codecs/index.ts'
import { encodeRecordBatch } from '../record-batch/encode.ts'

/**
 * The Produce request with record batches of our own encoding. kafkajs looks the protocol of a request up each time in one
 * object of its own, where ours takes the place of the one for Produce. Everything else about producing stays with kafkajs:
 * metadata, leaders, producer ids, sequence numbers, connections, and the messages of any other producer in this process.
 * The version of kafkajs is pinned, and a test compares the bytes of both encoders.
 */

/** A message as kafkajs is given it; only what it routes and checks by stands outside of `record`. */
export interface RecordMessage extends kafkajs.Message {
  readonly record: OutgoingMessage
}

interface PartitionData {
  readonly partition: number
  readonly firstSequence: number
  readonly messages: readonly (kafkajs.Message | RecordMessage)[]
}

export interface ProduceData {
  readonly acks: number
  readonly timeout: number
  readonly transactionalId?: string | null
  readonly producerId: unknown
  readonly producerEpoch: number
  readonly compression: kafkajs.CompressionTypes
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly PartitionData[]
  }[]
}

/** What kafkajs takes for an encoder whose writing is done. */
interface Encoded {
  readonly buf: Buffer
  readonly buffer: Buffer
}

interface ProduceProtocol {
  readonly request: {
    readonly encode: () => Promise<Encoded>
  }
  readonly response: object
}
type ProtocolOf = (of: { readonly version: number }) => (data: ProduceData) => ProduceProtocol

const MODULE = 'kafkajs/src/protocol/requests/produce'
/** Record batches came with version 3, in Kafka 0.11. */
const VERSION_MIN = 3

const definition: { protocol: ProtocolOf } = createRequire(import.meta.url)(MODULE)
/** What kafkajs itself writes. */
export const kafkajsProtocol = definition.protocol

export function installProduceRequest(): void {
  if (typeof kafkajsProtocol !== 'function') throw new Error(`${MODULE} is not what it was`)
  definition.protocol = produceProtocol
}

export function produceProtocol({ version }: { readonly version: number }) {
  return (data: ProduceData): ProduceProtocol => {
    const theirs = kafkajsProtocol({ version })(data)
    const isOurs = data.topicData.some(({ partitions }) =>
      partitions.some(({ messages }) => messages.some(isRecordMessage)),
    )
    if (!isOurs) return theirs
    if (version < VERSION_MIN) throw new Error('brokers before Kafka 0.11 are not supported')
    return { ...theirs, request: { ...theirs.request, encode: () => encodeProduce(data) } }
  }
}

function isRecordMessage(message: kafkajs.Message): message is RecordMessage {
  return 'record' in message
}

/** transactional id, acks, time-out, then topics and their partitions, each with its record batch. */
async function encodeProduce(data: ProduceData): Promise<Encoded> {
  const { topicData } = data
  const parts = [text(data.transactionalId ?? null), int16(data.acks), int32(data.timeout)]
  parts.push(int32(topicData.length))
  for (const { topic, partitions } of topicData) {
    parts.push(text(topic), int32(partitions.length))
    for (const each of partitions) {
      const batch = await encodeBatch(data, each)
      parts.push(int32(each.partition), int32(batch.length), batch)
    }
  }
  const buffer = Buffer.concat(parts)
  return { buf: buffer, buffer }
}

function encodeBatch(data: ProduceData, { messages, firstSequence }: PartitionData) {
  return encodeRecordBatch(
    messages.filter(isRecordMessage).map(({ record }) => record),
    {
      producer_id: BigInt(String(data.producerId)),
      producer_epoch: data.producerEpoch,
      first_sequence: firstSequence,
      compression: data.compression,
      compress: codecOf(data.compression)?.compress,
    },
  )
}

function text(of: string | null): Buffer {
  if (of === null) return int16(-1)
  const bytes = Buffer.from(of)
  return Buffer.concat([int16(bytes.length), bytes])
}

function int16(of: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeInt16BE(of)
  return bytes
}

function int32(of: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(of)
  return bytes
}
