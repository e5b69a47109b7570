import assert from 'node:assert/strict'
import test from 'node:test'
import { AT_MS, customSource, field, owned, run } from './scenario.ts'

/** The rules of the decision, one by one. */

test('rule 1: a stale answer decides as a fresh one', () => {
  const rows = [owned('api_key', 'gw/k1', 'a')]
  const decisions = (['fresh', 'stale'] as const).map(
    (state) => run({ event: { key: 'k1' }, rows, state }).decided,
  )
  assert.equal(decisions[1]?.decision.owner?.id, 'a')
  assert.deepEqual(decisions[1], decisions[0])
})

test('rule 2: an outage on the same rung makes it unresolved, the owner is only suggested', () => {
  const { record } = run({
    event: { key: 'k1', key_user: 'u-1' },
    rows: [owned('api_key', 'gw/k1', 'a')],
    unavailable: ['user=gw|u-1'],
  })
  assert.equal(record.outcome, 'unresolved')
  assert.equal(record.reason, 'lookup_unavailable')
  assert.equal(record.suggested_owner, 'a')
  assert.equal(record.owner, undefined)
})

test('rule 2: an outage on a higher rung makes it unresolved, never a lower owner in its place', () => {
  const { record } = run({
    event: { sub: 'u-1', said: { team: 't' } },
    rows: [owned('team', 't', 'a')],
    unavailable: ['user=gw|u-1'],
  })
  assert.equal(record.outcome, 'unresolved')
  assert.equal(record.suggested_owner, 'a')
})

test('rule 2: an outage below the winner changes nothing', () => {
  const { record } = run({
    event: { key: 'k1', said: { team: 't' } },
    rows: [owned('api_key', 'gw/k1', 'a')],
    unavailable: ['team=t', 'tenant_tag=team=t'],
  })
  assert.equal(record.owner?.id, 'a')
})

test('rule 2: the parts of rung 7 are one rung', () => {
  const { record } = run({
    event: { said: { team: 't' }, end_user: 'u-1' },
    rows: [owned('team', 't', 'a')],
    unavailable: ['user=gw|u-1'],
  })
  assert.equal(record.outcome, 'unresolved')
  assert.equal(record.suggested_owner, 'a')
})

test('rule 2: an outage of hint keys never changes an outcome', () => {
  const { record } = run({
    event: { app: 'x', ip: '192.0.2.1' },
    unavailable: ['application=x', 'ip=192.0.2.1'],
  })
  assert.equal(record.reason, 'ip_only')
  assert.equal(record.suggested_owner, undefined)
})

test('rule 3: two owners on the winning rung are a conflict, all named', () => {
  const { record } = run({
    event: { admin: { team: 't', app: 's' }, said: { cost_center: 'c' } },
    rows: [owned('team', 't', 'a'), owned('application', 's', 'b'), owned('cost_center', 'c', 'd')],
  })
  assert.equal(record.outcome, 'unattributed')
  assert.equal(record.reason, 'conflict')
  assert.deepEqual(record.conflicts, ['a', 'b'])
  assert.equal(record.owner, undefined)
})

test('rule 3: two keys of one owner are no conflict', () => {
  const { record } = run({
    event: { key: 'k1', key_user: 'u-1' },
    rows: [owned('api_key', 'gw/k1', 'a'), owned('user', 'gw|u-1', 'a')],
  })
  assert.equal(record.owner?.id, 'a')
  assert.equal(record.conflicts, undefined)
})

test('rule 3: two rows of one key in force at once are ambiguous, even for one owner', () => {
  for (const ids of [
    ['a', 'b'],
    ['a', 'a'],
  ] as const) {
    const { record } = run({
      event: { key: 'k1' },
      rows: ids.map((id) => owned('api_key', 'gw/k1', id)),
    })
    assert.equal(record.reason, 'conflict')
    assert.deepEqual(record.conflicts, [...new Set(ids)])
  }
})

