import assert from 'node:assert/strict'
import test from 'node:test'
import { envoyAiGateway } from '#/sources/envoy-ai-gateway.ts'
import { kongAiProxy } from '#/sources/kong-ai-proxy.ts'
import { read, type ReadingOptions } from './reading.ts'

const START = '2026-11-19T12:00:41.894Z'
const envoy = (event: object, options: ReadingOptions = {}) =>
  read(envoyAiGateway, { start_time: START, ...event }, options)
const kong = (event: object, options: ReadingOptions = {}) =>
  read(kongAiProxy, { started_at: 1795089650112, ai: { proxy: {} }, ...event }, options)

test('envoy: a service account in the token is the workload, in the cluster of the receiver', () => {
  const event = { 'jwt.sub': 'system:serviceaccount:claims:bot', 'jwt.iss': 'https://k8s' }
  assert.deepEqual(envoy(event).keys, ['1 k8s_sa=envoy/claims/bot'])
  assert.deepEqual(envoy(event, { cluster: 'eu-1' }).keys, ['1 k8s_sa=eu-1/claims/bot'])
})

test('envoy: any other subject is a principal of its issuer, and never a mail', () => {
  assert.deepEqual(envoy({ 'jwt.sub': 'ana@example.com', 'jwt.iss': 'https://idp' }).keys, [
    '2 user=https://idp|ana@example.com',
  ])
  assert.deepEqual(envoy({ 'jwt.sub': 'u-1' }).keys, ['2 user=envoy|u-1'])
  assert.deepEqual(envoy({ 'jwt.sub': 'u-1' }, { issuer: 'https://i' }).keys, [
    '2 user=https://i|u-1',
  ])
})

test('envoy: without subject the client id, then azp', () => {
  assert.deepEqual(
    envoy({ 'jwt.client_id': 'ci', 'jwt.azp': 'x', 'jwt.iss': 'https://idp' }).keys,
    ['2 oauth_client=https://idp|ci'],
  )
  assert.deepEqual(envoy({ 'jwt.sub': null, 'jwt.azp': 'x' }).keys, ['2 oauth_client=envoy|x'])
  assert.deepEqual(envoy({ 'jwt.sub': 'u-1', 'jwt.client_id': 'ci' }).keys, ['2 user=envoy|u-1'])
})

test('envoy: every other key of the top level may be a tag of the caller', () => {
  const event = {
    'tenant.id': 'Blue',
    'x-end-user': 'u-48213',
    'x-team': 'Claims',
    method: 'POST',
    nested: { team: 'no' },
  }
  assert.deepEqual(envoy(event).keys, [
    '7b tenant_tag=team=claims',
    '7b team=claims',
    '7c tenant_tag=tenant=blue',
    '7c user=envoy|u-48213',
  ])
})

test('envoy: addresses come from the forwarded header, the peer, or a tag', () => {
  assert.deepEqual(envoy({ 'x-forwarded-for': '192.0.2.71,203.0.113.9' }).hints, ['ip=203.0.113.9'])
  assert.equal(envoy({ downstream_remote_address: '198.51.100.5:64484' }).address, 'present')
  assert.equal(envoy({ 'client.address': '198.51.100.5' }).address, 'present')
  assert.equal(envoy({ downstream_remote_address: null }).address, 'none')
})

test('envoy: tool calls and the list of models are no calls, a null key is not there', () => {
  assert.equal(envoy({ 'mcp.method.name': 'tools/call' }).class, 'tool_call')
  assert.equal(envoy({ mcp_tool_name: 'x' }).class, 'tool_call')
  assert.equal(envoy({ 'mcp.method.name': null }).class, undefined)
  assert.equal(envoy({ 'x-envoy-origin-path': '/v1/models' }).class, 'admin')
  assert.equal(envoy({ path: '/v1/models?limit=1' }).class, 'admin')
  assert.equal(envoy({ 'x-envoy-origin-path': '/v1/chat/completions' }).class, undefined)
})

