import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { formatDiagnostics, printConfig, readConfig, redactUrls } from '#/config/index.ts'

test('User information and every value of a query are cut out of URLs, and nothing else is.', () => {
  for (const [text, shown] of [
    ['redis://u:pw@host:6379/0', 'redis://<redacted>@host:6379/0'],
    ['http://u:pw@reg/?token=s', 'http://<redacted>@reg/?token=<redacted>'],
    ['http://a/b?x=1&y=2#part', 'http://a/b?x=<redacted>&y=<redacted>#part'],
    ['http://a?bare&x=', 'http://a?<redacted>&x='],
    [
      'a: [http://a?x=1], b: "http://b?y=2"',
      'a: [http://a?x=<redacted>], b: "http://b?y=<redacted>"',
    ],
    ['http://u:p@a,http://v:q@b', 'http://<redacted>@a,http://<redacted>@b'],
    ['http://a?next=http://u:p@b', 'http://a?next=<redacted>'],
    ['why? a=b', 'why? a=b'],
    ['mail@example.com ://', 'mail@example.com ://'],
  ] as const) {
    assert.equal(redactUrls(text), shown)
  }
})

test('A long text without an end of its URL takes no long time.', () => {
  const text = `${'a'.repeat(200_000)}${'://?&@'.repeat(50_000)}`
  assert.doesNotMatch(redactUrls(text), /[?&][^<&]/)
})

/** A key of one name that is a secret in one place and none in another. */
const TwoKeys = Type.Object({
  pseudonymize: Type.Optional(Type.Object({ key: Type.String({ secret: true, minLength: 16 }) })),
  fields: Type.Optional(
    Type.Array(Type.Object({ key: Type.Enum(['user', 'mail']), slot: Type.Integer() })),
  ),
  endpoint: Type.Optional(Type.String()),
})

function errorsOf(text: string): string {
  const read = readConfig({ file: 'w.yaml', text, schema: TwoKeys, env: {}, readFile: () => '' })
  return read.ok ? '' : formatDiagnostics(read.diagnostics, { color: false })
}

test('Only where the schema says so is a key a secret, whatever its name.', () => {
  const plain = errorsOf('fields:\n  - key: usr\n    slot: 1\n')
  assert.match(plain, /\| {3}- key: usr\n +\| {10}\^\^\^ expected one of user, mail/)
  const flow = errorsOf('fields: [{ key: user, slot: x }, { "key": mail, slot: y }]\n')
  assert.match(flow, /\{ key: user, slot: x \}, \{ "key": mail, slot: y \}/)
  const secret = errorsOf('pseudonymize: { key: hunter2 }\nfields: [{ key: usr, slot: 1 }]\n')
  assert.match(secret, /pseudonymize: \{ key: <redacted> \}/)
  assert.match(secret, /\{ key: usr, slot: 1 \}/)
  assert.doesNotMatch(secret, /hunter2/)
})

test('Where YAML is broken a key of that name may be the secret one.', () => {
  const broken = errorsOf('pseudonymize:\n    x: 1\n  key: hunter2\n')
  assert.match(broken, /key: <redacted>/)
  assert.doesNotMatch(broken, /hunter2/)
})

test('The printed config has no secret, no user information and no value of a query.', () => {
  const config = {
    pseudonymize: { key: 'hunter2' },
    fields: [{ key: 'user', slot: 1 }],
    endpoint: 'http://user:hunter2@reg/?token=hunter2',
  }
  assert.equal(
    printConfig(config, TwoKeys),
    `pseudonymize:
  key: <redacted>
fields:
  - key: user
    slot: 1
endpoint: http://<redacted>@reg/?token=<redacted>
`,
  )
})
