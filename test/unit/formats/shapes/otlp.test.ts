/** Plain JSON that leaves as OTLP, read back by protobufjs and by our own format. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Encoding } from '#/core/words.ts'
import { canLeaveAs, loadShapes, type ShapedEvent } from '#/formats/shapes/index.ts'
import { formatOf, ID_BASE, ID_STAMP, RECORD, eventId, scanOne, value } from '../harness.ts'
import { decodeLogs, type KeyValue, type LogRecord, type LogsData } from '../otlp.ts'

const CALL: ShapedEvent = {
  source: 'litellm',
  class: undefined,
  identities: [],
  time_ms: 1_795_089_600_104,
  record: RECORD,
  as_of_ms: undefined,
}

async function shaped(
  to: 'otlp_proto' | 'otlp_json',
  message: string | Buffer,
  events: readonly ShapedEvent[],
  wrappers: readonly string[] = [],
): Promise<Buffer | undefined> {
  const kind = (await loadShapes(to))('json')
  assert.ok(kind)
  const shape = kind.create({
    encoding: 'json',
    createFormat: (fields) => formatOf('json', fields, { wrappers }),
    calls: { fields: [], read: () => ({}) },
  })
  assert.equal(shape.fans_out, false)
  const values = shape.write({
    message: Buffer.from(message),
    events,
    id_base: ID_BASE,
    timestamp_ms: Number(ID_STAMP),
  })
  assert.ok(values === undefined || values.length === 1)
  return values?.[0]
}

function recordsOf(logs: LogsData): readonly LogRecord[] {
  assert.equal(logs.resourceLogs?.length, 1)
  assert.deepEqual(logs.resourceLogs[0]?.resource?.attributes ?? [], [])
  assert.equal(logs.resourceLogs[0]?.scopeLogs?.length, 1)
  assert.equal(logs.resourceLogs[0].scopeLogs[0]?.scope?.name, 'whosecall')
  return logs.resourceLogs[0].scopeLogs[0].logRecords ?? []
}

function text(path: string, stringValue: string): KeyValue {
  return { key: `attribution.${path}`, value: { stringValue } }
}

const ATTRIBUTES: readonly KeyValue[] = [
  text('outcome', 'attributed'),
  text('owner.id', 'team:payments'),
  text('owner.team', 'payments'),
  text('owner.cost_center', 'CC-1'),
  { key: 'attribution.revision', value: { intValue: '0' } },
  text('method', 'credential'),
  text('confidence', 'high'),
  {
    key: 'attribution.chain',
    value: {
      arrayValue: {
        values: [{ stringValue: 'api_key=litellm/1' }, { stringValue: 'team=payments' }],
      },
    },
  },
]

test('an event becomes one record with its text, its times and its attribution', async () => {
  const event = '{"id":90071992547409931,"b":1.50,"a":"\\u00e9 é\\/","b":[{}]}'
  const bytes = await shaped('otlp_proto', ` ${event}\n`, [CALL])
  const [record] = recordsOf(decodeLogs(bytes!))
  assert.equal(record?.body?.stringValue, event)
  assert.equal(record.timeUnixNano, '1795089600104000000')
  assert.equal(record.observedTimeUnixNano, `${ID_STAMP}000000`)
  assert.equal(record.eventName, 'whosecall.litellm')
  assert.deepEqual(record.attributes, [...ATTRIBUTES, text('event_id', eventId(0))])
})

test('both encodings say the same', async () => {
  const message = '{"Records":[{"n":1},{"n":2}]}'
  const events = [CALL, { ...CALL, as_of_ms: 1_795_089_600_104 }]
  const proto = await shaped('otlp_proto', message, events, ['/Records'])
  const json = await shaped('otlp_json', message, events, ['/Records'])
  const spelt = JSON.parse(json!.toString(), (key: string, member: unknown) =>
    key === 'intValue' ? String(member) : member,
  ) as LogsData
  const plain = (records: readonly LogRecord[]) =>
    records.map(({ body, attributes, eventName, timeUnixNano, observedTimeUnixNano }) => ({
      body,
      attributes,
      eventName,
      timeUnixNano,
      observedTimeUnixNano,
    }))
  const records = recordsOf(decodeLogs(proto!))
  assert.deepEqual(plain(recordsOf(spelt)), plain(records))
  assert.deepEqual(
    records.map(({ body }) => body?.stringValue),
    ['{"n":1}', '{"n":2}'],
  )
  assert.deepEqual(records[1]?.attributes?.slice(-2), [
    text('event_id', eventId(1)),
    text('as_of', '2026-11-19T12:00:00.104Z'),
  ])
})

for (const encoding of ['otlp_proto', 'otlp_json'] as const)
  test(`what leaves as ${encoding} is read back by our own format, and its attribution is known as ours`, async () => {
    const bytes = await shaped(encoding, '[{"n":1},{"n":2}]', [CALL, CALL])
    const fields = ['/body', '/eventName', '/timeUnixNano', '/observedTimeUnixNano']
    const format = formatOf(
      encoding,
      fields.map((path) => value(path)),
    )
    const view = scanOne(format, bytes!)
    assert.equal(view.failure(0), undefined)
    assert.equal(view.event_count, 2)
    assert.deepEqual(
      fields.map((_, index) => view.values(1).text(index)),
      ['{"n":2}', 'whosecall.litellm', '1795089600104000000', `${ID_STAMP}000000`],
    )
    assert.equal(view.forged(0), 2 * (ATTRIBUTES.length + 1))
  })

test('an event without outcome has no attributes', async () => {
  const bytes = await shaped('otlp_proto', '{"n":1}', [{ ...CALL, record: undefined }])
  const [record] = recordsOf(decodeLogs(bytes!))
  assert.equal(record?.attributes, undefined)
  assert.equal(record?.body?.stringValue, '{"n":1}')
})

test('a message without events is a request without records', async () => {
  const bytes = await shaped('otlp_proto', '{"Records":[]}', [], ['/Records'])
  assert.deepEqual(decodeLogs(bytes!), {})
})

test('a frame round the value stays behind, because it names the schema of another encoding', async () => {
  const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from('{"n":1}')])
  const bytes = await shaped('otlp_proto', framed, [CALL])
  assert.equal(recordsOf(decodeLogs(bytes!))[0]?.body?.stringValue, '{"n":1}')
})

test('times that 64 bits of nanoseconds cannot hold are unknown', async () => {
  for (const [time_ms, nanoseconds] of [
    [-1, '0'],
    [18_446_744_073_709, '18446744073709000000'],
    [18_446_744_073_710, '0'],
  ] as const) {
    const bytes = await shaped('otlp_proto', '{}', [{ ...CALL, time_ms }])
    const [record] = recordsOf(decodeLogs(bytes!))
    assert.ok(record)
    assert.equal(record.timeUnixNano ?? '0', nanoseconds)
  }
})

test('a message that does not hold its events has no shape', async () => {
  assert.equal(await shaped('otlp_proto', '[{},{}]', [CALL]), undefined)
  assert.equal(await shaped('otlp_proto', '{', [CALL]), undefined)
})

test('OTLP leaves as it came or not at all', async () => {
  const table = (['json', 'otlp_proto', 'otlp_json'] as const satisfies readonly Encoding[]).map(
    (from) => [
      canLeaveAs(from, 'as_is'),
      canLeaveAs(from, 'otlp_proto'),
      canLeaveAs(from, 'otlp_json'),
    ],
  )
  assert.deepEqual(table, [
    [true, true, true],
    [true, true, false],
    [true, false, true],
  ])
  assert.equal((await loadShapes('otlp_proto'))('otlp_proto'), undefined)
  assert.equal((await loadShapes('as_is'))('json'), undefined)
})
