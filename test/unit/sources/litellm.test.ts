import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import { litellm } from '#/sources/litellm.ts'
import { read } from './reading.ts'

const call = (metadata: object, rest: object = {}) => ({
  call_type: 'acompletion',
  metadata,
  ...rest,
})
const credential = (hash: string | null, more: object = {}) =>
  call({ user_api_key_hash: hash, ...more })

test('hash, user and mail are three names of the credential', () => {
  const event = credential('5f3a', {
    user_api_key_alias: 'claims',
    user_api_key_user_id: 'Svc',
    user_api_key_user_email: 'Svc@Example.com',
  })
  assert.deepEqual(read(litellm, event).keys, [
    '3 api_key=litellm/5f3a',
    '3 user=litellm|Svc',
    '3 mail=svc@example.com',
  ])
})

test('the alias stands in for an absent hash', () => {
  const event = credential(null, { user_api_key_alias: 'claims' })
  assert.deepEqual(read(litellm, event).keys, ['3 api_key=litellm/alias/claims'])
})

test('the master key and the default user are shared values and build no key', () => {
  for (const metadata of [
    { user_api_key_hash: 'litellm_proxy_master_key' },
    { user_api_key_hash: '88dc', user_api_key_alias: 'litellm_proxy_master_key' },
    { user_api_key_user_id: 'default_user_id' },
  ]) {
    const reading = read(litellm, call(metadata))
    assert.deepEqual(reading.keys, [])
    assert.equal(reading.shared, true)
  }
})

test('a raw key becomes a keyed fingerprint, and no key without the fingerprint key', () => {
  const event = credential('sk-1234567890')
  const fingerprint_key = Buffer.from('a fingerprint key')
  const digest = createHmac('sha256', fingerprint_key).update('sk-1234567890').digest('base64url')
  assert.deepEqual(read(litellm, event, { fingerprint_key }).keys, [
    `3 api_key=litellm/fp:${digest}`,
  ])
  const reading = read(litellm, event)
  assert.deepEqual(reading.keys, [])
  assert.equal(reading.unkeyed, true)
})

test('team and project are two scopes, the organisation an account', () => {
  const reading = read(
    litellm,
    call({ user_api_key_team_id: 't', user_api_key_project_id: 'p', user_api_key_org_id: 'o' }),
  )
  assert.deepEqual(reading.keys, ['4 scope=litellm/team/t', '4 scope=litellm/project/p'])
  assert.equal(reading.account, true)
})

test('metadata of the key is rung 6, everything that the requester sent is rung 7', () => {
  const event = call(
    {
      user_api_key_auth_metadata: { cost_center: 'CC-1' },
      spend_logs_metadata: '{"team":"a"}',
      requester_metadata: { app: 'b', ticket: 7 },
      requester_custom_headers: { 'x-tenant-id': 'Blue', 'x-agent-id': 'agt-1' },
    },
    { request_tags: ['env:prod', 'owner: Ana', 'User-Agent: x'] },
  )
  assert.deepEqual(read(litellm, event).keys, [
    '6 tenant_tag=cost_center=cc-1',
    '6 cost_center=cc-1',
    '7b tenant_tag=team=a',
    '7b team=a',
    '7b tenant_tag=application=b',
    '7b application=b',
    '7b tenant_tag=owner=ana',
    '7c tenant_tag=tenant=blue',
    '7c agent=litellm/agt-1',
  ])
})

test('two tags of one name in a list are two claims, in an object the last counts', () => {
  const list = call({}, { request_tags: ['team:a', 'team:b'] })
  assert.equal(read(litellm, list).keys.length, 4)
})

test('a JSON text that does not parse is lost and counted, the rest is read', () => {
  const reading = read(litellm, call({ spend_logs_metadata: '{"team":', user_api_key_hash: 'k' }))
  assert.equal(reading.lost, 1)
  assert.deepEqual(reading.keys, ['3 api_key=litellm/k'])
})

test('a list with more tags than can be looked up is cut and counted', () => {
  const request_tags = Array.from({ length: 1000 }, (_, index) => `owner:o${index}`)
  const reading = read(litellm, call({}, { request_tags }))
  assert.equal(reading.keys.length, 256)
  assert.equal(reading.lost, 1)
})

test('the end user is the consumer, a mail where it looks like one', () => {
  const event = call({ user_api_key_end_user_id: 'x' }, { end_user: ' Ana@Example.com ' })
  assert.deepEqual(read(litellm, event).keys, ['7c mail=ana@example.com'])
  const other = call({ user_api_key_end_user_id: 'cust-1' }, { end_user: '' })
  assert.deepEqual(read(litellm, other).keys, ['7c user=litellm|cust-1'])
})

