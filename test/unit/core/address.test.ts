import assert from 'node:assert/strict'
import test from 'node:test'
import { canonicalAddress, canonicalNetwork, networkContains, readAddress } from '#/core/address.ts'

const ADDRESSES: readonly (readonly [string, string | undefined])[] = [
  ['198.51.100.5', '198.51.100.5'],
  ['198.51.100.5:64484', '198.51.100.5'],
  [' 198.51.100.5 ', '198.51.100.5'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['[2001:db8:9::15]:55110', '2001:db8:9::15'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:CB00:7107', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:80', '203.0.113.7'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
  ['::', '::'],
  ['1::', '1::'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ['192.0.2.256', undefined],
  ['192.0.2.01', undefined],
  ['192.0.2', undefined],
  ['192.0.2.1.5', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7::8', undefined],
  ['12345::', undefined],
  ['[2001:db8::1', undefined],
  ['private', undefined],
  ['AWS Internal', undefined],
  ['bedrock.amazonaws.com', undefined],
  ['192-0-2-1', undefined],
  ['', undefined],
]

for (const [text, expected] of ADDRESSES) {
  test(`${JSON.stringify(text)} ${expected === undefined ? 'is no address' : `is ${expected}`}`, () => {
    assert.equal(canonicalAddress(text), expected)
    if (expected !== undefined) assert.equal(canonicalAddress(expected), expected)
  })
}

test('a masked address is an address, a word in its place is none', () => {
  for (const text of [
    '203.0.113.xxx',
    '203.0.113.***',
    '203.0.*.*',
    '2001:db8:x:x::',
    '10.0.0.0/24',
  ]) {
    assert.deepEqual(readAddress(text), { type: 'masked' }, text)
  }
  for (const text of ['private', 'gce-internal-ip', 'x', '***', 'REDACTED', 'max:x', 'a/24']) {
    assert.equal(readAddress(text), undefined, text)
  }
})

test('rows may be blocks: host bits are cleared, one address is no block', () => {
  assert.equal(canonicalNetwork('10.1.2.3/8'), '10.0.0.0/8')
  assert.equal(canonicalNetwork('10.1.2.3/32'), '10.1.2.3')
  assert.equal(canonicalNetwork('2001:DB8:ffff::1/33'), '2001:db8:8000::/33')
  assert.equal(canonicalNetwork('2001:db8::1/128'), '2001:db8::1')
  assert.equal(canonicalNetwork('::ffff:10.1.2.3/104'), '10.0.0.0/8')
  assert.equal(canonicalNetwork('0.0.0.0/0'), '0.0.0.0/0')
  for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', '/8', '10.0.0.0/8/8']) {
    assert.equal(canonicalNetwork(text), undefined, text)
  }
})

test('a network holds the addresses of its block and of its family only', () => {
  assert.ok(networkContains('10.0.0.0/8', '10.255.0.1'))
  assert.ok(!networkContains('10.0.0.0/8', '11.0.0.1'))
  assert.ok(networkContains('10.0.0.1', '10.0.0.1'))
  assert.ok(networkContains('2001:db8::/33', '2001:db8:7fff::1'))
  assert.ok(!networkContains('2001:db8::/33', '2001:db8:8000::1'))
  assert.ok(!networkContains('::/0', '10.0.0.1'))
  assert.ok(networkContains('0.0.0.0/0', '::ffff:10.0.0.1'))
})
