import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from './tree.ts'

/** deploy/configuration.md is generated (and fresh, says another test); here it is held against the published schemas. */

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly patternProperties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly default?: unknown
}

/** Paths of all keys, with the default where there is one. */
function keysOf(node: Node, path: string): readonly (readonly [string, unknown])[] {
  const named = Object.entries(node.properties ?? {}).flatMap(([name, member]) => {
    const key = path === '' ? name : `${path}.${name}`
    return [[key, member.default] as const, ...keysOf(member, key)]
  })
  const typed = Object.entries(node.patternProperties ?? {}).flatMap(([pattern, member]) => {
    const name = /^\^(\w+)\(/.exec(pattern)?.[1]
    return name === undefined ? [] : keysOf(member, path === '' ? name : `${path}.${name}`)
  })
  const items = node.items === undefined ? [] : keysOf(node.items, `${path}[]`)
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((one) =>
    keysOf(one, path),
  )
  return [...named, ...typed, ...items, ...branches]
}

const page = textOf('deploy/configuration.md')

/** What stands there by itself: a map of components has no line of its own. */
const MAPS = ['receivers', 'processors', 'exporters', 'owners', 'service', 'service.pipelines']

for (const file of ['schemas/config.schema.json', 'schemas/registry-config.schema.json'])
  test(`every key of ${file} is on the page, with its default`, () => {
    const schema: Node = JSON.parse(textOf(file))
    const keys = keysOf(schema, '').filter(([key]) => !MAPS.includes(key))
    assert.ok(keys.length > 10)
    for (const [key, value] of keys) {
      const lines = page.split('\n').filter((line) => line.startsWith(`- **\`${key}\`**`))
      assert.ok(lines.length > 0, key)
      if (value === undefined) continue
      const shown = `default \`${JSON.stringify(value)}\``
      assert.ok(
        lines.some((line) => line.includes(shown)),
        `${key}: ${shown}`,
      )
    }
  })
