import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { AttributionRecord } from '#/core/decision.ts'

/** Validates what is written into events by the published schema. */

const schema: object = JSON.parse(
  readFileSync(new URL('../../../schemas/attribution.schema.json', import.meta.url), 'utf8'),
)
const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
  schema,
)

/** The members that are added per event. */
const PER_EVENT = {
  event_id: 'cluster-1/raw/0/41/0@1795089600104',
  as_of: '2026-11-19T12:00:00.104Z',
} as const

export function problemsOf(record: unknown): string[] {
  validate(record)
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

/** Asserts that a record of the rules, with what each event adds, is what the schema describes. */
export function assertValid(record: AttributionRecord): void {
  assert.deepEqual(problemsOf({ ...record, ...PER_EVENT }), [], JSON.stringify(record))
}
