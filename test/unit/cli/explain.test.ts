import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { temporaryFolder } from '../../support/worker.ts'
import { createFakeIo } from './fake-io.ts'

const KNOWN =
  '{"litellm_call_id":"1","call_type":"acompletion","metadata":{"user_api_key_hash":"k1"}}'
const UNKNOWN = KNOWN.replace('k1', 'k2')
const OWNERS = 'bindings: [{ kind: api_key, key: litellm/k1, owner: { id: team:one } }]\n'

async function explain(
  t: TestContext,
  line: readonly string[],
  options: { readonly stdin?: string; readonly owners?: string } = {},
) {
  const cwd = temporaryFolder(t)
  writeFileSync(join(cwd, 'owners.yaml'), options.owners ?? OWNERS)
  writeFileSync(join(cwd, 'calls.ndjson'), `${KNOWN}\n${UNKNOWN}\n`)
  const io = createFakeIo({ cwd, stdin: options.stdin ?? '' })
  const code = await dispatch(['explain', ...line], COMMANDS, io).catch((error: unknown) => error)
  return { code, ...io.written }
}

test('the first line of a file is explained, and the talk says how to name another', async (t) => {
  const { code, out, err } = await explain(t, ['--owners', 'owners.yaml', 'calls.ndjson'])
  assert.equal(code, 0)
  assert.match(out, /^calls\.ndjson\/0\/0 event 0: attributed to team:one by credential, high/)
  assert.match(out, /\n {2}▸ {2}3 +credential, trusted +the highest owner: team:one/)
  assert.equal(err, 'explains line 1 of calls.ndjson; --line names another\n')
})

test('an unknown key comes with the row that would attribute it', async (t) => {
  const line = ['--owners', 'owners.yaml', 'calls.ndjson', '--line', '2']
  const { out, err } = await explain(t, line)
  assert.match(out, /unattributed: unknown_identity/)
  assert.match(out, /bind api_key=litellm\/k2 to an owner \(rung 3\)/)
  const [, row = ''] = /\n +- (\{.*\})\n/.exec(out) ?? []
  assert.equal(row, '{ kind: api_key, key: "litellm/k2", owner: { id: "team:NAME" } }')
  assert.equal(err, '')
  const bound = await explain(t, line, { owners: `bindings: [${row}]\n` })
  assert.match(bound.out, /attributed to team:NAME by credential/)
})

test('a message on stdin that cannot be read is explained, and nothing of it is shown', async (t) => {
  const line = ['--source', 'litellm', '--owners', 'owners.yaml', '-', '--json']
  const { code, out } = await explain(t, line, { stdin: '{"private": ' })
  assert.equal(code, 0)
  const document = JSON.parse(out) as Record<string, unknown>
  assert.equal(document['type'], 'whosecall.explain')
  assert.deepEqual(document['failure'], {
    code: 'malformed',
    why: 'it is no valid JSON: it ends too early',
  })
  assert.ok(!out.includes('private'))
})

test('only the event that is asked for is shown, and one that is not there is an error', async (t) => {
  const stdin = `[${KNOWN},${UNKNOWN}]`
  const line = ['--source', 'litellm', '--owners', 'owners.yaml', '-', '--json', '--event']
  const { out } = await explain(t, [...line, '1'], { stdin })
  assert.equal((JSON.parse(out) as { index: number }).index, 1)
  const { code } = await explain(t, [...line, '2'], { stdin })
  assert.match(String(code), /no event 2; it has 2/)
})

test('coordinates of a broker come together, and not with a file', async (t) => {
  const one = await explain(t, ['--topic', 'calls'])
  assert.match(String(one.code), /needs --topic, --partition and --offset/)
  const place = ['--topic', 'calls', '--partition', '0', '--offset', '1']
  const two = await explain(t, [...place, 'calls.ndjson'])
  assert.match(String(two.code), /a file or a topic, not both/)
  const three = await explain(t, place)
  assert.match(String(three.code), /which brokers\? Name the config/)
})