test('envoy: needs a start time, which is read as it stands', () => {
  assert.equal(read(envoyAiGateway, { 'jwt.sub': 'x' }).failure, 'wrong_shape')
  const reading = envoy({ 'gen_ai.usage.input_tokens': 815, llm_output_token: '7' })
  assert.equal(reading.time, Date.parse(START))
  assert.deepEqual(reading.tokens, { input: 815, output: 7 })
})

test('kong: the consumer names the credential, by id, else by the authenticated entity, else by name', () => {
  assert.deepEqual(
    kong({ consumer: { id: 'c1', username: 'n' }, authenticated_entity: { consumer_id: 'c2' } })
      .keys,
    ['3 api_key=kong/c1'],
  )
  assert.deepEqual(
    kong({ consumer: { username: 'n' }, authenticated_entity: { consumer_id: 'c2' } }).keys,
    ['3 api_key=kong/c2'],
  )
  assert.deepEqual(kong({ consumer: { username: 'n' } }).keys, ['3 api_key=kong/n'])
})

test('kong: the anonymous consumer is a shared value, whatever its id', () => {
  const reading = kong({ consumer: { id: 'c0', username: 'anonymous' } })
  assert.deepEqual(reading.keys, [])
  assert.equal(reading.shared, true)
})

test('kong: tags of the consumer are set by the administrator', () => {
  assert.deepEqual(kong({ consumer: { tags: ['team:claims', 'cc:1207', 'plain'] } }).keys, [
    '6 tenant_tag=team=claims',
    '6 team=claims',
  ])
})

test('kong: of the headers only forwarded addresses are read', () => {
  const headers = { 'x-consumer-username': 'claims', 'x-team': 'claims', 'user-agent': 'curl/8' }
  const reading = kong({ request: { headers } })
  assert.deepEqual([reading.keys, reading.hints, reading.address], [[], [], 'none'])
  assert.equal(kong({ request: { headers: { 'x-real-ip': '192.0.2.1' } } }).address, 'present')
  assert.equal(
    kong({ request: { headers: { 'x-forwarded-for': '192.0.2.1' } } }).address,
    'present',
  )
  assert.equal(kong({ client_ip: '192.0.2.1' }).address, 'present')
})

test('kong: the workspace is an account', () => {
  assert.equal(kong({ workspace: 'w' }).account, true)
  assert.equal(kong({ service: { ws_id: 'w' } }).account, true)
  assert.equal(kong({}).account, false)
})

test('kong: any member of ai but tools makes a call, no ai is context', () => {
  assert.equal(kong({ ai: { 'ai-proxy-advanced': {} } }).class, undefined)
  assert.equal(kong({ ai: { mcp: {}, 'some-plugin': {} } }).class, undefined)
  assert.equal(kong({ ai: { mcp: {}, a2a: {} } }).class, 'tool_call')
  assert.equal(kong({ ai: {} }).class, 'context')
  assert.equal(kong({ ai: null }).class, 'context')
  assert.equal(read(kongAiProxy, { ai: {} }).failure, 'wrong_shape')
})

test('kong: old and new names of token counts, time in milliseconds', () => {
  const usage = { prompt_tokens: 1210, completion_tokens: 240 }
  assert.deepEqual(kong({ ai: { proxy: { usage } } }).tokens, { input: 1210, output: 240 })
  const old = { prompt_token: 89, completion_token: 56 }
  assert.deepEqual(kong({ ai: { 'ai-proxy': { usage: old } } }).tokens, { input: 89, output: 56 })
  assert.equal(kong({}).time, 1795089650112)
})

test('kong: cached tokens stand where the provider counts them', () => {
  const used = (provider_name: string, cached_tokens: number) =>
    kong({
      ai: {
        proxy: {
          meta: { provider_name },
          usage: {
            prompt_tokens: 1000,
            completion_tokens: 5,
            prompt_tokens_details: { cached_tokens },
          },
        },
      },
    }).tokens
  assert.deepEqual(used('openai', 400), { input: 600, cache_read: 400, output: 5 })
  assert.deepEqual(used('anthropic', 400), { input: 1000, cache_read: 400, output: 5 })
  assert.deepEqual(used('bedrock', 0), { input: 1000, cache_read: 0, output: 5 })
  assert.deepEqual(used('openai', 1400), { input: 1000, cache_read: 1400, output: 5 })
})
