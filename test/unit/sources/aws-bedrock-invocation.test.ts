import assert from 'node:assert/strict'
import test from 'node:test'
import { awsBedrockInvocation } from '#/sources/aws-bedrock-invocation.ts'
import { read, type ReadingOptions } from './reading.ts'

const bedrock = (event: object, options: ReadingOptions = {}) =>
  read(awsBedrockInvocation, { schemaType: 'ModelInvocationLog', ...event }, options)
const session = (name: string, role = 'app') => ({
  identity: { arn: `arn:aws:sts::111122223333:assumed-role/${role}/${name}` },
})

test('the role is the principal, its session the consumer', () => {
  assert.deepEqual(bedrock(session('u-1')).keys, [
    '2 aws_role=aws:111122223333:role/app',
    '7c user=aws|u-1',
  ])
  assert.deepEqual(bedrock(session('Ana@example.com')).keys[1], '7c mail=ana@example.com')
})

test('a user is a principal, its path is no part of it', () => {
  const event = { identity: { arn: 'arn:aws-us-gov:iam::111122223333:user/x/BedrockAPIKey-1' } }
  assert.deepEqual(bedrock(event).keys, ['2 aws_user=aws-us-gov:111122223333:user/BedrockAPIKey-1'])
})

test('automatic session names are nobody', () => {
  for (const name of [
    'botocore-session-1795089600',
    'i-0abc1234def567890',
    'aws-sdk-js-session',
    '-',
  ]) {
    assert.equal(bedrock(session(name)).keys.length, 1, name)
  }
})

test('of a trusted broker the session is the principal and the role a hop', () => {
  for (const broker of [
    'app',
    'arn:aws:iam::111122223333:role/team/app',
    'aws:111122223333:role/app',
  ]) {
    const reading = bedrock(session('u-1'), { trusted_brokers: [broker] })
    assert.deepEqual(reading.keys, ['2 user=aws|u-1'], broker)
    assert.deepEqual(reading.hops, ['aws_role=aws:111122223333:role/app'])
  }
  const other = bedrock(session('u-1'), { trusted_brokers: ['aws:999922223333:role/app', 'ap'] })
  assert.equal(other.keys.length, 2)
})

test('an automatic session of a trusted broker names nobody at all', () => {
  const reading = bedrock(session('i-0abc'), { trusted_brokers: ['app'] })
  assert.deepEqual(reading.keys, [])
})

test('an identity that is neither role nor user is nothing', () => {
  const reading = bedrock({
    identity: { arn: 'arn:aws:iam::111122223333:root' },
    accountId: '1111',
  })
  assert.deepEqual([reading.keys, reading.unkeyed, reading.account], [[], false, true])
})

test('an application inference profile is a scope, a provisioned model one only if known', () => {
  const arn = (rest: string) => `arn:aws:bedrock:eu-central-1:111122223333:${rest}`
  const keysOf = (modelId: string) => bedrock({ modelId }).keys
  const profile = arn('application-inference-profile/a1')
  assert.deepEqual(keysOf(profile), [`4 scope=aws/inference-profile/${profile}`])
  const provisioned = arn('provisioned-model/p1')
  assert.deepEqual(keysOf(provisioned), [`4 scope=aws/provisioned-model/${provisioned}?`])
  for (const model of [
    'anthropic.claude-3',
    'eu.anthropic.claude',
    arn('inference-profile/eu.x'),
  ]) {
    assert.deepEqual(keysOf(model), [], model)
  }
})

test('request metadata are tags of the caller', () => {
  const requestMetadata = { team: 'Claims', costCenter: 'CC-1', workflowId: 'w', tenant: 'blue' }
  assert.deepEqual(bedrock({ requestMetadata }).keys, [
    '7b tenant_tag=team=claims',
    '7b team=claims',
    '7b tenant_tag=cost_center=cc-1',
    '7b cost_center=cc-1',
    '7c tenant_tag=tenant=blue',
  ])
})

test('input tokens exclude cache, so the parts are added up', () => {
  const input = {
    inputTokenCount: 602,
    cacheReadInputTokenCount: 4096,
    cacheWriteInputTokenCount: 512,
  }
  const reading = bedrock({ input, output: { outputTokenCount: 388 } })
  assert.deepEqual(reading.tokens, { input: 602, cache_read: 4096, cache_write: 512, output: 388 })
  assert.deepEqual(bedrock({ output: { outputTokenCount: 388 } }).tokens, { output: 388 })
})

test('needs a schema type, reads the timestamp', () => {
  assert.equal(read(awsBedrockInvocation, { accountId: '1' }).failure, 'wrong_shape')
  const timestamp = '2026-11-19T12:10:00Z'
  assert.equal(bedrock({ timestamp }).time, Date.parse(timestamp))
})
