/**
 * OTLP in protobuf as OTLP in JSON, as far as a capture keeps any of it: a human is to look at a capture before it goes
 * anywhere, and the rules read both alike.
 */
import {
  number_read,
  readLength,
  readTag,
  skipField,
  skipVarint,
  WIRE_BYTES,
  WIRE_FIXED64,
  WIRE_VARINT,
} from '#/formats/otlp_proto/wire.ts'

type Reader = (bytes: Buffer, start: number, end: number) => unknown

interface Field {
  readonly name: string
  readonly read: Reader
  readonly is_list?: true
}
type Message = Readonly<Record<number, Field>>

const text: Reader = (bytes, start, end) => bytes.toString('utf8', start, end)
const hex: Reader = (bytes, start, end) => bytes.toString('hex', start, end)
const base64: Reader = (bytes, start, end) => bytes.toString('base64', start, end)
const fixed64: Reader = (bytes, start) => bytes.readBigUInt64LE(start).toString()
const double: Reader = (bytes, start) => bytes.readDoubleLE(start)
const signed: Reader = (bytes, start, end) =>
  BigInt.asIntN(64, varint(bytes, start, end)).toString()
const small: Reader = (bytes, start, end) => Number(varint(bytes, start, end))
const boolean: Reader = (bytes, start, end) => varint(bytes, start, end) !== 0n
const many = (name: string, read: Reader): Field => ({ name, read, is_list: true })

const anyValue: Reader = (bytes, start, end) => readMessage(ANY, bytes, start, end)
const KEY_VALUE: Message = { 1: { name: 'key', read: text }, 2: { name: 'value', read: anyValue } }
const attribute: Reader = (bytes, start, end) => readMessage(KEY_VALUE, bytes, start, end)
const ANY: Message = {
  1: { name: 'stringValue', read: text },
  2: { name: 'boolValue', read: boolean },
  3: { name: 'intValue', read: signed },
  4: { name: 'doubleValue', read: double },
  5: { name: 'arrayValue', read: messageOf({ 1: many('values', anyValue) }) },
  6: { name: 'kvlistValue', read: messageOf({ 1: many('values', attribute) }) },
  7: { name: 'bytesValue', read: base64 },
}
const RESOURCE = messageOf({ 1: many('attributes', attribute) })
const SCOPE = messageOf({ 1: { name: 'name', read: text } })
const RECORD = messageOf({
  1: { name: 'timeUnixNano', read: fixed64 },
  2: { name: 'severityNumber', read: small },
  3: { name: 'severityText', read: text },
  5: { name: 'body', read: anyValue },
  6: many('attributes', attribute),
  9: { name: 'traceId', read: hex },
  10: { name: 'spanId', read: hex },
  11: { name: 'observedTimeUnixNano', read: fixed64 },
  12: { name: 'eventName', read: text },
})
const SPAN = messageOf({
  1: { name: 'traceId', read: hex },
  2: { name: 'spanId', read: hex },
  4: { name: 'parentSpanId', read: hex },
  5: { name: 'name', read: text },
  6: { name: 'kind', read: small },
  7: { name: 'startTimeUnixNano', read: fixed64 },
  8: { name: 'endTimeUnixNano', read: fixed64 },
  9: many('attributes', attribute),
})

const LOGS = requestOf('resourceLogs', 'scopeLogs', 'logRecords', RECORD)
const TRACES = requestOf('resourceSpans', 'scopeSpans', 'spans', SPAN)

function requestOf(resources: string, scopes: string, records: string, record: Reader): Message {
  const scope = messageOf({ 1: { name: 'scope', read: SCOPE }, 2: many(records, record) })
  const resource = messageOf({ 1: { name: 'resource', read: RESOURCE }, 2: many(scopes, scope) })
  return { 1: many(resources, resource) }
}

/** Throws for what is no OTLP. */
export function otlpAsJson(bytes: Buffer, signal: 'logs' | 'traces'): object {
  return readMessage(signal === 'logs' ? LOGS : TRACES, bytes, 0, bytes.length)
}

function messageOf(message: Message): Reader {
  return (bytes, start, end) => readMessage(message, bytes, start, end)
}

const GROUPS_MAX = 32

function readMessage(message: Message, bytes: Buffer, start: number, end: number): object {
  const members: Record<string, unknown> = {}
  let at = start
  while (at < end) {
    at = passed(readTag(bytes, at, end))
    const tag = number_read
    const field = message[tag >>> 3]
    const from = at
    at = passed(skipField(bytes, at, end, tag, GROUPS_MAX))
    if (field === undefined || !isOf(tag & 7)) continue
    const value_start = (tag & 7) === WIRE_BYTES ? passed(readLength(bytes, from, end)) : from
    const value = field.read(bytes, value_start, at)
    if (field.is_list) {
      const list = members[field.name]
      if (Array.isArray(list)) list.push(value)
      else members[field.name] = [value]
    } else members[field.name] = value
  }
  return members
}

function isOf(wire: number): boolean {
  return wire === WIRE_BYTES || wire === WIRE_FIXED64 || wire === WIRE_VARINT
}

function passed(position: number): number {
  if (position < 0) throw new Error('no OTLP in protobuf')
  return position
}

function varint(bytes: Buffer, start: number, end: number): bigint {
  const stop = passed(skipVarint(bytes, start, end))
  let value = 0n
  for (let at = stop - 1; at >= start; at -= 1) value = (value << 7n) | BigInt(bytes[at]! & 0x7f)
  return value
}
