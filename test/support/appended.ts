/** Takes out of a message what the worker appends to it, by its bytes alone. */
import type { Encoding } from '#/core/words.ts'
import { varint } from '../unit/formats/otlp.ts'

const ENDS = {
  json: /,?"attribution":\{"outcome":.*?"event_id":"[^"]*"\}/g,
  otlp_json:
    /,?\{"key":"attribution\.outcome".*?\{"key":"attribution\.event_id","value":\{"stringValue":"[^"]*"\}\}/g,
}

export function withoutAppended(bytes: Buffer, encoding: Encoding, is_traces: boolean): Buffer {
  if (encoding === 'otlp_proto') return withoutAttributes(bytes, is_traces ? SPANS : LOGS)
  return Buffer.from(bytes.toString().replaceAll(ENDS[encoding], ''))
}

/** Field numbers on the way down to the attributes of a record, and of a span. */
const LOGS = [1, 2, 2, 6]
const SPANS = [1, 2, 2, 9]

function withoutAttributes(bytes: Buffer, path: readonly number[]): Buffer {
  const [wanted, ...rest] = path
  const kept: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at)
    const body = bodyOf(bytes, tag.end, tag.value & 7)
    if (tag.value !== (wanted ?? 0) * 8 + 2) kept.push(bytes.subarray(at, body.end))
    else if (rest.length > 0) {
      const inner = withoutAttributes(bytes.subarray(body.start, body.end), rest)
      kept.push(bytes.subarray(at, tag.end), varint(inner.length), inner)
    } else if (!bytes.subarray(body.start, body.end).includes('attribution.'))
      kept.push(bytes.subarray(at, body.end))
    at = body.end
  }
  return Buffer.concat(kept)
}

function bodyOf(bytes: Buffer, at: number, wire_type: number): { start: number; end: number } {
  if (wire_type === 0) return { start: at, end: readVarint(bytes, at).end }
  if (wire_type === 1) return { start: at, end: at + 8 }
  if (wire_type === 5) return { start: at, end: at + 4 }
  const length = readVarint(bytes, at)
  return { start: length.end, end: length.end + length.value }
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0
  let scale = 1
  for (let at = start; ; at += 1) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { value, end: at + 1 }
    scale *= 0x80
  }
}
