import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { COMMANDS } from '#/cli/commands.ts'
import { CATALOGUE } from '#/telemetry/index.ts'
import { filesOf, textOf } from './tree.ts'

/** The pages under deploy/ name what there is: commands, keys, metrics, values of the chart, and exactly the ACLs of the users. */

const PAGES = ['deploy/README.md', 'deploy/production.md', 'deploy/security.md']
const code = PAGES.flatMap((path) =>
  [...textOf(path).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => ({ path, text })),
)

test('every command on the pages is one', () => {
  const named = code.flatMap(({ path, text }) => {
    const word = /^whosecall ([a-z-]+)/.exec(text)?.[1]
    return word === undefined ? [] : [{ path, word }]
  })
  assert.ok(named.length >= 8)
  const commands = COMMANDS.map(({ name }) => name)
  for (const { path, word } of named)
    assert.ok(commands.includes(word), `${path}: whosecall ${word}`)
})

test('every metric on the pages is in the catalogue', () => {
  const names = code.flatMap(({ text }) =>
    [...text.matchAll(/whosecall_[a-z_]+/g)].map(([one]) => one),
  )
  assert.ok(names.length >= 4)
  for (const name of names) assert.ok(name in CATALOGUE, name)
})

test('every key on the pages is in the configuration or in the values of the chart', () => {
  const keys = new Set(
    [...textOf('deploy/configuration.md').matchAll(/^- \*\*`([^`]+)`\*\*/gm)].map(
      ([, key = '']) => key,
    ),
  )
  const values = textOf('deploy/helm/whosecall/values.schema.json')
  const named = code.filter(
    ({ text }) => /^[a-z]\w*(\.[a-z]\w*)+$/.test(text) && !text.endsWith('.md'),
  )
  assert.ok(named.length >= 15)
  for (const { path, text } of named) {
    if (/^(?:max\.message\.bytes|offsets\.retention\.minutes)$/.test(text)) continue
    const last = text.split('.').at(-1) ?? ''
    const known = [...keys].some((key) => key === text || key.endsWith(`.${text}`))
    assert.ok(known || values.includes(`"${last}": {`), `${path}: ${text}`)
  }
})

/** Rows of a table, cells by column. */
function rowsBelow(page: string, heading: string): readonly (readonly string[])[] {
  const part = page
    .slice(page.indexOf(heading))
    .split('\n\n')
    .find((text) => text.startsWith('|'))
  const lines = (part ?? '').split('\n').slice(2)
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

interface Acl {
  readonly resource: { readonly type: string; readonly name: string; readonly patternType: string }
  readonly operations: readonly string[]
}
interface User {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly authorization: { readonly acls: readonly Acl[] } }
}

/** What the guide calls a topic or a group of the example. */
const CALLED: Readonly<Record<string, string>> = {
  'topic ai.calls.litellm': 'input and redrive topics',
  'topic ai.calls.litellm.redrive': 'input and redrive topics',
  'group whosecall-litellm': 'its groups',
  'topic ai.calls.attributed': 'output topics',
  'topic ai.calls.dead-letter': 'dead-letter topic',
  'topic ai.calls.findings': 'findings topic',
}

test('the users for Strimzi may do exactly what the guide says', () => {
  const said = rowsBelow(textOf('deploy/production.md'), '## ACLs').map((row) => row.join(' | '))
  assert.equal(said.length, 8)
  const users: readonly User[] = parseAllDocuments(textOf('deploy/strimzi/users.yaml')).map(
    (document) => document.toJS() as User,
  )
  const given = users.flatMap(({ metadata, spec }) => {
    const who = metadata.name.replace('whosecall-', '')
    return spec.authorization.acls.map(({ resource, operations }) => {
      const { type, name, patternType } = resource
      const called =
        who === 'redrive' && name.endsWith('.redrive')
          ? 'redrive topics'
          : CALLED[`${type} ${name}`]
      const prefix = patternType === 'prefix' ? `${type}s ${name}` : undefined
      return [who, prefix ?? called, operations.join(', ')].join(' | ')
    })
  })
  assert.deepEqual([...new Set(given)].toSorted(), said.toSorted())
})

test('topics that are written take what was read, and a user names topics that exist', () => {
  const topics: readonly {
    metadata: { name: string }
    spec: { config: Record<string, number> }
  }[] = parseAllDocuments(textOf('deploy/strimzi/topics.yaml')).map((document) => document.toJS())
  const bytes = new Map(
    topics.map(({ metadata, spec }) => [metadata.name, spec.config['max.message.bytes'] ?? 0]),
  )
  const input = bytes.get('ai.calls.litellm') ?? 0
  assert.ok(input > 0)
  assert.ok((bytes.get('ai.calls.attributed') ?? 0) > input)
  assert.ok((bytes.get('ai.calls.dead-letter') ?? 0) >= input + 64 * 1024)
  for (const name of Object.keys(CALLED).filter((key) => key.startsWith('topic ')))
    assert.ok(bytes.has(name.replace('topic ', '')), name)
})

test('every page under deploy/ can be reached from its index', () => {
  const index = textOf('deploy/README.md')
  for (const path of filesOf('deploy/*.md', 'deploy/siem/*.md'))
    if (path !== 'deploy/README.md') assert.ok(index.includes(path.replace('deploy/', '')), path)
})
