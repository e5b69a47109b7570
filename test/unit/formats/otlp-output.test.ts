/** What both OTLP encodings promise alike. Ids and bytes are hex in OTLP/JSON, base64 in what protobufjs takes. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Format } from '#/core/view.ts'
import { attribute, eventId, formatOf, RECORD, scanOne, writeAll } from './harness.ts'
import { oneRecord, text, type KeyValue, type LogRecord, type LogsData } from './otlp.ts'
import {
  FIELDS,
  A,
  SERVICE,
  BODY,
  SEVERITY,
  DIALECTS,
  appended,
  firstRecord,
} from './otlp-dialects.ts'

for (const { encoding, encode, decode } of DIALECTS) {
  const format = formatOf(encoding, FIELDS)
  const scan = (record: LogRecord, resource: readonly KeyValue[] = [], on: Format = format) =>
    scanOne(on, encode(oneRecord(record, resource)))

  describe(`${encoding}: what is written`, () => {
    test('attributes are appended to each record and nothing else changes', () => {
      const logs: LogsData = {
        resourceLogs: [
          {
            resource: { attributes: [text('service.name', 's')] },
            scopeLogs: [{ logRecords: [{ attributes: [text('a', '1')] }, {}] }],
          },
          { scopeLogs: [{ scope: { name: 'n' }, logRecords: [{ eventName: 'e' }] }] },
        ],
      }
      const out = decode(attribute(format, encode(logs)))
      const expected = structuredClone(decode(encode(logs))) as {
        resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[]
      }
      const records = expected.resourceLogs.flatMap((r) => r.scopeLogs).flatMap((s) => s.logRecords)
      records.forEach((record, index) => {
        Object.assign(record, { attributes: [...(record.attributes ?? []), ...appended(index)] })
      })
      assert.deepEqual(out, expected)
    })

    test('a time that no clock shows leaves the message whole', () => {
      for (const [as_of_ms, text_of] of [
        [1e16, '9999-12-31T23:59:59.999Z'],
        [-1e16, '0000-01-01T00:00:00.000Z'],
      ] as const) {
        const view = scan({})
        view.write(0, { ...format.fragment(RECORD), as_of_ms })
        const attributes = firstRecord(decode(format.splice(view, 0, 'b', 's'))).attributes
        assert.deepEqual(attributes?.at(-1), text('attribution.as_of', text_of))
      }
    })

    test('a bare message has nothing of what was attached, and no record has bytes of its own', () => {
      const bytes = encode(oneRecord({ attributes: [text('a', '1')] }))
      const view = scanOne(format, bytes)
      writeAll(view, format.fragment(RECORD))
      assert.equal(view.eventBytes(0), undefined)
      assert.deepEqual(format.bare(view, 0), bytes)
      assert.notDeepEqual(format.splice(view, 0, 'b', 's'), bytes)
    })

    test('flags are booleans, times have milliseconds, lists are lists', () => {
      const view = scan({})
      const fragment = format.fragment({
        outcome: 'unattributed',
        reason: 'ip_only',
        revision: 3,
        ip_only: true,
        conflicts: ['a'],
        chain: [],
        engine: '1',
      })
      view.write(0, { ...fragment, as_of_ms: 1795089600123 })
      assert.deepEqual(firstRecord(decode(format.splice(view, 0, 'b', 's'))).attributes, [
        text('attribution.outcome', 'unattributed'),
        text('attribution.reason', 'ip_only'),
        { key: 'attribution.revision', value: { intValue: '3' } },
        { key: 'attribution.ip_only', value: { boolValue: true } },
        { key: 'attribution.conflicts', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
        text('attribution.engine', '1'),
        text('attribution.event_id', 'b/0@s'),
        text('attribution.as_of', '2026-11-19T12:00:00.123Z'),
      ])
    })

    test('lengths grow over every size of their prefix', () => {
      for (const size of [0, 20, 100, 127, 128, 300, 16_000, 16_383, 20_000]) {
        const record = { attributes: [text('a', 'x'.repeat(size))] }
        const out = decode(attribute(format, encode(oneRecord(record))))
        assert.deepEqual(firstRecord(out).attributes, [...record.attributes, ...appended(0)])
      }
    })

    test('many records are numbered in order', () => {
      const logRecords = Array.from({ length: 120 }, () => ({ attributes: [text('a', '1')] }))
      const out = decode(
        attribute(format, encode({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
      )
      const ids = out.resourceLogs![0]!.scopeLogs![0]!.logRecords!.map(
        (record) => record.attributes!.at(-1)!.value!.stringValue,
      )
      assert.deepEqual(
        ids,
        logRecords.map((_, index) => eventId(index)),
      )
    })

    test('only events that have a fragment change', () => {
      const logs = {
        resourceLogs: [{ scopeLogs: [{ logRecords: [{}, { attributes: [text('a', '1')] }] }] }],
      }
      const view = scanOne(format, encode(logs))
      assert.deepEqual(format.splice(view, 0, 'b', 's'), encode(logs))
      view.write(1, format.fragment(RECORD))
      const records = decode(format.splice(view, 0, 'src/topic/0/5', '1795089600000'))
        .resourceLogs![0]!.scopeLogs![0]!.logRecords!
      assert.equal(records[0]!.attributes?.length ?? 0, 0)
      assert.deepEqual(records[1]!.attributes, [text('a', '1'), ...appended(1)])
    })
  })

  describe(`${encoding}: reserved names`, () => {
    test('forged attributes of resource, scope and record are cut and counted', () => {
      const forged = (key: string): KeyValue => text(key, 'me')
      const logs: LogsData = {
        resourceLogs: [
          {
            resource: { attributes: [forged('attribution'), text('service.name', 's')] },
            scopeLogs: [
              {
                scope: { name: 'n', attributes: [text('x', '1'), forged('attribution.owner.id')] },
                logRecords: [
                  { attributes: [forged('attribution.outcome')] },
                  {
                    attributes: [
                      forged('attribution.a'),
                      forged('attribution.a'),
                      text('a', '1'),
                      forged('attribution.b'),
                    ],
                  },
                ],
              },
            ],
          },
        ],
      }
      const view = scanOne(format, encode(logs))
      assert.equal(view.forged(0), 6)
      const clean: LogsData = {
        resourceLogs: [
          {
            resource: { attributes: [text('service.name', 's')] },
            scopeLogs: [
              {
                scope: { name: 'n', attributes: [text('x', '1')] },
                logRecords: [{ attributes: [] }, { attributes: [text('a', '1')] }],
              },
            ],
          },
        ],
      }
      assert.deepEqual(format.splice(view, 0, 'b', 's'), encode(clean))
      writeAll(view, format.fragment(RECORD))
      const out = decode(format.splice(view, 0, 'src/topic/0/5', '1795089600000'))
      assert.deepEqual(firstRecord(out).attributes, appended(0))
      assert.deepEqual(out.resourceLogs![0]!.resource, clean.resourceLogs![0]!.resource)
    })

    test('names that only look like them stay', () => {
      const view = scan({
        attributes: [
          text('attributions', '1'),
          text('Attribution.x', '2'),
          text('x.attribution', '3'),
        ],
      })
      assert.equal(view.forged(0), 0)
    })
  })

  describe(`${encoding}: redaction`, () => {
    const redacted = (
      record: LogRecord,
      edit: (view: ReturnType<typeof scan>) => void,
    ): LogRecord => {
      const view = scan(record, [text('service.name', 's'), text('k', 'v')])
      edit(view)
      return firstRecord(decode(format.splice(view, 0, 'b', 's')))
    }

    test('a cut takes whole attributes, every one of the key', () => {
      const out = redacted(
        { attributes: [text('a', '1'), text('b', '2'), text('a', '3')] },
        (view) => {
          assert.equal(view.cut(0, A!), 2)
        },
      )
      assert.deepEqual(out.attributes, [text('b', '2')])
    })

    test('a replacement is a string, whatever stood there', () => {
      const attributes = [
        { key: 'a', value: { intValue: '5' } },
        text('a', 'q"'),
        { key: 'a', value: { arrayValue: { values: [] } } },
        text('b', ''),
      ]
      const out = redacted({ attributes }, (view) => {
        assert.equal(
          view.replace(0, A!, (old) => `<${old}>`),
          3,
        )
      })
      assert.deepEqual(out.attributes, [text('a', '<5>'), text('a', '<q">'), text('b', '')])
    })

    test('the body and text members can be cut and replaced', () => {
      const record: LogRecord = {
        severityText: 'INFO',
        body: { stringValue: 'secret' },
        attributes: [text('b', '')],
      }
      assert.equal(redacted(record, (view) => view.cut(0, BODY!)).body ?? null, null)
      const out = redacted(record, (view) => {
        view.replace(0, BODY!, () => 'x')
        view.replace(0, SEVERITY!, (old) => old.toLowerCase())
      })
      assert.deepEqual(out.body, { stringValue: 'x' })
      assert.equal(out.severityText, 'info')
    })

    test('what many events share is edited once', () => {
      const logs: LogsData = {
        resourceLogs: [
          {
            resource: { attributes: [text('service.name', 'long secret name'), text('k', 'v')] },
            scopeLogs: [{ logRecords: [{}, {}, {}] }],
          },
        ],
      }
      const view = scanOne(format, encode(logs))
      let calls = 0
      for (let event = 0; event < 3; event++)
        view.replace(event, SERVICE!, () => `hidden${++calls}`)
      writeAll(view, format.fragment(RECORD))
      const out = decode(format.splice(view, 0, 'src/topic/0/5', '1795089600000'))
      assert.deepEqual(out.resourceLogs![0]!.resource!.attributes, [
        text('service.name', 'hidden1'),
        text('k', 'v'),
      ])
      assert.equal(calls, 1)
      assert.deepEqual(firstRecord(out).attributes, appended(0))
    })

    test('cuts, replacements, forgeries and fragments go together', () => {
      const attributes = [
        text('attribution.x', ''),
        text('a', '1'),
        text('b', '2'),
        text('attribution.y', ''),
      ]
      const view = scan({ attributes, body: { stringValue: 'b' } }, [
        text('service.name', 's'),
        text('attribution', ''),
      ])
      view.cut(0, A!)
      view.replace(0, BODY!, () => 'x'.repeat(200))
      view.cut(0, SERVICE!)
      writeAll(view, format.fragment(RECORD))
      const out = decode(format.splice(view, 0, 'src/topic/0/5', '1795089600000'))
      assert.deepEqual(firstRecord(out).attributes, [text('b', '2'), ...appended(0)])
      assert.deepEqual(firstRecord(out).body, { stringValue: 'x'.repeat(200) })
      assert.deepEqual(out.resourceLogs![0]!.resource!.attributes ?? [], [])
    })
  })
}
