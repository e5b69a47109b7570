import assert from 'node:assert/strict'
import test from 'node:test'
import { owned, run } from './scenario.ts'

/** What a decision carries beside the owner. */

test('the chain leads from the consumer over the agent and the evidence to the cost centre', () => {
  const { record } = run({
    event: { key: 'k1', end_user: 'u-1', agent: 'x' },
    rows: [{ kind: 'api_key', key: 'gw/k1', owner: { id: 'team:a', cost_center: 'CC-1' } }],
  })
  assert.deepEqual(record.chain, [
    'user=gw|u-1',
    'agent=gw/x',
    'api_key=gw/k1',
    'owner=team:a',
    'cost_center=CC-1',
  ])
  assert.equal(record.on_behalf_of, 'user=gw|u-1')
})

test('whoever authenticated to a workload is a hop before it, but nobody who only claims to be somebody', () => {
  const rows = [owned('spiffe', 'spiffe://a.example/x', 'a')]
  const event = { spiffe: 'spiffe://a.example/x', sub: 'u-1', said_sub: 'u-2' }
  const hops = ['spiffe=spiffe://a.example/x', 'owner=a']
  assert.deepEqual(run({ event, rows }).record.chain, ['user=gw|u-1', ...hops])
  const { sub: _, ...without } = event
  assert.deepEqual(run({ event: without, rows }).record.chain, hops)
})

test('what started a call, and where, is said whatever the outcome, but not of a report', () => {
  const said = { env: 'Test' }
  const named = run({ event: { spiffe: 'spiffe://a.example/x', said } }).record
  assert.equal(named.outcome, 'unattributed')
  assert.deepEqual(
    [named.initiator, named.environment, named.traffic_class],
    ['service', 'test', 'test'],
  )
  const nobody = run({ event: { ip: '192.0.2.1' } }).record
  assert.equal(nobody.initiator, 'unknown')
  assert.equal(nobody.environment, undefined)
  const report = run({ event: { class: 'bucket', key: 'k1', said } }).record
  assert.equal(report.initiator, undefined)
  assert.equal(report.environment, undefined)
})
