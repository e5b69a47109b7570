import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import protobuf from 'protobufjs'
import type { FieldRead, FormatOptions, OtlpSignal } from '#/core/view.ts'
import {
  attribute,
  formatOf,
  ID_BASE,
  ID_STAMP,
  RECORD,
  scanAll,
  scanOne,
  value,
  writeAll,
} from './harness.ts'
import { encodeLogs, field, text, varint, type KeyValue } from './otlp.ts'

/** Spans in both OTLP encodings, with protobufjs as the yardstick. The text is a shortened trace/v1/trace.proto. */
const PROTO = `
syntax = "proto3";
package otlp;
message AnyValue { oneof value { string string_value = 1; int64 int_value = 3; ArrayValue array_value = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Scope { string name = 1; string version = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1;
  bytes span_id = 2;
  string trace_state = 3;
  bytes parent_span_id = 4;
  string name = 5;
  int32 kind = 6;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9;
  uint32 dropped_attributes_count = 10;
  repeated Event events = 11;
  Status status = 15;
}
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message TracesData { repeated ResourceSpans resource_spans = 1; }
`
const TRACES_DATA = protobuf.parse(PROTO).root.lookupType('otlp.TracesData')

interface Span {
  readonly traceId?: string
  readonly spanId?: string
  readonly parentSpanId?: string
  readonly name?: string
  readonly kind?: number
  readonly startTimeUnixNano?: string
  readonly endTimeUnixNano?: string
  readonly attributes?: readonly KeyValue[]
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[]
}

const TRACE_ID = '7d3c2f0b8a5e4d119c1f0e6b2a7d9c31'
const SPAN_ID = 'a000000000000003'
const CHAT: Span = {
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  parentSpanId: 'a000000000000002',
  name: 'chat é',
  kind: 3,
  startTimeUnixNano: '1795089612000000000',
  endTimeUnixNano: '1795089615000000000',
  attributes: [text('a', 'x'), text('attribution.outcome', 'forged')],
  events: [{ name: 'e', attributes: [text('a', 'of an event')] }],
}

function traces(...spans: readonly Span[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 's')] },
        scopeSpans: [{ scope: { name: 'lib' }, spans }],
      },
    ],
  }
}

const FIELDS: readonly FieldRead[] = [
  value('/attributes/a'),
  value('/resource/service.name'),
  value('/scope/name'),
  value('/startTimeUnixNano', 'reads'),
  value('/endTimeUnixNano', 'presence'),
  value('/name', 'reads'),
  value('/kind', 'reads'),
  value('/traceId', 'reads'),
  value('/spanId', 'reads'),
  value('/parentSpanId', 'reads'),
]
const EXPECTED = [
  'x',
  's',
  'lib',
  '1795089612000000000',
  '1795089615000000000',
  'chat é',
  '3',
  TRACE_ID,
  SPAN_ID,
  'a000000000000002',
]

const IDS = ['traceId', 'spanId', 'parentSpanId'] as const

/** protobufjs reads bytes as base64, OTLP/JSON writes ids as hex. */
function encodeTraces(spans: readonly Span[]): Buffer {
  const with_bytes = spans.map((span) => ({
    ...span,
    ...Object.fromEntries(
      IDS.flatMap((name) => {
        const id = span[name]
        return id === undefined ? [] : [[name, Buffer.from(id, 'hex').toString('base64')]]
      }),
    ),
  }))
  return Buffer.from(TRACES_DATA.encode(TRACES_DATA.fromObject(traces(...with_bytes))).finish())
}

/** Attributes of each span that leaves. */
function attributesOf(encoding: 'otlp_json' | 'otlp_proto', bytes: Buffer): string[][] {
  const message =
    encoding === 'otlp_json'
      ? JSON.parse(bytes.toString())
      : TRACES_DATA.toObject(TRACES_DATA.decode(bytes), { longs: String })
  const groups = message.resourceSpans as { scopeSpans: { spans: Span[] }[] }[]
  return groups.flatMap((group) =>
    group.scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes = [] }) =>
        attributes.map(({ key, value: any }) => `${key}=${any?.stringValue ?? '…'}`),
      ),
    ),
  )
}