test('a device handle in place of the end user is a hint', () => {
  const event = call({}, { end_user: '{"device_id":"d1","account_uuid":"","session_id":"s"}' })
  const reading = read(litellm, event)
  assert.deepEqual(reading.keys, [])
  assert.deepEqual(reading.hints, ['user=litellm|d1'])
  assert.equal(reading.unkeyed, false)
})

test('an address in either place counts, tags with addresses too', () => {
  assert.equal(
    read(litellm, call({}, { requester_ip_address: '192.0.2.1, 10.0.0.1' })).address,
    'present',
  )
  assert.equal(read(litellm, call({ requester_ip_address: '192.0.2.1' })).address, 'present')
  assert.equal(
    read(litellm, call({ requester_metadata: { client_ip: '192.0.2.1' } })).address,
    'present',
  )
  assert.equal(read(litellm, call({}, { requester_ip_address: '' })).address, 'none')
})

test('the first word of the user agent suggests an application', () => {
  const event = call({}, { user_agent: 'Claims-Summarizer/4.2' })
  assert.deepEqual(read(litellm, event).hints, ['application=claims-summarizer'])
})

test('tool calls and lists are no calls', () => {
  const classOf = (event: object) => read(litellm, event).class
  assert.equal(classOf({ call_type: 'call_mcp_tool' }), 'tool_call')
  assert.equal(classOf({ call_type: 'list_mcp_tools' }), 'tool_call')
  assert.equal(classOf(call({ mcp_tool_call_metadata: { name: 'x' } })), 'tool_call')
  assert.equal(classOf(call({ mcp_tool_call_metadata: null })), undefined)
  for (const call_type of ['alist_batches', 'aretrieve_batch', 'acreate_file', 'afile_content']) {
    assert.equal(classOf({ call_type }), 'admin', call_type)
  }
  for (const call_type of ['completion', 'pass_through_endpoint', 'aembedding', '']) {
    assert.equal(classOf({ call_type }), undefined, call_type)
  }
})

test('without call_type it is not this source', () => {
  assert.equal(read(litellm, { metadata: {} }).failure, 'wrong_shape')
})

test('the start is in seconds, cut to milliseconds, and input tokens include cached ones', () => {
  const event = call({}, { startTime: 1795089599.9999, prompt_tokens: 10, completion_tokens: 3 })
  const reading = read(litellm, event)
  assert.equal(reading.time, 1795089599999)
  assert.deepEqual(reading.tokens, { input: 10, output: 3 })
})

test('a claimed receiver makes everything rung 7', () => {
  const event = credential('k', {
    user_api_key_auth_metadata: { team: 'a' },
    user_api_key_team_id: 't',
  })
  assert.deepEqual(read(litellm, event, { trust: 'claimed' }).keys, [
    '7a api_key=litellm/k',
    '7a scope=litellm/team/t',
    '7b tenant_tag=team=a',
    '7b team=a',
  ])
})

test('an issuer of the receiver stands in for the system', () => {
  const event = credential(null, { user_api_key_user_id: 'u' })
  assert.deepEqual(read(litellm, event, { issuer: 'https://idp' }).keys, ['3 user=https://idp|u'])
})

test('nobody words count in any letter case, more of them come from the receiver', () => {
  for (const word of [
    '',
    ' - ',
    'NULL',
    'None',
    'nil',
    'undefined',
    'N/A',
    'Unknown',
    'UNSPECIFIED',
  ]) {
    assert.deepEqual(read(litellm, credential(word)).keys, [], word)
  }
  assert.deepEqual(read(litellm, credential('TBD'), { nobody_words: ['tbd'] }).keys, [])
})

test('more shared values come from the receiver, by path', () => {
  const shared_words = { '/metadata/user_api_key_hash': ['k'] }
  const reading = read(litellm, credential('k'), { shared_words })
  assert.deepEqual(reading.keys, [])
  assert.equal(reading.shared, true)
})

test('numbers are their digits, booleans and objects are nothing', () => {
  assert.deepEqual(read(litellm, JSON.parse('{"call_type":"x","end_user":4021}')).keys, [
    '7c user=litellm|4021',
  ])
  assert.deepEqual(read(litellm, call({}, { end_user: true })).keys, [])
  assert.deepEqual(read(litellm, call({}, { end_user: { id: 'x' } })).keys, [])
})
