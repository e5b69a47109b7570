import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOMS, importsOf, wrongImports } from './rooms.ts'
import { ROOT, filesOf, textOf } from './tree.ts'

const sources = filesOf('services/**/*.ts')

test('Every import follows the table of rooms.', () => {
  assert.ok(sources.length > 0)
  assert.deepEqual(
    sources.flatMap((path) => wrongImports(path, textOf(path))),
    [],
  )
})

test('Every import across rooms leads to a file.', () => {
  // The tests of this folder hold imports that are only examples.
  const tests = filesOf('test/**/*.ts').filter((path) => !path.startsWith('test/repo/'))
  const targets = [...sources, ...tests].flatMap((path) =>
    importsOf(textOf(path))
      .filter((target) => target.startsWith('#/') && !target.includes('${'))
      .map((target) => ({ path, target })),
  )
  const dead = targets.filter(
    ({ target }) => !existsSync(join(ROOT, 'services', target.slice('#/'.length))),
  )
  assert.deepEqual(
    dead.map(({ path, target }) => `${path}: ${target}`),
    [],
  )
})

test('The table catches what it forbids.', () => {
  const line = (target: string) => `import { x } from '${target}'\n`
  const wrong = (path: string, target: string) => wrongImports(path, line(target)).length === 1
  assert.ok(wrong('services/worker/a.ts', '#/registry/index.ts'))
  assert.ok(wrong('services/registry/a.ts', '#/worker/index.ts'))
  assert.ok(wrong('services/core/a.ts', 'yaml'))
  assert.ok(wrong('services/core/a.ts', '#/config/index.ts'))
  assert.ok(wrong('services/formats/json/a.ts', '#/sources/index.ts'))
  assert.ok(wrong('services/formats/json/a.ts', '../../sources/index.ts'))
  assert.ok(wrong('services/worker/a.ts', '#/cli/main.ts'))
  assert.ok(wrong('services/worker/a.ts', '../../test/support/fake-clock.ts'))
  assert.ok(wrongImports('services/loose.ts', '').length === 1)
  assert.ok(wrongImports('services/unheard/a.ts', '').length === 1)
  assert.ok(!wrong('services/worker/a.ts', '#/owners/index.ts'))
  assert.ok(!wrong('services/formats/json/a.ts', '../keys.ts'))
  assert.ok(!wrong('services/core/a.ts', 'node:net'))
  assert.ok(!wrong('services/owners/a.ts', '../../schemas/owner-bindings.schema.json'))
})

test('Every way of importing is seen.', () => {
  const source = `
import a from '#/core/a.ts'
import type { B } from "#/core/b.ts"
import {
  c,
  type D,
} from '#/core/c.ts'
export { e } from '#/core/e.ts'
export * from '#/core/f.ts'
import '#/core/g.ts'
const h = await import('#/core/h.ts')
type I = import('#/core/i.ts').I
`
  assert.deepEqual(
    importsOf(source).toSorted(),
    ['a', 'b', 'c', 'e', 'f', 'g', 'h', 'i'].map((name) => `#/core/${name}.ts`),
  )
})

test('Worker and registry do not know each other.', () => {
  assert.equal(ROOMS['worker']?.includes('registry'), false)
  assert.equal(ROOMS['registry']?.includes('worker'), false)
})
