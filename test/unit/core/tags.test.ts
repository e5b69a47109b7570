import assert from 'node:assert/strict'
import test from 'node:test'
import { foldName, foldValue, lowerAscii, TAG_SLOTS, TAGS, tagOf } from '#/core/tags.ts'

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
