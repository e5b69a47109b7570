/**
 * The contract holds over versions. What is written today is valid by the schemas of every release, so a consumer of any of
 * them can read it; what was legal to write for us in any of them still is.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { readWorkerConfig } from '#/worker/index.ts'
import { CONTRACTS, EXAMPLES, OUTPUTS, type Contract } from '../support/contract-outputs.ts'

const SCHEMAS = new URL('../../schemas/', import.meta.url)
const RELEASED = new URL('released/', SCHEMAS)
const VERSIONS = readdirSync(RELEASED)

function validatorOf(folder: URL, contract: Contract): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true })
  addFormats.default(ajv)
  const text = readFileSync(new URL(`${contract}.schema.json`, folder), 'utf8')
  return ajv.compile(JSON.parse(text) as object)
}

function problemsIn(validate: ValidateFunction, objects: readonly unknown[]): readonly string[] {
  return objects.flatMap((object) =>
    validate(object)
      ? []
      : [`${JSON.stringify(validate.errors)} in ${JSON.stringify(object).slice(0, 400)}`],
  )
}

function examplesOf(version: string, contract: Contract): readonly unknown[] {
  const path = new URL(`${version}/examples/${contract}.ndjson`, RELEASED)
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return lines.map((line): unknown => JSON.parse(line))
}

test('there is a release', () => {
  assert.ok(VERSIONS.length > 0)
  for (const version of VERSIONS) assert.match(version, /^\d+\.\d+\.\d+$/)
})

for (const contract of OUTPUTS)
  test(`what is written today as ${contract} is valid by today's schema and that of every release`, async () => {
    const objects = await EXAMPLES[contract]()
    assert.ok(objects.length > 5)
    assert.deepEqual(problemsIn(validatorOf(SCHEMAS, contract), objects), [])
    for (const version of VERSIONS) {
      const validate = validatorOf(new URL(`${version}/`, RELEASED), contract)
      assert.deepEqual(problemsIn(validate, objects), [], version)
    }
  })

for (const contract of CONTRACTS)
  test(`the examples of every release are valid ${contract} by its own schema and by today's`, () => {
    for (const version of VERSIONS) {
      const examples = examplesOf(version, contract)
      assert.ok(examples.length > 0)
      for (const folder of [new URL(`${version}/`, RELEASED), SCHEMAS])
        assert.deepEqual(problemsIn(validatorOf(folder, contract), examples), [], folder.href)
    }
  })

test('the configs of every release are read without an error', () => {
  for (const version of VERSIONS)
    for (const config of examplesOf(version, 'config')) {
      const text = JSON.stringify(config)
      const read = readWorkerConfig({ file: version, text, env: {}, readFile: () => '' })
      assert.ok(read.ok, JSON.stringify(read))
    }
})

test('a change that breaks a consumer is seen', async () => {
  const [version] = VERSIONS
  const validate = validatorOf(new URL(`${version}/`, RELEASED), 'attribution')
  const objects = (await EXAMPLES.attribution()) as readonly Record<string, unknown>[]
  for (const change of [{ outcome: 'known' }, { owner: 'team' }, { more: true }, { event_id: 1 }])
    assert.equal(problemsIn(validate, [{ ...objects[0], ...change }]).length, 1)
  const { outcome, ...without } = objects[0]!
  assert.ok(outcome)
  assert.equal(problemsIn(validate, [without]).length, 1)
})
