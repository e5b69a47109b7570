import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FieldRead } from '#/core/view.ts'
import { formatOf, RECORD, scanOne, value, writeAll } from '../unit/formats/harness.ts'
import {
  decodeLogs,
  encodeLogs,
  field,
  varint,
  type AnyValue,
  type KeyValue,
  type LogRecord,
  type LogsData,
} from '../unit/formats/otlp.ts'
import { damaged } from './json-texts.ts'

/** OTLP in both encodings against protobufjs and `JSON.parse`. */

const KEYS = ['a', 'b', 'service.name', 'gen_ai.usage.input_tokens', 'é', 'k'.repeat(130)]
const FIELDS: readonly FieldRead[] = [
  ...KEYS.map((key) => value(`/attributes/${key}`)),
  ...KEYS.map((key) => value(`/resource/${key}`)),
  value('/scope/name'),
  value('/eventName'),
  value('/timeUnixNano'),
  value('/body'),
]
const proto = formatOf('otlp_proto', FIELDS)
const json = formatOf('otlp_json', FIELDS)

const words = fc.string({ unit: 'grapheme', maxLength: 30 })
const anyValue = fc.letrec<{ any: AnyValue; pair: KeyValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'any' },
    fc.oneof(
      { weight: 5, arbitrary: words.map((stringValue) => ({ stringValue })) },
      {
        weight: 2,
        arbitrary: fc
          .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
          .map((n) => ({ intValue: String(n) })),
      },
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((doubleValue) => ({ doubleValue: doubleValue + 0 })),
      fc.boolean().map((boolValue) => ({ boolValue })),
      fc.constant({}),
    ),
    fc
      .array(tie('any'), { maxLength: 3, depthIdentifier: 'any' })
      .map((values) => ({ arrayValue: { values } })),
    fc
      .array(tie('pair'), { maxLength: 3, depthIdentifier: 'any' })
      .map((values) => ({ kvlistValue: { values } })),
  ),
  pair: fc.record({ key: words, value: tie('any') }),
})).any