test('rule 3: an ambiguous answer is a conflict even when none of its rows has an owner', () => {
  const { record } = run({
    event: { key: 'k1', said: { team: 't' } },
    rows: [
      { kind: 'api_key', key: 'gw/k1', ownership: 'unowned' },
      { kind: 'api_key', key: 'gw/k1', ownership: 'shared' },
      owned('team', 't', 'a'),
    ],
  })
  assert.equal(record.reason, 'conflict')
  assert.equal(record.conflicts, undefined)
})

test('rule 3: of rung 7 only the first part that has an owner counts', () => {
  const { record } = run({
    event: { said: { team: 't' }, end_user: 'u-1' },
    rows: [owned('team', 't', 'a'), owned('user', 'gw|u-1', 'b')],
  })
  assert.equal(record.owner?.id, 'a')
  assert.deepEqual(record.conflicts, ['b'])
})

test('rule 3: a lower rung that names another owner is listed and changes nothing', () => {
  const { record } = run({
    event: { key: 'k1', said: { team: 't' }, end_user: 'u-1' },
    rows: [
      owned('api_key', 'gw/k1', 'a'),
      owned('team', 't', 'b'),
      owned('tenant_tag', 'team=t', 'b'),
      owned('user', 'gw|u-1', 'a'),
    ],
  })
  assert.equal(record.owner?.id, 'a')
  assert.deepEqual(record.conflicts, ['b'])
})

test('rule 4: a lower rung fills what the owner leaves empty, and replaces nothing', () => {
  const { record } = run({
    event: { key: 'k1', said: { team: 't' }, end_user: 'u-1' },
    rows: [
      { kind: 'api_key', key: 'gw/k1', owner: { id: 'a', team: 'one' } },
      { kind: 'team', key: 't', owner: { id: 'a', team: 'two', product: 'p' } },
      {
        kind: 'user',
        key: 'gw|u-1',
        owner: { id: 'b', product: 'q', tenant: 'x', cost_center: 'c' },
      },
    ],
  })
  assert.deepEqual(record.owner, {
    id: 'a',
    team: 'one',
    product: 'p',
    tenant: 'x',
    cost_center: 'c',
  })
  assert.equal(record.chain?.at(-1), 'cost_center=c')
})

test('rule 5: no owner found and a key that could not be looked up are unresolved', () => {
  const { record } = run({
    event: { key: 'k1', end_user: 'u-1', ip: '192.0.2.1' },
    unavailable: ['user=gw|u-1'],
  })
  assert.equal(record.outcome, 'unresolved')
  assert.equal(record.reason, 'lookup_unavailable')
  assert.equal(record.ip_only, undefined)
})

test('rule 6: an unknown key falls through to the next rung', () => {
  const { record } = run({
    event: { sub: 'u-1', key: 'k1', project: 'p1' },
    rows: [owned('scope', 'gw/project/p1', 'a')],
  })
  assert.equal(record.method, 'scope')
})

test('rule 6: an unowned key on rungs 1 to 4 stops the ladder, an owner below is suggested', () => {
  const { record } = run({
    event: { key: 'k1', said: { team: 't' } },
    rows: [{ kind: 'api_key', key: 'gw/k1', ownership: 'unowned' }, owned('team', 't', 'a')],
  })
  assert.equal(record.reason, 'unowned')
  assert.equal(record.suggested_owner, 'a')
})

test('rule 6: an unowned key does not stop an owner of its own rung', () => {
  const { record } = run({
    event: { key: 'k1', key_user: 'u-1' },
    rows: [{ kind: 'api_key', key: 'gw/k1', ownership: 'unowned' }, owned('user', 'gw|u-1', 'a')],
  })
  assert.equal(record.owner?.id, 'a')
})

test('rule 6: an unowned key on rungs 6 and 7 stops nothing', () => {
  const { record } = run({
    event: { admin: { team: 't' }, end_user: 'u-1' },
    rows: [{ kind: 'team', key: 't', ownership: 'unowned' }, owned('user', 'gw|u-1', 'a')],
  })
  assert.equal(record.owner?.id, 'a')
})

test('rule 6: where the ladder stops, an outage on or above that rung leaves it unresolved', () => {
  const rows = [{ kind: 'api_key', key: 'gw/k1', ownership: 'unowned' }] as const
  const above = run({ event: { sub: 'u-1', key: 'k1' }, rows, unavailable: ['user=gw|u-1'] })
  assert.equal(above.record.outcome, 'unresolved')
  const below = run({ event: { key: 'k1', end_user: 'u-1' }, rows, unavailable: ['user=gw|u-1'] })
  assert.equal(below.record.reason, 'unowned')
})

