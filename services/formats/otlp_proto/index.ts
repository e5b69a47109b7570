/**
 * OTLP protobuf logs and traces (`LogsData`, `TracesData` and the requests that carry them). Attribution is a run of
 * KeyValues appended to each LogRecord or Span.
 */

import type { Format, FormatOptions } from '#/core/view.ts'
import { CONFLUENT_FRAME_BYTES, createFormatOf, isConfluentFramed } from '../format.ts'
import type { IdentityLimits } from '../identity.ts'
import {
  CAP_ENTRY,
  CAP_MEMBER_END,
  CAP_MEMBER_START,
  CAP_TYPE,
  FLAG_FIXED,
  MALFORMED,
  TYPE_FALSE,
  TYPE_FIXED64,
  TYPE_HEX,
  TYPE_MASK,
  TYPE_TRUE,
} from '../layout.ts'
import { createState } from '../state.ts'
import type { ValueEditor } from '../view.ts'
import { encodeField, encodeFragment, encodeKeyValue, encodeStringValue } from './encode.ts'
import { fieldsOf, protoReader } from './read.ts'
import { compileOtlpProto, scanOtlpProto } from './scan.ts'
import { createWires, spliceProto } from './splice.ts'
import { number_read, readTag, skipVarint } from './wire.ts'

export function createOtlpProtoFormat(options: FormatOptions, limits: IdentityLimits): Format {
  const otlp = compileOtlpProto(options.fields, options.signals)
  const state = createState(otlp.plan, options)
  const wires = createWires()
  return createFormatOf(
    {
      state,
      is_text: false,
      reader: protoReader,
      editor: protoEditor,
      frameBytes: protoFrameBytes,
      scanMessage: (position) => scanOtlpProto(state, otlp, position),
      encodeFragment,
      spliceMessage: (output, message, base, stamp) =>
        spliceProto(
          state,
          state.spans[message] === 1 ? wires.spans : wires.logs,
          output,
          message,
          base,
          stamp,
        ),
    },
    limits,
  )
}

const TAG_RESOURCE_LOGS = 0x0a

/**
 * Behind the schema id stand the indexes of the message type: a count and that many varints, or a single zero for the
 * first type. Some writers leave them out; then the message itself begins there.
 */
function protoFrameBytes(bytes: Buffer, start: number, end: number): number {
  if (!isConfluentFramed(bytes, start, end)) return 0
  let p = start + CONFLUENT_FRAME_BYTES
  if (p === end || bytes[p] === TAG_RESOURCE_LOGS) return CONFLUENT_FRAME_BYTES
  // Counts are zigzag encoded; types do not nest deeper than one byte can say.
  const count = bytes[p]! >> 1
  if (bytes[p]! >= 0x80 || (bytes[p]! & 1) === 1) return MALFORMED
  p++
  for (let i = 0; i < count; i++) {
    p = skipVarint(bytes, p, end)
    if (p < 0) return MALFORMED
  }
  return p - start
}

/** The field is written anew as a whole, with its own tag. */
const protoEditor: ValueEditor = {
  isReplaceable(state, capture) {
    const flags = state.caps[capture + CAP_TYPE]!
    if ((flags & FLAG_FIXED) !== 0) return false
    const type = flags & TYPE_MASK
    // Only AnyValues and string members have room for a text.
    if (type === TYPE_FIXED64 || type === TYPE_HEX) return false
    readTag(state.bytes, state.caps[capture + CAP_MEMBER_START]!, state.bytes.length)
    return number_read !== TAG_SEVERITY_NUMBER
  },
  replacedRange: (state, capture) => [
    state.caps[capture + CAP_MEMBER_START]!,
    state.caps[capture + CAP_MEMBER_END]!,
  ],
  encode(state, capture, text) {
    const { bytes } = state
    const start = state.caps[capture + CAP_MEMBER_START]!
    readTag(bytes, start, bytes.length)
    const tag = number_read
    if (state.caps[capture + CAP_ENTRY] !== 0) {
      const [pair] = fieldsOf(bytes, start, state.caps[capture + CAP_MEMBER_END]!)
      const key = fieldsOf(bytes, pair!.start, pair!.end).findLast((field) => field.number === 1)
      const name = key === undefined ? '' : bytes.toString('utf8', key.start, key.end)
      return encodeField(tag, encodeKeyValue(name, encodeStringValue(text)))
    }
    return encodeField(tag, tag === TAG_BODY ? encodeStringValue(text) : Buffer.from(text))
  },
  text(state, capture) {
    const type = state.caps[capture + CAP_TYPE]! & TYPE_MASK
    if (type === TYPE_TRUE || type === TYPE_FALSE) return String(type === TYPE_TRUE)
    return protoReader.text(state, capture) ?? ''
  },
}
const TAG_BODY = 0x2a
const TAG_SEVERITY_NUMBER = 0x10