const attribute: fc.Arbitrary<KeyValue> = fc.record(
  { key: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...KEYS) }, words), value: anyValue },
  { requiredKeys: ['key'] },
)
const attributes = fc.array(attribute, { maxLength: 6 })
const nanos = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String)
const record: fc.Arbitrary<LogRecord> = fc.record(
  {
    timeUnixNano: nanos,
    severityText: words,
    body: anyValue,
    eventName: words.filter((text) => text !== ''),
    attributes,
  },
  { requiredKeys: [] },
)
const logsData: fc.Arbitrary<LogsData> = fc.record({
  resourceLogs: fc.array(
    fc.record(
      {
        resource: fc.record({ attributes }, { requiredKeys: [] }),
        scopeLogs: fc.array(
          fc.record(
            { scope: fc.record({ name: words }), logRecords: fc.array(record, { maxLength: 3 }) },
            { requiredKeys: ['logRecords'] },
          ),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: ['scopeLogs'] },
    ),
    { minLength: 1, maxLength: 2 },
  ),
})

/** What a field of each event should read, from a decoded message. */
function expectedTexts(logs: LogsData): (string | undefined)[][] {
  const events: (string | undefined)[][] = []
  for (const { resource, scopeLogs } of logs.resourceLogs ?? []) {
    for (const { scope, logRecords } of scopeLogs ?? []) {
      for (const each of logRecords ?? []) {
        events.push([
          ...KEYS.map((key) => lastText(each.attributes, key)),
          ...KEYS.map((key) => lastText(resource?.attributes, key)),
          scope?.name,
          each.eventName,
          each.timeUnixNano,
          textOfAny(each.body),
        ])
      }
    }
  }
  return events
}

function lastText(list: readonly KeyValue[] | undefined, key: string): string | undefined {
  return textOfAny(list?.findLast((pair) => (pair.key ?? '') === key)?.value)
}

function textOfAny(any: AnyValue | undefined): string | undefined {
  if (any?.stringValue !== undefined) return any.stringValue
  if (any?.intValue !== undefined) return String(any.intValue)
  return any?.doubleValue === undefined ? undefined : String(any.doubleValue)
}

function readTexts(format: typeof proto, bytes: Buffer): (string | undefined)[][] {
  const view = scanOne(format, bytes)
  assert.equal(view.failure(0), undefined)
  return Array.from({ length: view.event_count }, (_, event) =>
    FIELDS.map((_field, index) => view.values(event).text(index)),
  )
}

/** Absent and empty are the same in proto3, for members that have no presence. */
function normal(events: (string | undefined)[][]): (string | undefined)[][] {
  const scope_name = KEYS.length * 2
  return events.map((texts) =>
    texts.map((text, index) => (index === scope_name ? (text ?? '') : text)),
  )
}

test('protobuf is read with the values that protobufjs reads', () => {
  fc.assert(
    fc.property(logsData, (logs) => {
      const bytes = encodeLogs(logs)
      assert.deepEqual(normal(readTexts(proto, bytes)), normal(expectedTexts(decodeLogs(bytes))))
    }),
    { numRuns: 500 },
  )
})

test('OTLP/JSON is read with the values that JSON.parse reads', () => {
  fc.assert(
    fc.property(logsData, fc.constantFrom(undefined, 1), (logs, indent) => {
      const text = JSON.stringify(logs, undefined, indent)
      const read = readTexts(json, Buffer.from(text))
      const expected = expectedTexts(logs)
      // Doubles are the digits that stand there, and JSON has other digits than String for some.
      const alike = (rows: (string | undefined)[][]): (string | number | undefined)[][] =>
        rows.map((row) =>
          row.map((cell) =>
            cell !== undefined && /^-?\d[\d.]*e/.test(cell) ? Number(cell) : cell,
          ),
        )
      assert.deepEqual(alike(normal(read)), alike(normal(expected)))
    }),
    { numRuns: 300 },
  )
})

test('damaged protobuf never throws, and what both read has the same values', () => {
  const messages = damaged(
    logsData.map((logs) => encodeLogs(logs)),
    '\x0a\x12\x1a\x32\x00\x01\x80\xff\x0b\x0c',
  )
  fc.assert(
    fc.property(messages, (bytes) => {
      const failure = scanOne(proto, bytes).failure(0)
      let decoded: LogsData
      try {
        decoded = decodeLogs(bytes)
      } catch {
        return
      }
      // Only two things we reject that protobufjs lets pass: numbers over ten bytes, and JSON by accident.
      if (failure !== undefined)
        assert.ok(
          hasLongNumber(bytes) || bytes[0] === 0 || bytes[0] === 0x7b || bytes[0] === 0x5b,
          bytes.toString('hex'),
        )
      else if (bytes[0] !== 0)
        assert.deepEqual(normal(readTexts(proto, bytes)), normal(expectedTexts(decoded)))
    }),
    { numRuns: 4000 },
  )
})

function hasLongNumber(bytes: Buffer): boolean {
  let run = 0
  for (const byte of bytes) {
    run = byte >= 0x80 ? run + 1 : 0
    if (run >= 10) return true
  }
  return false
}

test('damaged OTLP/JSON never throws, and is malformed where JSON.parse says so', () => {
  const messages = damaged(
    logsData.map((logs) => Buffer.from(JSON.stringify(logs))),
    '{}[]",:\\ ',
  )
  fc.assert(
    fc.property(messages, (bytes) => {
      const failure = scanOne(json, bytes).failure(0)
      let is_json = true
      try {
        JSON.parse(bytes.toString())
      } catch {
        is_json = false
      }
      if (is_json && Buffer.from(bytes.toString()).equals(bytes))
        assert.notEqual(failure, 'malformed')
    }),
    { numRuns: 2000 },
  )
})

const pieces = fc.array(
  fc.oneof(
    logsData.map((logs) => encodeLogs(logs)),
    fc.constantFrom(
      field(9, 'unknown'),
      Buffer.concat([varint(14 * 8 + 3), varint(8), varint(9), varint(14 * 8 + 4)]),
    ),
  ),
  { minLength: 1, maxLength: 3 },
)

test('protobuf comes out as it was, with the attributes at the end of each record', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const bytes = Buffer.concat(parts)
      const view = scanOne(proto, bytes)
      assert.equal(view.failure(0), undefined)
      assert.deepEqual(proto.splice(view, 0, 'b', 's'), bytes)
      writeAll(view, proto.fragment(RECORD))
      const out = decodeLogs(proto.splice(view, 0, 'b', 's'))
      const stripped = withoutAppended(out)
      assert.deepEqual(stripped.logs, withoutAppended(decodeLogs(bytes)).logs)
      assert.deepEqual(
        stripped.event_ids,
        Array.from({ length: view.event_count }, (_, index) => `b/${index}@s`),
      )
      // Encoders write the shortest lengths, so without ours the bytes are the same again.
      assert.deepEqual(encodeLogs(stripped.logs), encodeLogs(decodeLogs(bytes)))
    }),
    { numRuns: 400 },
  )
})