for (const encoding of ['otlp_json', 'otlp_proto'] as const) {
  const encode = (...spans: readonly Span[]): Buffer =>
    encoding === 'otlp_json' ? Buffer.from(JSON.stringify(traces(...spans))) : encodeTraces(spans)
  const formatFor = (signals: readonly OtlpSignal[], more: Partial<FormatOptions> = {}) =>
    formatOf(encoding, FIELDS, { signals, ...more })

  describe(`${encoding}: spans`, () => {
    test('members, attributes, resource and scope are read', () => {
      for (const signals of [['traces'], ['logs', 'traces']] as const) {
        const view = scanOne(formatFor(signals), encode(CHAT, {}))
        assert.equal(view.failure(0), undefined)
        assert.equal(view.event_count, 2)
        assert.equal(view.forged(0), 1)
        const values = view.values(0)
        assert.deepEqual(
          FIELDS.map((_, index) => values.text(index)),
          EXPECTED,
        )
        assert.equal(view.values(1).type(3), undefined)
      }
    })

    test('attribution is appended to the attributes of each span, forged ones go', () => {
      const format = formatFor(['traces'])
      const out = attribute(format, encode(CHAT, { name: 'bare' }))
      const [first = [], second = []] = attributesOf(encoding, out)
      assert.equal(first[0], 'a=x')
      assert.ok(!first.some((attribute_text) => attribute_text.endsWith('=forged')))
      for (const [index, attributes] of [first, second].entries()) {
        assert.ok(attributes.includes('attribution.owner.id=team:payments'))
        assert.ok(attributes.includes(`attribution.event_id=${ID_BASE}/${index}@${ID_STAMP}`))
      }
    })

    test('the time asked for is appended to spans, too', () => {
      const format = formatFor(['traces'])
      const fragment = { ...format.fragment(RECORD), as_of_ms: 0 }
      const out = attribute(format, encode(CHAT), fragment)
      assert.ok(
        attributesOf(encoding, out)[0]?.includes('attribution.as_of=1970-01-01T00:00:00.000Z'),
      )
    })

    test('without anything appended the bytes are the same', () => {
      const plain = { ...CHAT, attributes: [text('a', 'x')] }
      const format = formatFor(['logs', 'traces'])
      const message = encode(plain, plain)
      const view = scanOne(format, message)
      assert.ok(format.splice(view, 0, ID_BASE, ID_STAMP).equals(message))
    })

    test('what is redacted leaves the message', () => {
      const format = formatFor(['traces'])
      const view = scanOne(format, encode(CHAT))
      assert.equal(view.cut(0, 3), 1)
      assert.equal(
        view.replace(0, 5, () => 'hidden'),
        1,
      )
      assert.equal(
        view.replace(0, 0, () => 'hidden'),
        1,
      )
      const out = format.splice(view, 0, ID_BASE, ID_STAMP)
      assert.equal(scanOne(format, out).values(0).text(3), undefined)
      assert.ok(!out.includes('chat é'))
      assert.deepEqual(attributesOf(encoding, out), [['a=hidden']])
    })

    test('log records and spans are told apart, and only what is asked for is read', () => {
      const log = { timeUnixNano: '5', attributes: [text('a', 'log')] }
      const data = { resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] }
      const logs = encoding === 'otlp_json' ? Buffer.from(JSON.stringify(data)) : encodeLogs(data)
      const spans = encode(CHAT)
      const both = formatFor(['logs', 'traces'])
      const view = scanAll(both, [logs, spans, logs])
      assert.deepEqual(
        [0, 1, 2].map((event) => view.values(event).text(0)),
        ['log', 'x', 'log'],
      )
      writeAll(view, both.fragment(RECORD))
      assert.ok(
        attributesOf(encoding, both.splice(view, 1, ID_BASE, ID_STAMP))[0]?.includes(
          'attribution.method=credential',
        ),
      )
      assert.equal(scanOne(formatFor(['traces']), logs).failure(0), 'wrong_shape')
      const only_logs = formatOf(encoding, [value('/attributes/a')])
      assert.equal(scanOne(only_logs, spans).failure(0), 'wrong_shape')
    })

    test('a message without spans is empty', () => {
      const view = scanOne(formatFor(['traces']), encode())
      assert.ok(view.isEmpty(0))
    })

    test('fields of log records are no fields of spans', () => {
      assert.throws(() => formatOf(encoding, [value('/body')], { signals: ['traces'] }), {
        code: 'config_invalid',
      })
    })
  })
}

describe('otlp_proto: spans that no encoder writes', () => {
  const format = formatOf('otlp_proto', FIELDS, { signals: ['traces'] })
  const span = (...pieces: readonly Buffer[]): Buffer =>
    field(1, field(2, field(2, Buffer.concat(pieces))))

  test('members of the wrong wire type are unknown fields', () => {
    const message = span(
      varint(1 * 8),
      varint(5),
      varint(5 * 8),
      varint(1),
      field(9, field(1, 'a')),
    )
    const values = scanOne(format, message).values(0)
    assert.equal(values.text(5), undefined)
    assert.equal(values.text(7), undefined)
    assert.doesNotThrow(() => TRACES_DATA.decode(attribute(format, message)))
  })

  test('a span that ends early is malformed', () => {
    const whole = encodeTraces([CHAT])
    assert.equal(scanOne(format, whole.subarray(0, whole.length - 3)).failure(0), 'malformed')
  })
})
