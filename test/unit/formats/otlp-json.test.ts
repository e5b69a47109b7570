import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldRead } from '#/core/view.ts'
import { attribute, eventId, formatOf, scanOne, value } from './harness.ts'

/** What only OTLP/JSON can get wrong: spelling, order, duplicates. */

const FIELDS: readonly FieldRead[] = [
  value('/attributes/a'),
  value('/resource/r'),
  value('/scope/name'),
  value('/body'),
]
const format = formatOf('otlp_json', FIELDS)

const inRecord = (record: string): string =>
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`

const read = (message: string): readonly (string | undefined)[] => {
  const view = scanOne(format, message)
  assert.equal(view.failure(0), undefined, message)
  return FIELDS.map((_, field) => view.values(0).text(field))
}
const readAttribute = (list: string): string | undefined =>
  read(inRecord(`{"attributes":${list}}`))[0]

const TAIL = `{"key":"attribution.event_id","value":{"stringValue":"${eventId(0)}"}}`
const FRAGMENT = format.fragment({ outcome: 'attributed', revision: 0 }).bytes.toString() + TAIL

const attributed = (record: string): string =>
  attribute(
    format,
    inRecord(record),
    format.fragment({ outcome: 'attributed', revision: 0 }),
  ).toString()

describe('otlp_json: where attributes are appended', () => {
  test('before the end of the list that is there, with a comma unless it is empty', () => {
    assert.equal(
      attributed('{"attributes":[{"key":"a"} ] , "x":1}'),
      inRecord(`{"attributes":[{"key":"a"} ,${FRAGMENT}] , "x":1}`),
    )
    assert.equal(attributed('{"attributes":[ ]}'), inRecord(`{"attributes":[ ${FRAGMENT}]}`))
  })

  test('in a new list where there is none', () => {
    assert.equal(attributed('{ }'), inRecord(`{ "attributes":[${FRAGMENT}]}`))
    assert.equal(attributed('{"x":1}'), inRecord(`{"x":1,"attributes":[${FRAGMENT}]}`))
    assert.equal(
      attributed('{"attributes":null}'),
      inRecord(`{"attributes":null,"attributes":[${FRAGMENT}]}`),
    )
  })

  test('in the last list where there are several, in any spelling', () => {
    assert.equal(
      attributed('{"attributes":[{"key":"a"}],"\\u0061ttributes":[{"key":"b"}]}'),
      inRecord(`{"attributes":[{"key":"a"}],"\\u0061ttributes":[{"key":"b"},${FRAGMENT}]}`),
    )
    assert.equal(
      attributed('{"attributes":[{"key":"a"}],"attributes":null}'),
      inRecord(`{"attributes":[{"key":"a"}],"attributes":null,"attributes":[${FRAGMENT}]}`),
    )
  })
})

describe('otlp_json: odd but valid', () => {
  test('space, order and escapes do not matter', () => {
    assert.equal(readAttribute('[ { "key" : "a" , "value" : { "stringValue" : "x" } } ]'), 'x')
    assert.equal(readAttribute('[{"value":{"stringValue":"x"},"key":"a"}]'), 'x')
    assert.equal(readAttribute('[{"key":"\\u0061","value":{"string\\u0056alue":"\\u0078"}}]'), 'x')
    assert.equal(
      readAttribute('[{"key":"a","more":[{"key":"a"}],"value":{"stringValue":"x"},"z":1}]'),
      'x',
    )
    assert.equal(readAttribute('[{"key":"a","value":{"stringValue":"x"},"z":{}}]'), 'x')
  })

  test('the last of duplicates counts at every level', () => {
    assert.equal(readAttribute('[{"key":"b","key":"a","value":{"stringValue":"x"}}]'), 'x')
    assert.equal(readAttribute('[{"key":"a","key":"b","value":{"stringValue":"x"}}]'), undefined)
    assert.equal(
      readAttribute('[{"key":"a","value":{"stringValue":"x"},"value":{"intValue":5}}]'),
      '5',
    )
    assert.equal(readAttribute('[{"key":"a","value":{"stringValue":"x","stringValue":"y"}}]'), 'y')
    assert.equal(
      read(inRecord('{"attributes":[{"key":"a","value":{"stringValue":"x"}}],"attributes":[]}'))[0],
      undefined,
    )
    assert.equal(
      read(
        '{"resourceLogs":[{"resource":{"attributes":[{"key":"r","value":{"stringValue":"old"}}]},"resource":{},"scopeLogs":[{"logRecords":[{}]}]}]}',
      )[1],
      undefined,
    )
    assert.equal(
      read(
        '{"resourceLogs":[{"resource":{"attributes":[{"key":"r","value":{"stringValue":"old"}}]},"resource":null,"scopeLogs":[{"logRecords":[{}]}]}]}',
      )[1],
      undefined,
    )
  })

  test('the last of duplicated lists of records counts', () => {
    const record = (text: string): string =>
      `{"attributes":[{"key":"a","value":{"stringValue":"${text}"}}]}`
    const scopes = (text: string): string => `[{"logRecords":[${record(text)},{}]}]`
    for (const message of [
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{},{}],"logRecords":[${record('x')},{}]}]}]}`,
      `{"resourceLogs":[{"scopeLogs":${scopes('no')},"scopeLogs":${scopes('x')}}]}`,
      `{"resourceLogs":[{"scopeLogs":${scopes('no')}}],"resourceLogs":[{"scopeLogs":${scopes('x')}}]}`,
    ]) {
      const view = scanOne(format, message)
      assert.equal(view.event_count, 2, message)
      assert.equal(view.values(0).text(0), 'x', message)
    }
  })

  test('a resource may stand behind its records', () => {
    const seen = read(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}],"scope":{"name":"n"}}],"resource":{"attributes":[{"key":"r","value":{"stringValue":"v"}}]}}]}',
    )
    assert.deepEqual(seen, [undefined, 'v', 'n', undefined])
  })

  test('numbers are read from numbers and from strings', () => {
    assert.equal(readAttribute('[{"key":"a","value":{"intValue":"12"}}]'), '12')
    assert.equal(readAttribute('[{"key":"a","value":{"intValue":12}}]'), '12')
    assert.equal(readAttribute('[{"key":"a","value":{"doubleValue":1.50}}]'), '1.50')
    assert.equal(readAttribute('[{"key":"a","value":{"doubleValue":"NaN"}}]'), 'NaN')
    const times = formatOf('otlp_json', [value('/timeUnixNano')])
    assert.equal(scanOne(times, inRecord('{"timeUnixNano":17}')).values(0).text(0), '17')
    assert.equal(scanOne(times, inRecord('{"timeUnixNano":"17"}')).values(0).text(0), '17')
  })

  test('a value that is no AnyValue is null', () => {
    for (const any of [
      '"x"',
      '5',
      'null',
      '{}',
      '{"other":1}',
      '{"stringValue":5}',
      '{"intValue":true}',
    ]) {
      const view = scanOne(format, inRecord(`{"attributes":[{"key":"a","value":${any}}]}`))
      assert.equal(view.values(0).type(0), 'null', any)
    }
  })

  test('nulls stand for what is absent', () => {
    assert.equal(scanOne(format, '{"resourceLogs":null}').isEmpty(0), true)
    assert.equal(scanOne(format, '{"resourceLogs":[{"scopeLogs":null}]}').isEmpty(0), true)
    assert.equal(
      scanOne(
        format,
        '{"resourceLogs":[{"resource":null,"scopeLogs":[{"scope":null,"logRecords":null}]}]}',
      ).isEmpty(0),
      true,
    )
  })

  test('reserved names are seen in any spelling and order', () => {
    const view = scanOne(
      format,
      inRecord(
        '{"attributes":[{"value":{},"key":"\\u0061ttribution.x"}, {"key":"a"} ,{"key" :"attribution"}]}',
      ),
    )
    assert.equal(view.forged(0), 2)
    assert.equal(
      format.splice(view, 0, 'b', 's').toString(),
      inRecord('{"attributes":[ {"key":"a"} ]}'),
    )
  })

  test('what a duplicate hides is redacted with the rest', () => {
    const logs = formatOf('otlp_json', [value('/resource/r', 'reads')])
    const secret = (text: string): string =>
      `{"attributes":[{"key":"r","value":{"stringValue":"${text}"}}]}`
    const view = scanOne(
      logs,
      `{"resourceLogs":[{"resource":${secret('s1')},"resource":${secret('s2')},"scopeLogs":[{"logRecords":[{}]}]}]}`,
    )
    view.cut(0, 0)
    const out = logs.splice(view, 0, 'b', 's').toString()
    assert.doesNotMatch(out, /s1|s2/)
    assert.deepEqual(JSON.parse(out), {
      resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords: [{}] }] }],
    })
  })
})