test('OTLP/JSON comes out as it was once what was appended is removed', () => {
  fc.assert(
    fc.property(logsData, fc.constantFrom(undefined, 1), (logs, indent) => {
      const text = JSON.stringify(logs, undefined, indent)
      const view = scanOne(json, text)
      writeAll(view, json.fragment(RECORD))
      const out = json.splice(view, 0, 'b', 's').toString()
      assert.deepEqual(
        withoutAppended(JSON.parse(out) as LogsData).logs,
        withoutAppended(JSON.parse(text) as LogsData).logs,
      )
      const run = String.raw`\{"key":"attribution\.outcome".*?\{"key":"attribution\.event_id","value":\{"stringValue":"b/\d+@s"\}\}`
      const removed = out
        .replaceAll(new RegExp(`,?"attributes":\\[${run}\\]`, 'g'), '')
        .replaceAll(new RegExp(`,?${run}`, 'g'), '')
      // A list that was there and empty cannot be told from one that was added.
      assert.equal(
        removed.replaceAll(/,?\s*"attributes":\s*\[\s*\]/g, ''),
        text.replaceAll(/,?\s*"attributes":\s*\[\s*\]/g, ''),
      )
    }),
    { numRuns: 300 },
  )
})

interface Stripped {
  readonly logs: LogsData
  readonly event_ids: readonly (string | undefined)[]
}

function withoutAppended(logs: LogsData): Stripped {
  const event_ids: (string | undefined)[] = []
  const strip = (each: LogRecord): LogRecord => {
    const id = each.attributes?.find((pair) => pair.key === 'attribution.event_id')
    if (id !== undefined) event_ids.push(id.value?.stringValue)
    const kept = (each.attributes ?? []).filter(
      (pair) => !(pair.key ?? '').startsWith('attribution.'),
    )
    return { ...each, attributes: kept }
  }
  const stripped = {
    resourceLogs: (logs.resourceLogs ?? []).map((resource) => ({
      ...resource,
      scopeLogs: (resource.scopeLogs ?? []).map((scope) => ({
        ...scope,
        logRecords: (scope.logRecords ?? []).map(strip),
      })),
    })),
  }
  return { logs: stripped, event_ids }
}

test('cuts and replacements leave messages that decode, without the value', () => {
  fc.assert(
    fc.property(
      logsData,
      fc.array(fc.tuple(fc.nat(FIELDS.length - 1), fc.boolean()), { maxLength: 4 }),
      (logs, edits) => {
        for (const [format, bytes, decode] of [
          [proto, encodeLogs(logs), decodeLogs],
          [
            json,
            Buffer.from(JSON.stringify(logs)),
            (out: Buffer) => JSON.parse(out.toString()) as LogsData,
          ],
        ] as const) {
          const view = scanOne(format, bytes)
          for (const [index, is_cut] of edits) {
            for (let event = 0; event < view.event_count; event++) {
              if (is_cut) view.cut(event, index)
              else view.replace(event, index, () => 'replaced')
            }
          }
          writeAll(view, format.fragment(RECORD))
          const out = expectedTexts(decode(format.splice(view, 0, 'b', 's')))
          assert.equal(out.length, view.event_count)
          for (const texts of out) {
            for (const [index] of edits)
              assert.ok(
                texts[index] === undefined || texts[index] === 'replaced',
                `${index} ${texts[index]}`,
              )
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})
