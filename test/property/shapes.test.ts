import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FieldRead } from '#/core/view.ts'
import { createCallReader } from '#/attribution/index.ts'
import { loadShapes, type ShapedEvent } from '#/formats/shapes/index.ts'
import { SOURCES } from '#/sources/index.ts'
import { problemsOf } from '../support/siem-schemas.ts'
import { formatOf, ID_BASE, ID_STAMP, RECORD } from '../unit/formats/harness.ts'
import { decodeLogs } from '../unit/formats/otlp.ts'
import { jsonText } from './json-texts.ts'

/** Whatever an event says, it leaves whole as OTLP, and as a valid event for a SIEM. */

const CALL: ShapedEvent = {
  source: 'litellm',
  class: undefined,
  identities: [],
  time_ms: Number(ID_STAMP),
  record: { ...RECORD, level: 'prompt', evidence: 'api_key=litellm/1' },
  as_of_ms: undefined,
}

async function shapeOf(to: 'otlp_proto' | 'ocsf' | 'ecs') {
  const kind = (await loadShapes(to))('json')
  const shape = kind!.create({
    encoding: 'json',
    createFormat: (fields: readonly FieldRead[]) => formatOf('json', fields),
    calls: createCallReader({
      sources: SOURCES.filter(({ name }) => name === 'litellm'),
      auto: false,
      trust: 'trusted',
      minimum_confidence: 'low',
      detail: 'standard',
    }),
  })
  return (message: string, events: number) =>
    shape.write({
      message: Buffer.from(message),
      events: Array<ShapedEvent>(events).fill(CALL),
      id_base: ID_BASE,
      timestamp_ms: Number(ID_STAMP),
    })
}

test('the bodies of OTLP records are the texts of the events, byte for byte', async () => {
  const write = await shapeOf('otlp_proto')
  const event = jsonText(['a', 'b', '__proto__'])
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 4 }),
      fc.constantFrom('', ' ', '\n\t'),
      (texts, gap) => {
        const message = `${gap}[${texts.map((text) => `${gap}${text}${gap}`).join()}]${gap}`
        const [bytes] = write(message, texts.length) ?? []
        const logs = decodeLogs(bytes!)
        const records = logs.resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords ?? []
        assert.deepEqual(
          records.map(({ body }) => body?.stringValue),
          texts.map((text) => text.trim()),
        )
      },
    ),
  )
})

const MEMBERS = [
  'call_type',
  'custom_llm_provider',
  'model',
  'model_group',
  'id',
  'session_id',
  'trace_id',
  'user_agent',
  'status',
  'prompt_tokens',
  'completion_tokens',
  'requester_ip_address',
  'metadata',
]
const odd = fc.oneof(
  fc.constantFrom('', ' ', '-', 'null', '203.0.113.9', '10.0.0.1:80', '::ffff:1.2.3.4', 'success'),
  fc.constantFrom<unknown>(0, -1, 1.5, 2 ** 60, true, null, [], {}, ['a'], { a: { b: 1 } }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.nat(),
)

for (const encoding of ['ocsf', 'ecs'] as const)
  test(`whatever stands in the fields of a call, it leaves as valid ${encoding}`, async () => {
    const write = await shapeOf(encoding)
    const event = fc.dictionary(fc.constantFrom(...MEMBERS), odd)
    fc.assert(
      fc.property(event, (members) => {
        const [value] = write(JSON.stringify(members), 1) ?? []
        assert.deepEqual(problemsOf(encoding, JSON.parse(value!.toString())), [])
      }),
    )
  })
