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
import { CONTRACTS, EXAMPLES, INPUTS, OUTPUTS, type Contract } from '../support/contract-outputs.ts'
import { inputBreaks, outputBreaks, type Schema } from '../support/schema-change.ts'

const SCHEMAS = new URL('../../schemas/', import.meta.url)
const RELEASED = new URL('released/', SCHEMAS)
const VERSIONS = readdirSync(RELEASED)

function validatorOf(folder: URL, contract: Contract): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true })
  addFormats.default(ajv)
  return ajv.compile(schemaOf(folder, contract))
}

function schemaOf(folder: URL, contract: Contract): Schema {
  return JSON.parse(readFileSync(new URL(`${contract}.schema.json`, folder), 'utf8')) as Schema
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

for (const contract of INPUTS)
  test(`today's schema of ${contract} allows all that one of a release does`, () => {
    for (const version of VERSIONS) {
      const was = schemaOf(new URL(`${version}/`, RELEASED), contract)
      assert.deepEqual(inputBreaks(was, schemaOf(SCHEMAS, contract)), [], version)
    }
  })

// Published contracts are closed: a new reason, outcome or rule breaks a consumer as much as a new member does. One that goes
// is a break too, for whoever waits for it.
for (const contract of OUTPUTS)
  test(`today's schema of ${contract} allows what one of a release does, and names all of it`, () => {
    for (const version of VERSIONS) {
      const was = schemaOf(new URL(`${version}/`, RELEASED), contract)
      assert.deepEqual(outputBreaks(was, schemaOf(SCHEMAS, contract)), [], version)
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

/** The schema of today with something else at a pointer; nothing takes the place away. */
function changed(contract: Contract, pointer: string, change: (was: unknown) => unknown): Schema {
  const schema = schemaOf(SCHEMAS, contract)
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = names.pop()!
  type Part = Record<string, unknown>
  const part = names.reduce((at, name) => at[name] as Part, schema as Part)
  const value = change(part[last])
  if (value === undefined) delete part[last]
  else part[last] = value
  return schema
}

const breaksOf = (contract: Contract, is: Schema): readonly string[] => {
  const compare = OUTPUTS.some((output) => output === contract) ? outputBreaks : inputBreaks
  return [...new Set(compare(schemaOf(SCHEMAS, contract), is).map(({ at }) => at))]
}

const nothing = () => undefined
const put = (value: unknown) => () => value
const plus = (value: unknown) => (was: unknown) => [...(was as readonly unknown[]), value]
const minus = (value: unknown) => (was: unknown) =>
  (was as readonly unknown[]).filter((other) => other !== value)
const minusLast = (was: unknown) => (was as readonly unknown[]).slice(0, -1)

const RECEIVER = '/properties/receivers/patternProperties/^kafka(~1[^~1\\s]+)?$'
const TIMEOUT = `${RECEIVER}/properties/connect_timeout_ms/anyOf`
const DIRECTORY = '/properties/owners/properties/directory/oneOf'
const LETTER = '/properties/whosecall-reason'
const RULE = '/properties/unmapped/properties/rule'
const BINDING = '/properties/bindings/items'

/** What is changed at which pointer, and where the break is reported when that is another place. */
const BREAKS: readonly (readonly [Contract, string, (was: unknown) => unknown, string?])[] = [
  ['attribution', '/properties/conflicts', put({ type: 'string' }), '/properties/conflicts/type'],
  ['attribution', '/properties/conflicts', nothing],
  ['attribution', '/properties/more', put({ type: 'string' })],
  ['attribution', '/properties/owner/properties/team', nothing],
  ['attribution', '/properties/outcome/enum', minus('unresolved')],
  ['attribution', '/properties/reason/enum', minus('unowned')],
  ['attribution', '/properties/reason/enum', plus('blocked')],
  ['attribution', '/properties/reason', put({ type: 'string' }), '/properties/reason/enum'],
  ['attribution', '/properties/ip_only/const', put(false), '/properties/ip_only/enum'],
  ['attribution', '/properties/event_id/pattern', nothing],
  ['attribution', '/properties/revision/minimum', put(-1)],
  ['attribution', '/properties/conflicts/uniqueItems', nothing],
  ['attribution', '/additionalProperties', nothing],
  ['attribution', '/required', minus('event_id')],
  ['attribution', '/allOf/0', put({})],
  ['attribution', '/$defs/count/type', put('number'), '/properties/usage/properties/input/type'],
  ['dead-letter', `${LETTER}/enum`, minus('rejected')],
  ['dead-letter', `${LETTER}/enum`, plus('expired')],
  ['dead-letter', LETTER, nothing],
  ['dead-letter', '/required', minus('whosecall-stage')],
  ['finding', `${RULE}/enum`, plus('night_shift')],
  ['finding', `${RULE}/enum`, minus('ip_only')],
  ['finding', '/$defs/evidence/anyOf', nothing, '/properties/evidences/items/required'],
  [
    'owner-bindings',
    '/$defs/binding/properties/kind/enum',
    minus('ip'),
    `${BINDING}/properties/kind/enum`,
  ],
  ['owner-bindings', '/$defs/binding/properties/note', nothing, `${BINDING}/properties/note`],
  [
    'owner-bindings',
    '/$defs/binding/properties/valid_to/type',
    put('string'),
    `${BINDING}/properties/valid_to/type`,
  ],
  ['owner-bindings', '/$defs/binding/required', plus('id'), `${BINDING}/required`],
  ['owner-bindings', '/patternProperties', nothing, '/patternProperties/^x-'],
  ['config', '/required', plus('telemetry')],
  ['config', `${RECEIVER}/properties/brokers/maxItems`, put(1)],
  ['config', `${TIMEOUT}/0/maximum`, put(1000)],
  ['config', `${TIMEOUT}/1`, put({ type: 'null' }), `${TIMEOUT}/1/type`],
  ['config', `${TIMEOUT}/0`, put({ type: 'string' }), `${TIMEOUT}/0/type`],
  [
    'config',
    `${RECEIVER}/properties/initial_offset/anyOf/0`,
    put({ type: 'string', pattern: '^e' }),
    `${RECEIVER}/properties/initial_offset/anyOf/0/enum`,
  ],
  ['config', `${DIRECTORY}/0/properties/path`, nothing],
  ['config', DIRECTORY, minusLast, `${DIRECTORY}/1/properties/type/enum`],
]

test('every break is reported where it is', () => {
  for (const [contract, pointer, change, reported = pointer] of BREAKS) {
    const found = breaksOf(contract, changed(contract, pointer, change))
    assert.ok(found.includes(reported), `${contract} ${pointer}: ${found.join(' ')}`)
  }
})

test('an option of a receiver that goes is a break, whichever it is', () => {
  const options: string[] = []
  changed('config', `${RECEIVER}/properties`, (was) => options.push(...Object.keys(was as object)))
  assert.ok(options.length > 20)
  for (const option of options) {
    const pointer = `${RECEIVER}/properties/${option}`
    assert.deepEqual(breaksOf('config', changed('config', pointer, nothing)), [pointer])
  }
})

test('what breaks nobody is not reported', () => {
  const harmless: readonly (readonly [Contract, string, (was: unknown) => unknown])[] = [
    ['config', `${RECEIVER}/properties/more`, put({ type: 'string' })],
    ['config', `${RECEIVER}/required`, minus('source')],
    ['config', `${TIMEOUT}/0/maximum`, put(120_000)],
    ['config', TIMEOUT, plus({ type: 'null' })],
    ['owner-bindings', '/$defs/binding/properties/kind/enum', plus('badge')],
    ['attribution', '/required', plus('engine')],
    ['attribution', '/allOf', plus({ required: ['engine'] })],
    ['attribution', '/properties/revision/minimum', put(1)],
    ['dead-letter', '/properties/whosecall-more', put({ type: 'string' })],
    ['finding', '/description', put('Other words.')],
  ]
  for (const [contract, pointer, change] of harmless)
    assert.deepEqual(breaksOf(contract, changed(contract, pointer, change)), [], pointer)
})

test('a keyword that the comparison does not know is an error', () => {
  const is = changed('attribution', '/properties/owner/dependentRequired', put({}))
  assert.throws(() => breaksOf('attribution', is), /cannot compare the keyword dependentRequired/u)
})
