import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldRead } from '#/core/view.ts'
import { attribute, eventId, formatOf, scanOne, value } from './harness.ts'
import {
  decodeLogs,
  encodeLogs,
  field,
  LOGS_DATA,
  oneRecord,
  record,
  text,
  varint,
} from './otlp.ts'

/** What only protobuf can get wrong: pieces, unknown fields, odd encodings. */

const FIELDS: readonly FieldRead[] = [
  value('/attributes/a'),
  value('/resource/r'),
  value('/scope/name'),
  value('/body'),
  { path: '/attributes/l', shape: 'list', use: 'decides' },
  value('/timeUnixNano'),
  value('/severityNumber'),
]
const format = formatOf('otlp_proto', FIELDS)

const any = (string_value: string): Buffer => field(1, string_value)
const pair = (key: string, value_bytes: Buffer): Buffer =>
  Buffer.concat([field(1, key), field(2, value_bytes)])
const attributeField = (key: string, string_value: string): Buffer =>
  field(6, pair(key, any(string_value)))

const texts = (message: Buffer): readonly (string | undefined)[] => {
  const view = scanOne(format, message)
  assert.equal(view.failure(0), undefined)
  return FIELDS.map((_, index) => view.values(0).text(index))
}

describe('otlp_proto: odd but valid', () => {
  test('the value may stand before the key', () => {
    const [a] = texts(record(field(6, Buffer.concat([field(2, any('x')), field(1, 'a')]))))
    assert.equal(a, 'x')
  })

  test('a value in pieces is one value: the last piece that says something counts', () => {
    const pieces = (...values: readonly Buffer[]): Buffer =>
      record(field(6, Buffer.concat([field(1, 'a'), ...values.map((bytes) => field(2, bytes))])))
    assert.equal(texts(pieces(any('x'), any('y')))[0], 'y')
    assert.equal(texts(pieces(any('x'), Buffer.alloc(0)))[0], 'x')
    assert.equal(texts(pieces(any('x'), Buffer.from([0x18, 5])))[0], '5')
    const list = (item: string): Buffer => field(5, field(1, any(item)))
    const split = record(
      field(6, Buffer.concat([field(1, 'l'), field(2, list('x')), field(2, list('y'))])),
    )
    assert.deepEqual(scanOne(format, split).values(0).list(4), ['x', 'y'])
  })

  test('a body in pieces is one body', () => {
    assert.equal(texts(record(field(5, any('x')), field(5, Buffer.alloc(0))))[3], 'x')
    assert.equal(texts(record(field(5, any('x')), field(5, any('y'))))[3], 'y')
  })

  test('a resource in pieces, before and behind its records, is one resource', () => {
    const message = field(
      1,
      Buffer.concat([
        field(1, field(1, pair('r', any('first')))),
        field(2, Buffer.concat([field(2, attributeField('a', 'x')), field(1, field(1, 'n'))])),
        field(1, field(1, pair('r', any('last')))),
      ]),
    )
    const view = scanOne(format, message)
    assert.deepEqual(
      FIELDS.slice(0, 3).map((_, index) => view.values(0).text(index)),
      ['x', 'last', 'n'],
    )
    assert.equal(view.values(0).occurrences(1), 2)
    view.cut(0, 1)
    view.write(0, format.fragment({ outcome: 'attributed', revision: 0 }))
    const out = decodeLogs(format.splice(view, 0, 'src/topic/0/5', '1795089600000'))
    assert.deepEqual(out.resourceLogs![0]!.resource, {})
    assert.deepEqual(
      out.resourceLogs![0]!.scopeLogs![0]!.logRecords![0]!.attributes!.at(-1),
      text('attribution.event_id', eventId(0)),
    )
  })

  test('unknown fields of every wire type are kept where they stand', () => {
    const unknown = Buffer.concat([
      varint(50 * 8),
      varint(300),
      varint(51 * 8 + 1),
      Buffer.alloc(8, 1),
      field(52, 'bytes'),
      varint(53 * 8 + 3),
      varint(8),
      varint(1),
      varint(2 * 8 + 3),
      varint(2 * 8 + 4),
      varint(53 * 8 + 4),
      varint(54 * 8 + 5),
      Buffer.alloc(4, 2),
    ])
    const message = Buffer.concat([
      unknown,
      field(
        1,
        Buffer.concat([
          unknown,
          field(
            2,
            Buffer.concat([
              unknown,
              field(2, Buffer.concat([unknown, attributeField('a', 'x'), unknown])),
            ]),
          ),
        ]),
      ),
      unknown,
    ])
    assert.equal(texts(message)[0], 'x')
    const out = attribute(format, message)
    assert.equal(out.subarray(0, unknown.length).equals(unknown), true)
    assert.equal(out.subarray(-unknown.length).equals(unknown), true)
    assert.doesNotThrow(() => LOGS_DATA.decode(out))
  })

  test('a member of the wrong wire type is an unknown field', () => {
    const seen = texts(
      record(
        varint(1 * 8),
        varint(5),
        field(2, 'x'),
        varint(6 * 8),
        varint(1),
        varint(5 * 8),
        varint(1),
      ),
    )
    assert.deepEqual(seen.slice(3), [undefined, undefined, undefined, undefined])
  })

  test('numbers are signed 64-bit, whatever their length', () => {
    const int = (bytes: readonly number[]): string | undefined =>
      texts(record(field(6, pair('a', Buffer.from([0x18, ...bytes])))))[0]
    assert.equal(int([0x00]), '0')
    assert.equal(int([0xff, 0xff, 0xff, 0xff, 0x0f]), '4294967295')
    assert.equal(int([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), '-1')
    assert.equal(
      int([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
      '-9223372036854775808',
    )
    assert.equal(int([0x81, 0x80, 0x80, 0x00]), '1')
    assert.equal(texts(record(Buffer.from([0x10, 9])))[6], '9')
  })

  test('lengths and tags that are longer than they need be are read, and kept where nothing changes', () => {
    const long = (bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.from([0x92, 0x80, 0x00, 0x80 | bytes.length, 0x80, 0x00]), bytes])
    const inner = attributeField('a', 'x')
    const message = field(1, long(long(inner)))
    assert.equal(texts(message)[0], 'x')
    const view = scanOne(format, message)
    assert.deepEqual(format.splice(view, 0, 'b', 's'), message)
    const tagged = record(
      Buffer.concat([
        Buffer.from([0xb2, 0x00]),
        varint(pair('a', any('y')).length),
        pair('a', any('y')),
      ]),
    )
    assert.equal(texts(tagged)[0], 'y')
  })

  test('an empty message and one of unknown fields only are empty', () => {
    for (const message of [Buffer.alloc(0), field(9, 'x')]) {
      const view = scanOne(format, message)
      assert.equal(view.failure(0), undefined)
      assert.equal(view.isEmpty(0), true)
    }
  })
})

describe('otlp_proto: what cannot be read', () => {
  const good = encodeLogs(
    oneRecord({ attributes: [text('a', 'x')], body: { stringValue: 'b' } }, [text('r', 'v')]),
  )

  test('JSON and other text are malformed', () => {
    for (const message of [
      '{"resourceLogs":[]}',
      '[{}]',
      '{}',
      '{"a":1}',
      'hello world, this is no protobuf',
    ]) {
      assert.equal(scanOne(format, message).failure(0), 'malformed', message)
    }
  })

  test('field 0, open groups, stray ends and unknown wire types are malformed', () => {
    for (const bytes of [
      [0x00, 0x01],
      [0x07],
      [0x0e],
      [0x0c],
      [0x4b],
      [0x4b, 0x54],
      [0x4b, 0x08],
      [0x80, 0x80, 0x80, 0x80, 0x10],
    ]) {
      assert.equal(
        scanOne(format, Buffer.from([...good, ...bytes])).failure(0),
        'malformed',
        String(bytes),
      )
      assert.equal(
        scanOne(format, record(Buffer.from(bytes))).failure(0),
        'malformed',
        String(bytes),
      )
    }
  })

  test('a number longer than ten bytes is malformed', () => {
    assert.equal(
      scanOne(format, record(Buffer.from([0x18, ...Array<number>(10).fill(0x80), 0x01]))).failure(
        0,
      ),
      'malformed',
    )
  })

  test('a length that leaves its message is malformed', () => {
    for (const bytes of [
      [0x32, 0x05, 0x0a],
      [0x32, 0x80],
      [0x09, 1, 2],
      [0x5a, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x32, 0x04, 0x0a, 0x01, 0x61, 0x12],
    ]) {
      assert.equal(
        scanOne(format, record(Buffer.from(bytes))).failure(0),
        'malformed',
        String(bytes),
      )
    }
    const value_outside = record(
      field(6, Buffer.concat([field(1, 'a'), field(2, Buffer.from([0x0a, 0x09, 0x78]))])),
    )
    assert.equal(scanOne(format, value_outside).failure(0), 'malformed')
  })

  test('groups nest to a limit', () => {
    const nested = (levels: number): Buffer =>
      Buffer.concat([Buffer.alloc(levels, 9 * 8 + 3), Buffer.alloc(levels, 9 * 8 + 4)])
    assert.equal(scanOne(format, record(nested(100))).failure(0), undefined)
    assert.equal(scanOne(format, record(nested(8192))).failure(0), 'limit_exceeded')
  })
})
