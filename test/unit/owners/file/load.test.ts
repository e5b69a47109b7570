import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { loadOwnerFile, loadOwnerText } from '#/owners/index.ts'

const SAMPLES = fileURLToPath(new URL('../../../data/samples/owners.yaml', import.meta.url))

/** `line:column message` of each. */
function places(list: readonly { line: number; column: number; message: string }[]): string[] {
  return list.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

const YAML = `# owners
x-owners:
  - &payments { id: team:payments, team: payments, cost_center: 0815 }
bindings:
  - kind: api_key
    key: helicone/4021
    owner: *payments
    valid_to: 2026-07-01T00:00:00Z
  - kind: agent
    key: litellm/007
    owner: { <<: *payments, application: bot }
    valid_from: 2026-07-01
    valid_to: null
  - { kind: user, key: "idp|shared", ownership: shared, note: everybody uses it }
`

const JSON_TEXT = JSON.stringify({
  bindings: [
    {
      kind: 'api_key',
      key: 'helicone/4021',
      owner: { id: 'team:payments', team: 'payments', cost_center: '0815' },
      valid_to: '2026-07-01T00:00:00Z',
    },
    {
      kind: 'agent',
      key: 'litellm/007',
      owner: { id: 'team:payments', team: 'payments', cost_center: '0815', application: 'bot' },
      valid_from: '2026-07-01',
    },
    { kind: 'user', key: 'idp|shared', ownership: 'shared' },
  ],
})

const CSV = `kind,key,ownership,owner.id,owner.team,owner.cost_center,owner.application,valid_from,valid_to\r
api_key,helicone/4021,owned,team:payments,payments,0815,,,2026-07-01T00:00:00Z\r
agent,litellm/007,,team:payments,payments,0815,bot,2026-07-01,\r
user,"idp|shared",shared,,,,,,\r
`

test('the same rows in YAML, JSON and CSV are the same bindings', () => {
  const [yaml, json, csv] = [
    loadOwnerText('owners.yaml', YAML),
    loadOwnerText('owners.json', JSON_TEXT),
    loadOwnerText('owners.csv', CSV),
  ]
  assert.deepEqual([yaml.errors, json.errors, csv.errors], [[], [], []])
  assert.deepEqual([yaml.warnings, json.warnings, csv.warnings], [[], [], []])
  assert.equal(yaml.bindings.length, 3)
  assert.deepEqual(json.bindings, yaml.bindings)
  assert.deepEqual(csv.bindings, yaml.bindings)
  assert.deepEqual(yaml.bindings[1]?.owner, {
    id: 'team:payments',
    team: 'payments',
    application: 'bot',
    cost_center: '0815',
  })
})

test('the owner file of the samples loads without an error or a warning', async () => {
  const loaded = await loadOwnerFile(SAMPLES)
  assert.deepEqual(loaded.errors, [])
  assert.deepEqual(loaded.warnings, [])
  assert.ok(loaded.bindings.length > 40)
  const service = loaded.bindings.find(({ key }) => key.value === '/reports-api/')
  assert.equal(service?.owner?.id, 'team:reporting')
})

test('the revision changes with the content and only with it', () => {
  const { revision } = loadOwnerText('a.yaml', YAML)
  assert.match(revision, /^[0-9a-f]{16}$/)
  assert.equal(loadOwnerText('b.yaml', YAML).revision, revision)
  assert.notEqual(loadOwnerText('a.yaml', `${YAML}\n`).revision, revision)
})

test('a number in JSON or YAML counts as the digits that stand there', () => {
  const row = (key: string) =>
    `{"bindings": [{"kind": "cost_center", "key": ${key}, "owner": {"id": 1e2}}]}`
  for (const file of ['a.json', 'a.yaml']) {
    const { bindings, errors } = loadOwnerText(file, row('12345678901234567890'))
    assert.deepEqual(errors, [])
    assert.equal(bindings[0]?.key.value, '12345678901234567890')
    assert.equal(bindings[0]?.owner?.id, '1e2')
  }
})

test('all errors of a YAML file are told at once, each at its place', () => {
  const text = `bindings:
  - kind: api-key
    key: litellm/k1
    owner: { id: team:a }
  - kind: mail
    key: nobody
    owner: { id: team:a, tema: a }
  - { kind: user, key: idp|x, ownership: shared, owner: { id: team:a } }
  - { kind: user, key: idp|y }
  - { kind: mail, key: at-nowhere, owner: { id: team:a }, valid_from: 2026-02-30, valid_to: soon }
`
  const { bindings, errors } = loadOwnerText('owners.yaml', text)
  assert.deepEqual(bindings, [])
  const found = places(errors)
  const expected = [
    /^2:5 kind: expected spiffe, k8s_sa, .*, found "api-key"; did you mean api_key\?$/,
    /^7:26 owner\.tema: unknown member "tema"; expected id, team, product/,
    /^8:50 owner: expected no owner/,
    /^9:5 "owner" is missing$/,
    /^10:19 key: expected <name>@<domain>$/,
    /^10:\d+ valid_from: expected a date/,
    /^10:\d+ valid_to: expected a date/,
  ]
  assert.equal(found.length, expected.length, found.join('\n'))
  for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern)
  assert.deepEqual(new Set(errors.map(({ file }) => file)), new Set(['owners.yaml']))
})

