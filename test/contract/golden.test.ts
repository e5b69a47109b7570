/**
 * What SIEMs get of every sample, line by line: as in the golden files, valid by the published schemas, and without
 * anything that redaction takes out.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SOURCES } from '#/sources/index.ts'
import { GOLDEN_ENCODINGS, goldenFile, shapedSamples } from '../support/shaped-samples.ts'
import { problemsOf } from '../support/siem-schemas.ts'

for (const encoding of GOLDEN_ENCODINGS)
  for (const { name } of SOURCES)
    test(`samples of ${name} leave as ${encoding} as the golden file says`, async () => {
      const lines = await shapedSamples(encoding, name)
      assert.ok(lines.length > 0)
      for (const line of lines) assert.deepEqual(problemsOf(encoding, JSON.parse(line)), [], line)
      const file = goldenFile(encoding, name)
      assert.ok(existsSync(file), 'there is no golden file: node test/generate/golden.ts writes it')
      assert.deepEqual(lines, readFileSync(file, 'utf8').split('\n').filter(Boolean))
    })

test('what redaction takes out is in no shape', async () => {
  const redaction = {
    drop: ['/metadata/user_api_key_hash', '/user_agent', '/metadata/user_agent', '/session_id'],
    pseudonymize: {
      key_id: '1',
      key: 'a secret of sixteen or more',
      fields: ['/end_user', '/metadata/user_api_key_end_user_id'],
      addresses: ['/requester_ip_address', '/metadata/requester_ip_address'],
    },
  }
  const secrets = ['cust-2291', '198.51.100.24', 'claims-summarizer/4.2.0', 'c5ccedaa1fe77ba6']
  for (const encoding of GOLDEN_ENCODINGS) {
    const plain = await shapedSamples(encoding, 'litellm')
    for (const secret of secrets) assert.ok(plain[0]?.includes(secret), secret)
    const lines = await shapedSamples(encoding, 'litellm', { attribution: {}, redaction })
    for (const line of lines) {
      assert.deepEqual(problemsOf(encoding, JSON.parse(line)), [], line)
      for (const secret of secrets) assert.ok(!line.includes(secret), `${secret} in ${line}`)
      assert.ok(!line.includes('"credential_uid"'), `a mask is no credential: ${line}`)
    }
  }
})

test('the OCSF schema holds what OCSF asks for', async () => {
  const [line] = await shapedSamples('ocsf', 'litellm')
  const broken = (change: (event: Record<string, unknown>) => void) => {
    const event = JSON.parse(line!) as Record<string, unknown>
    change(event)
    return problemsOf('ocsf', event).length > 0
  }
  const required = ['activity_id', 'category_uid', 'class_uid', 'type_uid', 'severity_id', 'time']
  for (const name of [...required, 'metadata', 'actor', 'api', 'src_endpoint'])
    assert.ok(
      broken((event) => delete event[name]),
      `${name} is required`,
    )
  assert.ok(broken((event) => (event['actor'] = {})))
  assert.ok(broken((event) => (event['src_endpoint'] = {})))
  assert.ok(broken((event) => (event['src_endpoint'] = { ip: 'private' })))
  assert.ok(broken((event) => (event['time'] = '2026-11-19T12:00:00Z')))
  assert.ok(broken((event) => (event['metadata'] = { version: '1.9.0' })))
  assert.ok(broken((event) => (event['ai_model'] = { name: 'm' })))
  assert.ok(broken((event) => (event['actor'] = { user: { type_id: 7, uid: 'u' } })))
  assert.ok(broken((event) => (event['enrichments'] = [{ name: 'attribution', value: 'x' }])))
})
