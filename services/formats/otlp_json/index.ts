/**
 * OTLP/JSON logs and traces. Attribution is a run of KeyValues at the end of each record's `attributes`, or a new `attributes` at its
 * end where it has none.
 */

import type { AttributionRecord } from '#/core/decision.ts'
import type { Format, FormatOptions } from '#/core/view.ts'
import { listAttributes, type AttributeValue } from '../attributes.ts'
import { createEventId, timeText } from '../event-id.ts'
import { createFormatOf } from '../format.ts'
import { createSource } from '../output.ts'
import type { IdentityLimits } from '../identity.ts'
import { jsonEditor, jsonFrameBytes, scanDocument } from '../json/index.ts'
import { jsonText } from '../json/read.ts'
import { OPEN_BRACE } from '../json/skip.ts'
import { jsonEventIdFrame, spliceJson, type JsonTexts } from '../json/splice.ts'
import { CAP_FIELD, CAP_MEMBER_END, CAP_MEMBER_START } from '../layout.ts'
import { createState, type State } from '../state.ts'
import { rawText, type ValueEditor } from '../view.ts'
import { otlpJsonReader } from './read.ts'
import { compileOtlpJson, scanOtlpJson } from './scan.ts'

export function createOtlpJsonFormat(options: FormatOptions, limits: IdentityLimits): Format {
  const otlp = compileOtlpJson(options.fields, options.signals)
  const state = createState(otlp.plan, options)
  const id = createEventId(EVENT_ID)
  return createFormatOf(
    {
      state,
      is_text: true,
      reader: otlpJsonReader,
      editor: otlpJsonEditor,
      frameBytes: jsonFrameBytes,
      scanMessage: (position) => scanDocument(state, position, scanOtlpJson(state, otlp, position)),
      encodeFragment: encodeOtlpJsonFragment,
      spliceMessage: (output, message, base, stamp) =>
        spliceJson(state, TEXTS, id, output, message, base, stamp),
    },
    limits,
  )
}

/** An AnyValue is written anew as a whole: whatever else it said would stay behind otherwise. */
const otlpJsonEditor: ValueEditor = {
  isReplaceable: () => true,
  replacedRange(state, capture) {
    if (!isAnyValue(state, capture)) return jsonEditor.replacedRange(state, capture)
    return [state.caps[capture + CAP_MEMBER_START]!, state.caps[capture + CAP_MEMBER_END]!]
  },
  encode(state, capture, text) {
    if (!isAnyValue(state, capture)) return jsonEditor.encode(state, capture, text)
    const value = { stringValue: text }
    if (!isKeyValue(state, capture)) return Buffer.from(`"body":${JSON.stringify(value)}`)
    const start = state.caps[capture + CAP_MEMBER_START]!
    const old: unknown = JSON.parse(
      state.bytes.toString('utf8', start, state.caps[capture + CAP_MEMBER_END]),
    )
    const key = typeof old === 'object' && old !== null && 'key' in old ? old.key : undefined
    return Buffer.from(JSON.stringify({ key, value }))
  },
  text: (state, capture) => jsonText(state, capture) ?? rawText(state, capture),
}

function isKeyValue(state: State, capture: number): boolean {
  return state.bytes[state.caps[capture + CAP_MEMBER_START]!] === OPEN_BRACE
}

function isAnyValue(state: State, capture: number): boolean {
  const field = state.caps[capture + CAP_FIELD]!
  const path = state.plan.fields[field < 0 ? ~field : field]!.path
  return path === '/body' || isKeyValue(state, capture)
}

/** KeyValues, each with its comma: `attribution.event_id` follows. */
function encodeOtlpJsonFragment(record: AttributionRecord): Buffer {
  const texts = listAttributes(record).map(
    ([path, value]) => `${JSON.stringify({ key: `attribution.${path}`, value: anyValue(value) })},`,
  )
  return Buffer.from(texts.join(''))
}

function anyValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number') return { intValue: String(value) }
  if (typeof value === 'boolean') return { boolValue: value }
  return { arrayValue: { values: value.map((text) => ({ stringValue: text })) } }
}

const EVENT_ID = jsonEventIdFrame('{"key":"attribution.event_id","value":{"stringValue":"', '"}}')
const NOTHING = createSource(Buffer.alloc(0))
const TEXTS: JsonTexts = {
  before: [NOTHING, NOTHING, createSource(Buffer.from('"attributes":['))],
  after: [NOTHING, NOTHING, createSource(Buffer.from(']'))],
  asOf: (as_of_ms) =>
    Buffer.from(`,{"key":"attribution.as_of","value":{"stringValue":"${timeText(as_of_ms)}"}}`),
}