test('a misspelt word, member or column names the nearest one', () => {
  const text = `bindings:
  - { kind: api_kee, key: litellm/k1, owner: { id: team:a } }
  - { kind: api_key, key: litellm/k1, owner: { id: team:a, cost_centre: 12 } }
  - { kind: api_key, key: litellm/k1, owner: { id: team:a }, until: 2026-01-31 }
`
  const [kind = '', member = '', far = ''] = places(loadOwnerText('o.yaml', text).errors)
  assert.match(kind, /^2:7 kind: .*found "api_kee"; did you mean api_key\?$/)
  assert.match(member, /^3:\d+ owner\.cost_centre: .*; did you mean cost_center\?$/)
  assert.match(far, /^4:\d+ until: unknown member/)
  assert.doesNotMatch(far, /did you mean/)

  for (const [column, meant] of [
    ['owner_id', 'owner.id'],
    ['OwnerTeam', 'owner.team'],
    ['cost-center', 'owner.cost_center'],
    ['valid_form', 'valid_from'],
    ['owner.prodcut', 'owner.product'],
  ]) {
    const [found = ''] = places(loadOwnerText('o.csv', `kind,key,${column}\n`).errors)
    assert.ok(found.endsWith(`; did you mean ${meant}?`), found)
  }
  const [none = ''] = places(loadOwnerText('o.csv', 'kind,key,quux\n').errors)
  assert.doesNotMatch(none, /did you mean/)
})

test('an error behind an alias or a merge key is shown where the row is', () => {
  const text = `x-a: &a { id: "" }
bindings:
  - kind: api_key
    key: litellm/k1
    owner: *a
`
  assert.match(places(loadOwnerText('o.yaml', text).errors)[0] ?? '', /^(5:5|1:11) owner\.id: /)
})

test('errors in JSON have their line and column, of syntax and of content', () => {
  const syntax = loadOwnerText('o.json', '{\n  "bindings": [\n    {"kind": }\n  ]\n}')
  assert.match(places(syntax.errors)[0] ?? '', /^3:14 /)
  const cut = loadOwnerText('o.json', '{"bindings": [')
  assert.match(places(cut.errors)[0] ?? '', /^1:15 /)
  const content = loadOwnerText(
    'o.json',
    '{"bindings": [\n{"kind": "mail",\n "key": "x", "owner": {"id": "a"}}]}',
  )
  assert.deepEqual(places(content.errors), ['3:2 key: expected <name>@<domain>'])
})

test('errors in CSV have their line and column, of the header and of fields', () => {
  assert.match(
    places(loadOwnerText('o.csv', 'kind,key,owner\n').errors)[0] ?? '',
    /^1:10 unknown column "owner"; expected id, kind, key/,
  )
  assert.deepEqual(places(loadOwnerText('o.csv', 'kind,key,kind\n').errors), [
    '1:10 column kind stands twice',
  ])
  assert.deepEqual(places(loadOwnerText('o.csv', 'kind,key\nmail,a@b.c,x\n').errors), [
    '2:12 expected 2 fields, as in the header',
  ])
  assert.deepEqual(places(loadOwnerText('o.csv', 'kind,key\nmail,"a@b.c\n').errors), [
    '2:6 the quote is never closed',
  ])
  assert.deepEqual(places(loadOwnerText('o.csv', '').errors), ['1:1 expected a header line'])
  const text = 'kind,owner.id,key\nmail,team:a,x\n\nmail,team:a,"y ""z"""\n'
  assert.deepEqual(places(loadOwnerText('o.csv', text).errors), [
    '2:13 key: expected <name>@<domain>',
    '4:13 key: expected <name>@<domain>',
  ])
})