test('rule 7: unowned comes before unknown_identity', () => {
  const { record } = run({
    event: { sub: 'nobody-knows', said: { team: 't' } },
    rows: [{ kind: 'team', key: 't', ownership: 'unowned' }],
  })
  assert.equal(record.reason, 'unowned')
})

test('rule 7: evidence that the directory does not know is unknown_identity, before any address', () => {
  const { record } = run({ event: { end_user: 'u-1', ip: '192.0.2.1', account: 'x' } })
  assert.equal(record.reason, 'unknown_identity')
  assert.equal(record.on_behalf_of, 'user=gw|u-1')
})

test('rule 7: an owner below the minimum confidence is weak_evidence and only suggested', () => {
  const scenario = { event: { said: { team: 't' }, sub: 'x' }, rows: [owned('team', 't', 'a')] }
  for (const minimum_confidence of ['medium', 'high', 'exact'] as const) {
    const { record } = run({ ...scenario, minimum_confidence })
    assert.equal(record.reason, 'weak_evidence')
    assert.equal(record.suggested_owner, 'a')
    assert.equal(record.confidence, undefined)
  }
  assert.equal(run(scenario).record.outcome, 'attributed')
})

test('rule 7: the minimum confidence itself is enough', () => {
  const rows = [owned('api_key', 'gw/k1', 'a')]
  const { record } = run({ event: { key: 'k1' }, rows, minimum_confidence: 'high' })
  assert.equal(record.outcome, 'attributed')
})

test('rule 7: a shared value comes before the address', () => {
  const { record } = run({ event: { key: 'master', ip: '192.0.2.1' } })
  assert.equal(record.reason, 'shared_account')
  assert.equal(record.level, 'billing')
})

test('rule 7: the address comes before the account', () => {
  const { record } = run({ event: { ip: '192.0.2.1', account: '1111' } })
  assert.equal(record.reason, 'ip_only')
  assert.equal(record.ip_only, true)
  assert.equal(record.level, undefined)
})

test('rule 7: the account is the last thing that says anything', () => {
  assert.equal(run({ event: { account: '1111' } }).record.reason, 'shared_account')
  assert.equal(run({ event: { account: '-' } }).record.reason, 'no_identity')
  assert.equal(run({ event: {} }).record.reason, 'no_identity')
})

test('rule 7: hints are no identity', () => {
  assert.equal(run({ event: { app: 'search' } }).record.reason, 'no_identity')
})

test('rule 8: a key bound as shared is rung 9, wherever it stood', () => {
  for (const [event, kind, key] of [
    [{ sub: 'u-1' }, 'user', 'gw|u-1'],
    [{ said: { team: 't' } }, 'tenant_tag', 'team=t'],
    [{ end_user: 'u-2' }, 'user', 'gw|u-2'],
  ] as const) {
    const { record } = run({
      event: { ...event, ip: '192.0.2.1' },
      rows: [{ kind, key, ownership: 'shared' }],
    })
    assert.equal(record.reason, 'shared_account')
  }
})

test('rule 8: a shared key stops nothing: what stands below still decides', () => {
  const { record } = run({
    event: { key: 'k1', said: { team: 't' } },
    rows: [{ kind: 'api_key', key: 'gw/k1', ownership: 'shared' }, owned('team', 't', 'a')],
  })
  assert.equal(record.owner?.id, 'a')
})

test('rule 9: hints and addresses suggest, in that order, and never attribute', () => {
  const rows = [owned('application', 'search', 'by-app'), owned('ip', '192.0.2.1', 'by-address')]
  const both = run({ event: { app: 'Search', ip: '192.0.2.1:443' }, rows }).record
  assert.equal(both.reason, 'ip_only')
  assert.equal(both.suggested_owner, 'by-app')
  const address = run({ event: { ip: '192.0.2.1' }, rows }).record
  assert.equal(address.suggested_owner, 'by-address')
})

