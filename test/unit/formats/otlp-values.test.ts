/** What both OTLP encodings promise alike. Ids and bytes are hex in OTLP/JSON, base64 in what protobufjs takes. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WhosecallError } from '#/core/errors.ts'
import type { Format } from '#/core/view.ts'
import { attribute, formatOf, LIMITS, numberIn, scanAll, scanOne, value } from './harness.ts'
import {
  decodeLogs,
  encodeLogs,
  LOGS_DATA,
  oneRecord,
  text,
  type AnyValue,
  type KeyValue,
  type LogRecord,
  type LogsData,
} from './otlp.ts'
import {
  FIELDS,
  A,
  SERVICE,
  SCOPE,
  EVENT,
  TIME,
  OBSERVED,
  BODY,
  SEVERITY,
  TRACE,
  SPAN,
  L,
  M,
  ATTRIBUTES,
  RESOURCE,
  NAMES,
  DIALECTS,
  appended,
  firstRecord,
} from './otlp-dialects.ts'

for (const { encoding, encode, decode } of DIALECTS) {
  const format = formatOf(encoding, FIELDS)
  const scan = (record: LogRecord, resource: readonly KeyValue[] = [], on: Format = format) =>
    scanOne(on, encode(oneRecord(record, resource)))
  const scanAttributes = (...attributes: readonly KeyValue[]) => scan({ attributes }).values(0)

  describe(`${encoding}: values`, () => {
    test('members of the record, its resource and its scope are read', () => {
      const id = Buffer.from('5b8efff798038103d269b633813fc60c', 'hex')
      const in_dialect = (bytes: Buffer): string =>
        encoding === 'otlp_json' ? bytes.toString('hex') : bytes.toString('base64')
      const logs: LogsData = {
        resourceLogs: [
          {
            resource: { attributes: [text('service.name', 'svc'), text('Team', 'r')] },
            scopeLogs: [
              {
                scope: { name: 'sdk', version: '1' },
                logRecords: [
                  {
                    timeUnixNano: '1795089601000000001',
                    observedTimeUnixNano: '18446744073709551615',
                    severityText: 'INFO',
                    body: { stringValue: 'hello' },
                    traceId: in_dialect(id),
                    spanId: in_dialect(id.subarray(0, 8)),
                    eventName: 'call',
                    attributes: [text('a', 'ä')],
                  },
                ],
              },
            ],
          },
        ],
      }
      const reader = scanOne(format, encode(logs)).values(0)
      assert.equal(reader.text(A!), 'ä')
      assert.equal(reader.text(SERVICE!), 'svc')
      assert.equal(reader.text(SCOPE!), 'sdk')
      assert.equal(reader.text(EVENT!), 'call')
      assert.equal(reader.text(TIME!), '1795089601000000001')
      assert.equal(reader.text(OBSERVED!), '18446744073709551615')
      assert.equal(reader.text(BODY!), 'hello')
      assert.equal(reader.text(SEVERITY!), 'INFO')
      assert.equal(reader.text(TRACE!), '5b8efff798038103d269b633813fc60c')
      assert.equal(reader.text(SPAN!), '5b8efff798038103')
      assert.deepEqual(reader.tags(RESOURCE!), { tags: [['team', 'r']], lost: false })
    })

    test('every kind of AnyValue has its type, and scalars their text', () => {
      const cases: readonly (readonly [AnyValue, string | undefined, string | undefined])[] = [
        [{ stringValue: '' }, '', 'string'],
        [{ stringValue: 'q"\\\n😀' }, 'q"\\\n😀', 'string'],
        [{ intValue: '9223372036854775807' }, '9223372036854775807', 'number'],
        [{ intValue: '-42' }, '-42', 'number'],
        [{ intValue: 7 }, '7', 'number'],
        [{ doubleValue: 0.25 }, '0.25', 'number'],
        [{ boolValue: true }, undefined, 'boolean'],
        [{ boolValue: false }, undefined, 'boolean'],
        [{ arrayValue: { values: [] } }, undefined, 'array'],
        [{ kvlistValue: { values: [] } }, undefined, 'object'],
        [{ bytesValue: 'AAE=' }, undefined, 'bytes'],
        [{}, undefined, 'null'],
      ]
      for (const [any, expected, type] of cases) {
        const reader = scanAttributes({ key: 'a', value: any })
        assert.equal(reader.text(A!), expected, JSON.stringify(any))
        assert.equal(reader.type(A!), type, JSON.stringify(any))
      }
    })

    test('an attribute without a value is null, one that is absent is nothing', () => {
      assert.equal(scanAttributes({ key: 'a' }).type(A!), 'null')
      assert.equal(scanAttributes({ key: 'b' }).type(A!), undefined)
    })

    test('of a key that stands twice the last counts, and both are counted', () => {
      const reader = scanAttributes(
        text('a', '1'),
        text('b', 'x'),
        text('a', '2'),
        text('TEAM', 'p'),
        text('TEAM', 'q'),
      )
      assert.equal(reader.text(A!), '2')
      assert.equal(reader.occurrences(A!), 2)
      assert.deepEqual(reader.tags(ATTRIBUTES!).tags, [
        ['team', 'p'],
        ['team', 'q'],
      ])
    })

    test('numbers are read whatever they are spelled as', () => {
      const number = (counted: KeyValue) => numberIn(scanAttributes(counted), A!)
      assert.equal(number({ key: 'a', value: { intValue: '12' } }), 12)
      assert.equal(number({ key: 'a', value: { intValue: '123456789012' } }), 123456789012)
      assert.equal(number({ key: 'a', value: { intValue: '-3' } }), -3)
      assert.equal(number({ key: 'a', value: { doubleValue: 1.5 } }), 1.5)
      assert.equal(number(text('a', '0.039')), 0.039)
      assert.equal(number(text('a', 'x')), NaN)
    })

    test('a list gives its scalar items, a scalar itself', () => {
      const values: readonly AnyValue[] = [
        { stringValue: 'x' },
        { intValue: '9007199254740993' },
        { boolValue: true },
        {},
      ]
      assert.deepEqual(scanAttributes({ key: 'l', value: { arrayValue: { values } } }).list(L!), [
        'x',
        '9007199254740993',
      ])
      assert.deepEqual(scanAttributes(text('l', 'one')).list(L!), ['one'])
      assert.deepEqual(scanAttributes({ key: 'l', value: { boolValue: true } }).list(L!), [])
    })

    test('a map is a key-value list, a JSON text, or a list of pairs', () => {
      const tags = (any: AnyValue) => scanAttributes({ key: 'm', value: any }).tags(M!)
      const both = {
        tags: [
          ['team', 'x'],
          ['user', '9007199254740993'],
        ],
        lost: false,
      }
      const pairs: readonly KeyValue[] = [
        text('Team', 'x'),
        { key: 'other', value: {} },
        { key: 'user', value: { intValue: '9007199254740993' } },
      ]
      assert.deepEqual(tags({ kvlistValue: { values: pairs } }), both)
      assert.deepEqual(tags({ stringValue: '{"Team":"x","user":9007199254740993,"z":[]}' }), both)
      assert.deepEqual(
        tags({
          arrayValue: {
            values: [{ stringValue: 'team:x' }, { stringValue: 'user:9007199254740993' }],
          },
        }),
        both,
      )
      assert.deepEqual(tags({ stringValue: '{"team' }), { tags: [], lost: true })
    })

    test('names are tags of attributes that have a value', () => {
      assert.deepEqual(scanAttributes(text('mcp.a', 'x'), text('mcp.b', '')).list(NAMES!), ['mcp'])
      assert.deepEqual(scanAttributes({ key: 'mcp.a' }, text('x', '')).list(NAMES!), [])
      assert.deepEqual(scanAttributes(text('mcp.a', '-'), text('mcp.b', '')).list(NAMES!), [])
    })

    test('a field that OTLP does not have is an error of the configuration', () => {
      for (const path of [
        '',
        '/metadata',
        '/attributes/a/b',
        '/scope',
        '/body/x',
        '/resource',
        'a',
      ]) {
        assert.throws(() => formatOf(encoding, [value(path)]), WhosecallError, path)
      }
    })
  })

  describe(`${encoding}: shapes and limits`, () => {
    const record: LogRecord = { attributes: [text('a', '1')] }
    const groups = (counts: readonly (readonly number[])[]): LogsData => ({
      resourceLogs: counts.map((scopes, r) => ({
        resource: { attributes: [text('service.name', `svc${r}`)] },
        scopeLogs: scopes.map((count, s) => ({
          scope: { name: `scope${r}${s}` },
          logRecords: Array.from({ length: count }, (_, i) => ({
            attributes: [text('a', `${r}${s}${i}`)],
          })),
        })),
      })),
    })

    test('each record is an event and knows its own resource and scope', () => {
      const view = scanAll(format, [encode(groups([[2, 0, 1], [], [1]])), encode(groups([[1]]))])
      const seen = Array.from({ length: view.event_count }, (_, event) => {
        const reader = view.values(event)
        return [reader.text(A!), reader.text(SERVICE!), reader.text(SCOPE!)].join(' ')
      })
      assert.deepEqual([...view.event_starts.subarray(0, 3)], [0, 4, 5])
      assert.deepEqual(seen, [
        '000 svc0 scope00',
        '001 svc0 scope00',
        '020 svc0 scope02',
        '200 svc2 scope20',
        '000 svc0 scope00',
      ])
    })

    test('a message without records is empty', () => {
      for (const logs of [{ resourceLogs: [] }, groups([[]]), groups([[0, 0], [0]])]) {
        const view = scanOne(format, encode(logs))
        assert.equal(view.failure(0), undefined)
        assert.equal(view.isEmpty(0), true)
        assert.equal(view.event_count, 0)
      }
    })

    test('bytes and events have limits', () => {
      const limited = formatOf(encoding, FIELDS, { events_max: 2, message_bytes_max: 2000 })
      assert.equal(scanOne(limited, encode(groups([[1], [1]]))).failure(0), undefined)
      assert.equal(scanOne(limited, encode(groups([[1], [2]]))).failure(0), 'limit_exceeded')
      assert.equal(
        scan({ body: { stringValue: 'x'.repeat(2000) } }, [], limited).failure(0),
        'limit_exceeded',
      )
    })

    test('a truncated message is malformed and has no events', () => {
      const bytes = encode(groups([[2], [1]]))
      for (const cut of [1, 2, 5, 20, bytes.length >> 1]) {
        const view = scanOne(format, bytes.subarray(0, bytes.length - cut))
        assert.equal(view.failure(0), 'malformed', String(cut))
        assert.equal(view.event_count, 0)
      }
    })

    test('a Confluent frame is read over and kept', () => {
      const frames = encoding === 'otlp_json' ? [[]] : [[], [0], [2, 0], [4, 1, 2]]
      for (const indexes of frames) {
        const frame = Buffer.from([0, 0, 0, 0, 9, ...indexes])
        const out = attribute(format, Buffer.concat([frame, encode(oneRecord(record))]))
        assert.deepEqual(out.subarray(0, frame.length), frame)
        assert.deepEqual(firstRecord(decode(out.subarray(frame.length))).attributes, [
          text('a', '1'),
          ...appended(0),
        ])
      }
    })
  })

  describe(`${encoding}: identities`, () => {
    const logs = (service: string, scope: string, a: string, other = ''): Buffer =>
      encode({
        resourceLogs: [
          {
            resource: { attributes: [text('service.name', service), text('pid', other)] },
            scopeLogs: [
              {
                scope: { name: scope },
                logRecords: [
                  {
                    body: { stringValue: 'b' + other },
                    attributes: [text('a', a), text('z', other)],
                  },
                ],
              },
            ],
          },
        ],
      })

    test('they take in the resource and the scope, and nothing that does not decide', () => {
      const view = scanAll(format, [
        logs('s', 'n', '1'),
        logs('s', 'n', '1', 'other'),
        logs('t', 'n', '1'),
        logs('s', 'm', '1'),
        logs('s', 'n', '2'),
        encode(oneRecord({ attributes: [text('a', '1')] })),
      ])
      assert.deepEqual(
        Array.from({ length: 6 }, (_, event) => view.identity(event)),
        [0, 0, 1, 2, 3, 4],
      )
    })

    test('a key that stands twice makes another identity', () => {
      const once = encode(oneRecord({ attributes: [text('a', '1')] }))
      const twice = encode(oneRecord({ attributes: [text('a', '1'), text('a', '1')] }))
      const view = scanAll(format, [once, twice])
      assert.notEqual(view.identity(0), view.identity(1))
    })
  })
}

test('the yardstick itself round-trips', () => {
  const logs = oneRecord({ attributes: [text('a', '1')] })
  assert.deepEqual(LOGS_DATA.verify(decodeLogs(encodeLogs(logs))), null)
  assert.ok(LIMITS.depth_max > 0)
})
