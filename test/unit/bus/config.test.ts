import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { brokersOf, ConnectionConfig, connectionProblems } from '#/bus/config.ts'
import { unreachable } from '#/bus/kafkajs/errors.ts'

const BASE: ConnectionConfig = {
  brokers: ['kafka:9092'],
  client: 'kafkajs' as const,
  client_id: 'whosecall',
  connect_timeout_ms: 1_000,
  request_timeout_ms: 30_000,
}
const TLS = { insecure: false, insecure_skip_verify: false }

function problemsOf(rest: Partial<ConnectionConfig>): readonly string[] {
  return connectionProblems({ ...BASE, ...rest }).map(({ path }) => path)
}

test('a password mechanism needs user and password', () => {
  assert.deepEqual(problemsOf({ auth: { sasl: { mechanism: 'PLAIN' } } }), [
    'auth.sasl.username',
    'auth.sasl.password',
  ])
  const sasl = { mechanism: 'SCRAM-SHA-256', username: 'u', password: 'p' } as const
  assert.deepEqual(problemsOf({ auth: { sasl } }), [])
})

test('OAUTHBEARER needs exactly one source of tokens, and an endpoint needs credentials', () => {
  const of = (oauthbearer: object) =>
    problemsOf({ auth: { sasl: { mechanism: 'OAUTHBEARER', oauthbearer } } })
  assert.equal(of({}).length, 1)
  assert.equal(of({ token: 't', token_file: 'f' }).length, 1)
  assert.equal(of({ token_endpoint: 'https://t' }).length, 1)
  assert.deepEqual(of({ token: 't' }), [])
  const credentials = { client_id: 'c', client_secret: 's' }
  for (const token_endpoint of ['https://', 'https://u:p@t/token'])
    assert.deepEqual(of({ token_endpoint, ...credentials }), [
      'auth.sasl.oauthbearer.token_endpoint',
    ])
  assert.deepEqual(of({ token_endpoint: 'https://t', client_id: 'c', client_secret: 's' }), [])
})

test('certificate and key go together', () => {
  assert.deepEqual(problemsOf({ tls: { ...TLS, cert_file: 'c.pem' } }), ['tls'])
  assert.deepEqual(problemsOf({ tls: { ...TLS, cert_file: 'c.pem', key_file: 'k.pem' } }), [])
})

const accepts = (...brokers: readonly string[]): boolean =>
  new Ajv({ strict: false }).compile(ConnectionConfig)({ ...BASE, brokers })

test('an entry of brokers is host:port, or several with commas between, and nothing else is', () => {
  for (const entry of [
    'kafka:9092',
    '10.0.0.1:9092',
    '[::1]:9092',
    'a:1,b:2',
    'a:1, b:2 ,[::1]:3',
    'a:65535',
  ]) {
    assert.ok(accepts(entry), entry)
  }
  for (const entry of [
    'kafka',
    'kafka://kafka:9092',
    'a:1,b:2 ',
    'a:0',
    'a:65536',
    'a:99999',
    'a:1,b:70000',
    '',
    'a:1,',
    ',a:1',
    'a:1,,b:2',
    'a,b:1',
    'a:1 b:2',
    'a:1,b',
    'x'.repeat(5_000) + ':1',
  ]) {
    assert.ok(!accepts(entry), entry)
  }
})

test('an entry with commas counts as several brokers, in order', () => {
  const brokers = ['a:1,b:2 , [::1]:3', 'c:4']
  assert.ok(accepts(...brokers))
  assert.deepEqual(brokersOf({ brokers }), ['a:1', 'b:2', '[::1]:3', 'c:4'])
})

test('an error names each of several brokers', () => {
  const error = unreachable({ ...BASE, brokers: ['a:1,b:2'] }, 'cannot connect', new Error('no'))
  assert.match(error.message, /Kafka at a:1, b:2 cannot be used: no/)
})
