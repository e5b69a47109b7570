import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { filesOf, textOf } from './tree.ts'

/** Published contracts are standard JSON Schema 2020-12, without a keyword of our own. */

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'

function compileAll(schemas: readonly AnySchemaObject[]): void {
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    // A condition may require a key that is defined beside it; Ajv looks for the definition inside.
    strictRequired: false,
  })
  addFormats.default(ajv)
  for (const schema of schemas) ajv.addSchema(schema)
  for (const schema of schemas) {
    assert.ok(ajv.getSchema(String(schema.$id)), `${schema.$id} does not compile`)
  }
}

const published = filesOf('schemas/**/*.schema.json').map((path) => {
  const schema: AnySchemaObject = JSON.parse(textOf(path))
  return { path, schema }
})

test('Every published schema says its draft, a name of its own and a title.', () => {
  const incomplete = published
    .filter(({ schema }) => schema['$schema'] !== DRAFT || !schema.$id || !schema['title'])
    .map(({ path }) => path)
  assert.deepEqual(incomplete, [])
  const ids = published.map(({ schema }) => schema.$id)
  assert.deepEqual(ids.length, new Set(ids).size)
})

test('Every published schema compiles in strict mode.', () => {
  compileAll(published.map(({ schema }) => schema))
})

test('A schema with an unknown keyword or a dangling reference does not compile.', () => {
  assert.throws(() => compileAll([{ $id: 'a', type: 'string', secret: true }]), /unknown keyword/)
  assert.throws(() => compileAll([{ $id: 'b', $ref: 'gone' }]), /can't resolve reference gone/)
})