test('YAML that is no owner file is an error, whatever it is', () => {
  for (const text of [
    '',
    'bindings',
    'bindings: 7',
    '[]',
    'binding: []',
    'bindings: []\nowners: []',
  ]) {
    assert.equal(loadOwnerText('o.yaml', text).errors.length > 0, true, text)
  }
  assert.match(places(loadOwnerText('o.yaml', 'bindings:\n\t- a\n').errors)[0] ?? '', /^2:\d/)
  assert.match(places(loadOwnerText('o.yaml', 'bindings: *nowhere').errors)[0] ?? '', /nowhere/)
  assert.match(places(loadOwnerText('o.txt', '').errors)[0] ?? '', /expected a file that ends in/)
})

test('an owner file without rows is well-formed: nobody owns anything', () => {
  const { bindings, errors } = loadOwnerText('o.yaml', 'bindings: []')
  assert.deepEqual([bindings, errors], [[], []])
})

test('a row that nothing can ask for is a warning', () => {
  const text = 'bindings:\n  - { kind: tenant_tag, key: team=unknown, owner: { id: team:a } }\n'
  const { bindings, errors, warnings } = loadOwnerText('o.yaml', text)
  assert.deepEqual(errors, [])
  assert.equal(bindings.length, 1)
  assert.match(places(warnings)[0] ?? '', /^2:\d+ key: no event can ask for this key/)
})

test('two rows of one key that hold at once are a warning at the later one; a hand-over is none', () => {
  const row = (dates: string) =>
    `  - { kind: mail, key: a@example.com, owner: { id: x }${dates} }\n`
  const handed_over = `bindings:\n${row(', valid_to: 2026-01-01')}${row(', valid_from: 2026-01-01')}`
  assert.deepEqual(loadOwnerText('o.yaml', handed_over).warnings, [])
  const overlap = `bindings:\n${row(', valid_from: 2026-01-01')}${row(', valid_to: 2026-01-02')}`
  const { warnings, bindings } = loadOwnerText('o.yaml', overlap)
  assert.equal(bindings.length, 2)
  assert.deepEqual(
    warnings.map(({ line }) => line),
    [2],
  )
})

test('an anchor may be used by many rows, and an alias bomb is refused', () => {
  const rows = '  - { kind: mail, key: a@example.com, owner: *a }\n'.repeat(2000)
  const { errors, bindings } = loadOwnerText('o.yaml', `x-a: &a { id: t }\nbindings:\n${rows}`)
  assert.deepEqual(errors, [])
  assert.equal(bindings.length, 2000)
  const levels = Array.from({ length: 12 }, (_, level) => {
    const items = level === 0 ? Array(10).fill('lol') : Array(10).fill(`*b${level - 1}`)
    return `x-b${level}: &b${level} [${items.join(', ')}]\n`
  })
  const bomb = loadOwnerText('o.yaml', `${levels.join('')}bindings: []\n`)
  assert.match(places(bomb.errors)[0] ?? '', /alias/i)
})

test('a thousand errors are listed and the rest is counted', () => {
  const rows = '{"kind": "mail", "key": "x", "owner": {"id": "a"}},\n'.repeat(1500)
  const { errors } = loadOwnerText('o.json', `{"bindings": [${rows.slice(0, -2)}]}`)
  assert.equal(errors.length, 1001)
  assert.equal(errors.at(-1)?.message, 'and 500 more')
  assert.equal(errors[999]?.line, 1000)
})

test('a file that is missing or too large says so by name', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-owners-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'owners.yaml')
  await assert.rejects(loadOwnerFile(path), {
    code: 'config_invalid',
    message: /owners\.yaml: ENOENT/,
  })
  await writeFile(path, YAML)
  await assert.rejects(loadOwnerFile(path, 100), {
    message: /has \d+ bytes; file_bytes_max allows 100/,
  })
  assert.equal((await loadOwnerFile(path)).bindings.length, 3)
})
