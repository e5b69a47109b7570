import assert from 'node:assert/strict'
import test from 'node:test'
import {
  circumstanceOf,
  foldName,
  foldValue,
  lowerAscii,
  TAG_SLOTS,
  TAGS,
  tagOf,
} from '#/core/tags.ts'

const NAMES: readonly (readonly [string, string | undefined])[] = [
  ['team', 'team'],
  ['teamId', 'team'],
  ['X-Team-Name', 'team'],
  ['__team', 'team'],
  ['_x_team', 'team'],
  ['x-x-team', undefined],
  [' Team ', 'team'],
  ['app', 'application'],
  ['appName', 'application'],
  ['application_id', undefined],
  ['costCenter', 'cost_center'],
  ['cost-centre', 'cost_center'],
  ['COSTCENTER', 'cost_center'],
  ['Cost Center', 'cost_center'],
  ['cc', undefined],
  ['owner', 'owner'],
  ['product', 'product'],
  ['department', 'department'],
  ['project.name', 'project'],
  ['bu', 'business_unit'],
  ['businessUnit', 'business_unit'],
  ['x-tenant-id', 'tenant'],
  ['customerID', 'customer'],
  ['x-end-user', 'user'],
  ['enduser.id', 'user'],
  ['on-behalf-of', 'user'],
  ['user.name', undefined],
  ['x-agent-id', 'agent'],
  ['agent.name', undefined],
  ['x-forwarded-for', 'ip'],
  ['clientIp', 'ip'],
  ['remote_addr', 'ip'],
  ['__proto__', undefined],
  ['constructor', undefined],
  ['team\u00e9', undefined],
]

for (const [name, tag] of NAMES) {
  test(`a tag written ${JSON.stringify(name)} means ${tag ?? 'nothing'}`, () => {
    assert.equal(tagOf(name), tag)
  })
}

const SYNONYMS: Readonly<Partial<Record<(typeof TAGS)[number], readonly string[]>>> = {
  team: ['team_id', 'team_name'],
  application: ['app', 'app_id', 'app_name', 'application_name'],
  cost_center: ['cost_centre', 'costcenter'],
  project: ['project_id', 'project_name'],
  business_unit: ['bu'],
  tenant: ['tenant_id'],
  customer: ['customer_id'],
  user: ['user_id', 'user_email', 'end_user', 'end_user_id', 'enduser_id', 'on_behalf_of'],
  agent: ['agent_id'],
  ip: [
    'client_ip',
    'client_address',
    'ip_address',
    'remote_addr',
    'x_forwarded_for',
    'forwarded_for',
  ],
}

test('every synonym means its tag, and none that is not listed means any', () => {
  for (const tag of TAGS)
    for (const name of SYNONYMS[tag] ?? []) {
      assert.equal(tagOf(name), tag, name)
      assert.equal(tagOf(`x-${name.replaceAll('_', '-')}`), tag, name)
    }
  for (const name of ['owner_id', 'product_id', 'dept', 'agent_name', 'user_name', 'ip'])
    assert.equal(tagOf(name), name === 'ip' ? 'ip' : undefined, name)
})

test('what names say about the circumstances of a call is no tag', () => {
  for (const name of ['env', 'Environment', 'x-env', 'deployment.environment.name'])
    assert.equal(circumstanceOf(name), 'environment', name)
  assert.equal(circumstanceOf('trafficClass'), 'traffic_class')
  for (const name of ['env', 'environment', 'traffic_class']) assert.equal(tagOf(name), undefined)
  for (const name of ['team', 'traffic_type', 'stage', `${' '.repeat(70)}env`])
    assert.equal(circumstanceOf(name), undefined, name)
})

test('a name that is longer than any tag is not folded', () => {
  assert.equal(tagOf(`${' '.repeat(70)}team`), undefined)
})

test('every tag means itself and has a slot', () => {
  for (const tag of TAGS) {
    assert.equal(tagOf(tag), tag)
    assert.ok(TAG_SLOTS[tag])
  }
})

test('only ASCII letters are lowered', () => {
  assert.equal(lowerAscii('ÄbC'), 'Äbc')
  assert.equal(lowerAscii('\u212A'), '\u212A')
  assert.equal(foldValue('  ZÜRICH '), 'zÜrich')
  assert.equal(foldName('ownerID'), 'owner_id')
})