describe('otlp_json: what cannot be read', () => {
  test('JSON that is no OTLP has the wrong shape', () => {
    for (const text of [
      '{}',
      '[]',
      '5',
      '{"resource_logs":[]}',
      '{"resourceSpans":[]}',
      '{"resourceLogs":{}}',
      '{"resourceLogs":[1]}',
      '{"resourceLogs":[{"scopeLogs":"x"}]}',
      inRecord('5'),
      inRecord('{"attributes":{}}'),
      inRecord('{"attributes":[5]}'),
      '{"resourceLogs":[{"resource":5}]}',
    ]) {
      assert.equal(scanOne(format, text).failure(0), 'wrong_shape', text)
    }
  })

  test('what is no JSON is malformed, wherever it breaks', () => {
    for (const record of [
      '{"attributes":[}',
      '{"attributes":[{]}',
      '{"attributes":[{}',
      '{"attributes":[{},]}',
      '{"attributes":[{"key"}]}',
      '{"attributes":[{"key":"a"]}',
      '{"attributes":[{"key":"a","value":{"stringValue":"x}}]}',
      '{"attributes":[{"key":"a","value":{"stringValue":"\\x"}}]}',
      '{"attributes":[{"key":"a","value":{"intValue":1x}}]}',
      '{"attributes":[{"key":"z","value":{"intValue":1]}]}',
      '{"attributes":[{"key":"a",}]}',
      '{"attributes":[{"key":"a" "value":1}]}',
      '{"attributes":[{"key":"a","value":}]}',
      '{"attributes":[{"key":"a","value":{"stringValue":}}]}',
      '{"body":{"stringValue":"x"}',
      '{"body":{"stringValue" "x"}}',
      '{"attributes":5',
    ]) {
      const text = inRecord(record)
      assert.throws(() => JSON.parse(text), SyntaxError, text)
      assert.equal(scanOne(format, text).failure(0), 'malformed', text)
    }
  })

  test('nesting has a limit in every kind of place', () => {
    const failureAt = (depth_max: number, record: string) =>
      scanOne(formatOf('otlp_json', FIELDS, { depth_max }), inRecord(record)).failure(0)
    // The record is level 7, an attribute list 8, its KeyValue 9, the AnyValue 10.
    for (const [record, levels] of [
      ['{"x":[[]]}', 9],
      ['{"x":[[[]]]}', 10],
      ['{"attributes":[{}]}', 9],
      ['{"attributes":[{"key":"a","value":{}}]}', 10],
      ['{"attributes":[{"key":"a","value":{"arrayValue":{}}}]}', 11],
      ['{"attributes":[{"key":"z","value":{"arrayValue":{}}}]}', 11],
      ['{"attributes":[{ "key":"a","value":{"arrayValue":{}}}]}', 11],
      ['{"attributes":[{"key":"a","x":[[]]}]}', 11],
      ['{"body":{"kvlistValue":{}}}', 9],
    ] as const) {
      assert.equal(failureAt(levels, record), undefined, record)
      assert.equal(failureAt(levels - 1, record), 'limit_exceeded', record)
    }
  })
})
