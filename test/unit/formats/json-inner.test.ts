import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { FieldRead } from '#/core/view.ts'
import { formatOf, ID_BASE, ID_STAMP, lower, numberIn, scanAll, scanOne, value } from './harness.ts'

const inside = (path: string, above: string, more: Partial<FieldRead> = {}): FieldRead => ({
  ...value(path),
  text: above,
  ...more,
})
const FIELDS: readonly FieldRead[] = [
  inside('/p/id', '/p'),
  inside('/p', '/p', { use: 'presence' }),
  inside('/p/a/b', '/p', { use: 'reads' }),
  inside('/p/labels', '/p', { shape: 'map', tag: lower }),
  value('/p/id', 'reads'),
  inside('/p/flag', '/p'),
]
const [ID, SELF, DEEP, LABELS, PLAIN, FLAG] = [0, 1, 2, 3, 4, 5]
const format = formatOf('json', FIELDS)

function text(inner: unknown): string {
  return JSON.stringify({ before: 1, p: typeof inner === 'string' ? inner : JSON.stringify(inner) })
}

describe('json: JSON texts inside strings', () => {
  test('a field is found in an object and in a string that holds one', () => {
    const inner = {
      x: 'y',
      id: 'an "id" \\ é\n',
      a: { b: 12345 },
      labels: { Team: 't', z: 1 },
      flag: true,
    }
    for (const message of [
      JSON.stringify({ p: inner }),
      text(inner),
      text(` ${JSON.stringify(inner)} `),
    ]) {
      const values = scanOne(format, message).values(0)
      assert.equal(values.text(ID), inner.id)
      assert.equal(values.type(SELF), 'object')
      assert.equal(values.text(DEEP), '12345')
      assert.equal(numberIn(values, DEEP), 12345)
      assert.deepEqual(values.tags(LABELS), { tags: [['team', 't']], lost: false })
      assert.ok(values.isTrue(FLAG))
    }
  })

  test('a field that does not ask for it is not found in a string', () => {
    assert.equal(
      scanOne(format, text({ id: 'x' }))
        .values(0)
        .text(PLAIN),
      undefined,
    )
    assert.equal(scanOne(format, '{"p":{"id":"x"}}').values(0).text(PLAIN), 'x')
  })

  test('numbers beyond 2^53 keep their digits, and the last of duplicates counts', () => {
    const values = scanOne(format, text('{"id":1,"id":639306870614139450}')).values(0)
    assert.equal(values.text(ID), '639306870614139450')
    const outer = `{"p":${JSON.stringify('{"id":"old"}')},"p":${JSON.stringify('{}')}}`
    assert.equal(scanOne(format, outer).values(0).text(ID), undefined)
  })

  test('a string that is no object stays a string, a blank one and null count as null', () => {
    for (const inner of [
      '{"id":1',
      '{"id":"x"}}',
      '{"id":"x"} {}',
      '[1]',
      '7',
      'x',
      '{"id":tru}',
    ]) {
      const values = scanOne(format, text(inner)).values(0)
      assert.equal(values.type(SELF), 'string', inner)
      assert.equal(values.text(ID), undefined, inner)
    }
    for (const inner of ['', ' ', 'null'])
      assert.equal(scanOne(format, text(inner)).values(0).type(SELF), 'null')
    assert.equal(scanOne(format, '{"p":5}').values(0).type(SELF), 'number')
  })

  test('a text that is too deep is lost, not its message', () => {
    const shallow = formatOf('json', FIELDS, { depth_max: 4 })
    const view = scanOne(shallow, text(`{"id":"x","z":${'['.repeat(9)}${']'.repeat(9)}}`))
    assert.equal(view.failure(0), undefined)
    assert.equal(view.values(0).type(SELF), 'string')
    assert.equal(view.values(0).text(ID), undefined)
  })

  test('the identity holds what decides, not the whole text', () => {
    const view = scanAll(format, [
      text({ id: 'a', noise: 1 }),
      text({ noise: 22, id: 'a' }),
      text({ id: 'b' }),
      text('{"id":"a"'),
      '{"p":{"id":"a"}}',
    ])
    const [first, same, other, damaged, object] = [0, 1, 2, 3, 4].map((e) => view.identity(e))
    assert.equal(first, same)
    assert.notEqual(first, other)
    assert.notEqual(first, damaged)
    // The field that is not looked for in texts stands in the object only, and does not decide.
    assert.equal(first, object)
  })

  test('redaction of what lies in a text takes the whole text', () => {
    for (const act of ['cut', 'replace'] as const) {
      const view = scanOne(format, text({ id: 'secret', a: { b: 1 } }))
      const count = act === 'cut' ? view.cut(0, ID) : view.replace(0, ID, () => 'hidden')
      assert.equal(count, 1)
      assert.equal(view.cut(0, DEEP), 1)
      const out = format.splice(view, 0, ID_BASE, ID_STAMP).toString()
      assert.deepEqual(JSON.parse(out), { before: 1 })
    }
  })

  test('a text that cannot be read goes as a whole when anything in it is redacted', () => {
    const view = scanOne(format, text('{"id":"secret"'))
    assert.equal(view.values(0).text(ID), undefined)
    assert.equal(view.cut(0, ID), 1)
    assert.deepEqual(JSON.parse(format.splice(view, 0, ID_BASE, ID_STAMP).toString()), {
      before: 1,
    })
  })

  test('many texts in one run are kept apart', () => {
    const ids = Array.from({ length: 300 }, (_, i) => `id-${i}-${'x'.repeat(i)}`)
    const view = scanAll(
      format,
      ids.map((id) => text({ id })),
    )
    ids.forEach((id, event) => assert.equal(view.values(event).text(ID), id))
  })

  test('any object is read the same as a value and as a text', () => {
    const names = fc.constantFrom('id', 'a', 'b', 'labels', 'Team', 'flag', 'x')
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(names, tie('tree'), { maxKeys: 5 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(names, tree, { maxKeys: 6 }), (inner) => {
        const view = scanAll(format, [JSON.stringify({ before: 1, p: inner }), text(inner)])
        const read = (event: number) => {
          const values = view.values(event)
          return [ID, DEEP, FLAG, SELF].map((f) => [values.text(f), values.type(f)])
        }
        assert.deepEqual(read(1), read(0))
        const tags = [0, 1].map((event) => view.values(event).tags(LABELS).tags)
        assert.deepEqual(tags[1], tags[0])
      }),
      { numRuns: 300 },
    )
  })
})
