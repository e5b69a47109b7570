import assert from 'node:assert/strict'
import test from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { WhosecallError } from '#/core/errors.ts'
import { CustomSourceConfig, sourceFromConfig } from '#/sources/index.ts'
import { customSource, field } from '../attribution/scenario.ts'
import { read } from './reading.ts'

const validate = new Ajv2020({ useDefaults: true, allErrors: true }).compile<CustomSourceConfig>(
  CustomSourceConfig,
)

const YAML = `
name: house-gateway
wrappers: [/records]
needs: [/model]
fields:
  - { field: /auth/workload, slot: workload, key: k8s_sa, by: system }
  - { field: /auth/sub, slot: principal, key: user_or_mail, issuer: /auth/iss, by: system }
  - { field: /key/id, or: [/key/alias], slot: credential, key: api_key, by: system, identity: key, shared: [master-*] }
  - { field: /key/user, slot: credential, key: user, by: system, identity: key, nobody: [root] }
  - { field: /deployment, slot: scope, key: scope, scope_type: deployment, by: system, only_if_known: true }
  - { field: /department, slot: claim, tag: department, by: system }
  - { field: /svc, slot: hint, key: service, by: caller }
tags:
  - { field: /labels, by: caller }
account: [/org]
net: [/client]
time: { field: /ts, unit: ms }
classes:
  - { field: /kind, matches: [tool*], class: tool_call }
tokens: { input: [/in, /cached], output: [/out] }
`

function load(text: string): ReturnType<typeof sourceFromConfig> {
  const config: unknown = parse(text)
  assert.ok(validate(config), JSON.stringify(validate.errors))
  return sourceFromConfig(config)
}

const EVENT = {
  model: 'm',
  auth: { workload: 'system:serviceaccount:claims:bot', sub: 'u-1', iss: 'https://idp' },
  key: { id: 'k1', user: 'Svc' },
  deployment: 'd1',
  department: 'Sales',
  svc: 'web',
  labels: { team: 'a', user: 'u-2' },
  org: 'o',
  client: '192.0.2.1',
  ts: 1795089600104,
  in: 5,
  cached: 7,
  out: 3,
}

test('a source written in YAML reads its fields, tags, account, address, time and tokens', () => {
  const reading = read(load(YAML), { records: [EVENT] })
  assert.deepEqual(reading.keys, [
    '1 k8s_sa=house-gateway/claims/bot',
    '2 user=https://idp|u-1',
    '3 api_key=house-gateway/k1',
    '3 user=house-gateway|Svc',
    '4 scope=house-gateway/deployment/d1?',
    '6 tenant_tag=department=sales',
    '7b tenant_tag=team=a',
    '7b team=a',
    '7c user=house-gateway|u-2',
  ])
  assert.deepEqual(reading.hints, ['service=/web/', 'ip=192.0.2.1'])
  assert.equal(reading.account, true)
  assert.equal(reading.time, 1795089600104)
  assert.deepEqual(reading.tokens, { input: 12, output: 3 })
})

test('nobody words, shared words, classes and needs of a custom source', () => {
  const source = load(YAML)
  const shared = read(source, { model: 'm', key: { id: 'master-1', user: 'ROOT' } })
  assert.deepEqual(shared.keys, [])
  assert.equal(shared.shared, true)
  const alias = read(source, { model: 'm', key: { alias: 'a1' } })
  assert.deepEqual(alias.keys, ['3 api_key=house-gateway/a1'])
  assert.equal(read(source, { model: 'm', kind: 'tool_use' }).class, 'tool_call')
  assert.equal(read(source, { key: { id: 'k1' } }).failure, 'wrong_shape')
})

test('an unknown service is nobody in a custom source too', () => {
  const source = customSource({ fields: [field('/svc', 'workload', 'service')] })
  assert.deepEqual(read(source, { svc: 'unknown_service:node' }).keys, [])
})

test('what no field names may be a tag of the event itself', () => {
  const source = customSource({
    fields: [field('/team', 'credential', 'api_key')],
    tags: [{ field: '', by: 'caller', tags: 'all' }],
  })
  assert.deepEqual(read(source, { team: 't', app: 'x' }).keys, [
    '3 api_key=gw/t',
    '7b tenant_tag=application=x',
    '7b application=x',
  ])
})

test('the schema refuses kinds, slots and members that do not exist', () => {
  for (const text of [
    'name: x\nfields: [{ field: /a, slot: workload, key: hostname, by: system }]',
    'name: x\nfields: [{ field: /a, slot: owner, key: user, by: system }]',
    'name: x\nfields: [{ field: /a, slot: workload, key: ip, by: system }]',
    'name: x\nfields: [{ field: a, slot: workload, key: user, by: system }]',
    'name: x\nfields: [{ field: /a, slot: workload, key: user }]',
    'name: X/Y',
    'name: x\ncolour: red',
  ]) {
    assert.ok(!validate(parse(text)), text)
  }
})

test('what the schema cannot say is an error of the config', () => {
  const config = (fields: Parameters<typeof customSource>[0]['fields']) => () =>
    customSource(fields === undefined ? {} : { fields })
  const invalid = (error: unknown) =>
    error instanceof WhosecallError && error.code === 'config_invalid'
  assert.throws(config([field('/a', 'scope', 'scope')]), invalid)
  const { key: _, ...without } = field('/a', 'claim', 'team')
  assert.throws(config([without]), invalid)
  assert.throws(config([field('/a', 'claim', 'team', { tag: 'team' })]), invalid)
  assert.throws(
    config([
      field('/a', 'credential', 'api_key', { identity: 'k' }),
      field('/b', 'principal', 'user', { identity: 'k' }),
    ]),
    invalid,
  )
})
