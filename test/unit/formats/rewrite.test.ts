/** What `visit` shows and what `rewrite` leaves, in every encoding. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldRead, Format, View } from '#/core/view.ts'
import { formatOf, ID_BASE, ID_STAMP, scanOne, value } from './harness.ts'
import { decodeLogs, encodeLogs, field, record, type AnyValue, type LogsData } from './otlp.ts'

const map = (path: string): FieldRead => ({
  path,
  shape: 'map',
  use: 'reads',
  tag: (name) => (name === 'host' ? undefined : 'header'),
})

function shown(view: View, fields: number, event = 0): string[] {
  const seen: string[] = []
  view.values(event).visit(0, fields, (text, number, tag) => {
    seen.push(`${number} ${tag ?? '-'} ${text}`)
  })
  return seen.toSorted()
}

function rewritten(format: Format, view: View, fields: number): Buffer {
  for (let event = 0; event < view.event_count; event += 1)
    view.rewrite(event, 0, fields, (text) => {
      return text.includes('secret') ? text.replaceAll('secret', 'gone') : undefined
    })
  return format.splice(view, 0, ID_BASE, ID_STAMP)
}

describe('json: values in whatever form they come', () => {
  const fields = [value('/a', 'reads'), map('/headers'), value('/n', 'reads')]
  const format = formatOf('json', fields)

  test('shows scalars, members, lists, objects, whole strings and replaced duplicates', () => {
    const text =
      '{"a":"one","a":["two",{"k":"three","n":4}],"headers":{"host":"h","x":"four","y":["five"]},"n":6,"z":"seven"}'
    assert.deepEqual(shown(scanOne(format, text), fields.length), [
      '0 - one',
      '0 - two\nk: three\nn: 4',
      '1 header five',
      '1 header four',
      '2 - 6',
    ])
    assert.deepEqual(shown(scanOne(format, '{"headers":"x: \\u0066our"}'), fields.length), [
      '1 - x: four',
    ])
  })

  test('leaves every byte when nothing is answered', () => {
    const text = '{ "a" : ["\\u0061"], "headers":{"x":"\\u0079"} , "n":1.50}'
    const view = scanOne(format, text)
    assert.equal(
      view.rewrite(0, 0, fields.length, () => undefined),
      0,
    )
    assert.equal(format.splice(view, 0, ID_BASE, ID_STAMP).toString(), text)
  })

  test('replaces texts, cuts lists and objects, and both in every duplicate', () => {
    const text =
      '{"a":"my secret","a":["secret"],"headers":{"x":"\\u0073ecret","y":["secret"],"z":"1"},"n":6}'
    const out = rewritten(format, scanOne(format, text), fields.length).toString()
    assert.doesNotMatch(out, /secret|u0073/)
    assert.deepEqual(JSON.parse(out), { a: 'my gone', headers: { x: 'gone', z: '1' }, n: 6 })
  })
})

const PLAIN: AnyValue = { stringValue: 'a secret' }
const NESTED: AnyValue = {
  arrayValue: { values: [{ kvlistValue: { values: [{ key: 'authorization', value: PLAIN }] } }] },
}
const BYTES: AnyValue = { bytesValue: Buffer.from('a secret').toString('base64') }

function logs(values: Readonly<Record<string, AnyValue>>): LogsData {
  const attributes = Object.entries(values).map(([key, one]) => ({ key, value: one }))
  return { resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] }
}

const OTLP = {
  otlp_json: { write: (data: LogsData) => Buffer.from(JSON.stringify(data)), read: parse },
  otlp_proto: { write: encodeLogs, read: decodeLogs },
} as const

function parse(bytes: Buffer): LogsData {
  return JSON.parse(bytes.toString()) as LogsData
}

for (const encoding of ['otlp_json', 'otlp_proto'] as const)
  describe(`${encoding}: values in whatever form they come`, () => {
    const { read, write } = OTLP[encoding]
    const fields = [
      value('/attributes/plain', 'reads'),
      value('/attributes/other', 'reads'),
      map('/attributes'),
    ]
    const format = formatOf(encoding, fields)
    const scan = (other: AnyValue) => scanOne(format, write(logs({ plain: PLAIN, other })))

    test('shows texts, lists in lists, names and bytes', () => {
      assert.deepEqual(shown(scan(NESTED), fields.length), [
        '0 - a secret',
        '1 - authorization: a secret',
        '2 header a secret',
        '2 header authorization: a secret',
      ])
      assert.deepEqual(shown(scan(BYTES), 2), ['0 - a secret', '1 - a secret'])
    })

    test('replaces texts, and cuts what is none', () => {
      for (const other of [NESTED, BYTES]) {
        const out = read(rewritten(format, scan(other), fields.length))
        const attributes = out.resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords?.[0]?.attributes
        assert.deepEqual(attributes, [{ key: 'plain', value: { stringValue: 'a gone' } }])
      }
    })
  })

test('otlp_proto: lists that nest deeper than anybody needs are still shown, by their bytes', () => {
  let deep = field(1, 'a secret')
  for (let level = 0; level < 200; level += 1) deep = field(5, field(1, deep))
  const format = formatOf('otlp_proto', [value('/attributes/deep', 'reads')], { depth_max: 1000 })
  const message = record(field(6, Buffer.concat([field(1, 'deep'), field(2, deep)])))
  assert.match(shown(scanOne(format, message), 1).join(), /a secret/)
})
