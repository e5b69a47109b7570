import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createNode,
  findEntryByName,
  ROLE_FORGED,
  ROLE_SKIP,
  spellMember,
  type Classification,
} from '#/formats/keys.ts'
import { formatOf, scanAll, value } from './harness.ts'

const NOTHING = { fields: [], tags: [], child: undefined, detail: -1 }

function classify(name: string): Classification {
  return { ...NOTHING, role: name.startsWith('attribution') ? ROLE_FORGED : ROLE_SKIP }
}

test('a name keeps its entry while there is room, and later ones share one by their role', () => {
  const node = createNode('object', spellMember, classify, [])
  const first = findEntryByName(node, 'n0')
  for (let i = 1; i < 10_000; i += 1) findEntryByName(node, `n${i}`)
  assert.equal(findEntryByName(node, 'n0'), first)
  const late = findEntryByName(node, 'n9998')
  assert.equal(findEntryByName(node, 'n9999'), late)
  assert.equal(late.role, ROLE_SKIP)
  const forged = findEntryByName(node, 'attribution.a')
  assert.equal(findEntryByName(node, 'attribution.b'), forged)
  assert.equal(forged.role, ROLE_FORGED)
})

test('behind more names than are kept, what is watched is still read and what is forged still found', () => {
  const members = Array.from({ length: 10_000 }, (_, i) => `"k${i}":${i}`)
  const text = `{${members.join(',')},"a":"seen","attribution":1,"a":"last","attribution":2}`
  const view = scanAll(formatOf('json', [value('/a')]), [text, text])
  for (const event of [0, 1]) {
    assert.equal(view.failure(event), undefined)
    assert.equal(view.values(event).text(0), 'last')
    assert.equal(view.forged(event), 2)
  }
})