test('rule 9: an attributed event carries no suggestion', () => {
  const { record } = run({
    event: { key: 'k1', app: 'search' },
    rows: [owned('application', 'search', 'b'), owned('api_key', 'gw/k1', 'a')],
  })
  assert.equal(record.suggested_owner, undefined)
})

test('the owner is the one at the time of the call, on a half-open interval', () => {
  const rows = [
    owned('api_key', 'gw/k1', 'old', { valid_to: '2026-11-19T12:00:00Z' }),
    owned('api_key', 'gw/k1', 'new', { valid_from: '2026-11-19T12:00:00Z' }),
  ]
  const at = (text: string) => run({ event: { key: 'k1', at: text }, rows }).record.owner?.id
  assert.equal(at('2026-11-19T11:59:59.9999Z'), 'old')
  assert.equal(at('2026-11-19T12:00:00.000Z'), 'new')
})

test('a call before the first row of a key is unknown, not owned', () => {
  const rows = [owned('api_key', 'gw/k1', 'new', { valid_from: '2026-11-19T12:00:00Z' })]
  const { record } = run({ event: { key: 'k1' }, rows, at_ms: AT_MS - 1 })
  assert.equal(record.reason, 'unknown_identity')
})

test('aliases: the directory knows an identity if it knows one of its names', () => {
  const shared = run({
    event: { key: 'k1', key_user: 'u-1' },
    rows: [{ kind: 'user', key: 'gw|u-1', ownership: 'shared' }],
  })
  assert.equal(shared.record.reason, 'shared_account')
  const conflict = run({
    event: { key: 'k1', key_user: 'u-1' },
    rows: [owned('api_key', 'gw/k1', 'a'), owned('user', 'gw|u-1', 'b')],
  })
  assert.equal(conflict.record.reason, 'conflict')
})

test('aliases: two identities are two, one of them known does not make the other known', () => {
  const { record } = run({
    event: { project: 'p1', sub: 'u-1' },
    rows: [{ kind: 'scope', key: 'gw/project/p1', ownership: 'shared' }],
  })
  assert.equal(record.reason, 'unknown_identity')
})

test('only if known: unknown it names nobody, known it counts', () => {
  assert.equal(run({ event: { deployment: 'd' } }).record.reason, 'no_identity')
  const rows = [owned('scope', 'gw/deployment/d', 'a')]
  assert.equal(run({ event: { deployment: 'd' }, rows }).record.owner?.id, 'a')
})

test('what is not a call has a class and no outcome, and asks for nothing', () => {
  const { decided, keys } = run({ event: { class: 'tool', key: 'k1' } })
  assert.deepEqual(decided.decision, { class: 'tool_call' })
  assert.equal(decided.needs_triage, false)
  assert.deepEqual(keys, [])
})

test('a usage bucket without owner has an outcome too', () => {
  const { decided } = run({ event: { class: 'bucket', account: 'org' } })
  assert.equal(decided.decision.class, 'usage_bucket')
  assert.equal(decided.decision.reason, 'shared_account')
  assert.equal(decided.decision.level, 'billing')
})

test('something that fits no key still names somebody', () => {
  const source = customSource({ fields: [field('/id', 'workload', 'spiffe')], net: ['/ip'] })
  const event = { id: 'spiffe://mesh:8443/a', ip: '192.0.2.1' }
  const { record, keys } = run({ source, event })
  assert.deepEqual(keys, [])
  assert.equal(record.reason, 'unknown_identity')
})

test('without triage an event that depends on it says that it needs it', () => {
  const event = { ip: '192.0.2.1' }
  const { decided } = run({ event, without_triage: true })
  assert.equal(decided.decision.reason, 'no_identity')
  assert.equal(decided.needs_triage, true)
  const rows = [owned('api_key', 'gw/k1', 'a')]
  assert.equal(run({ event: { key: 'k1' }, rows }).decided.needs_triage, false)
})

test('an answer that must be asked again soon bounds how long the decision is good', () => {
  const { decided } = run({ event: { key: 'k1' }, unavailable: ['api_key=gw/k1'] })
  assert.equal(decided.good_until_ms, 0)
})
