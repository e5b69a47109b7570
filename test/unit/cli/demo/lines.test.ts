import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  alertLines,
  exampleLine,
  invitation,
  liveLine,
  NEXT_COMMANDS,
  summary,
} from '#/cli/demo/lines.ts'
import { createScore } from '#/cli/demo/score.ts'

const PLAIN = { has_color: false }
const COLOR = { has_color: true }

function shares(): ReturnType<ReturnType<typeof createScore>['total']> {
  const score = createScore(1000)
  for (let index = 0; index < 800; index += 1) score.add('attributed', undefined)
  for (let index = 0; index < 61; index += 1) score.add('unattributed', 'ip_only')
  for (let index = 0; index < 139; index += 1) score.add('unattributed', 'shared_account')
  return score.total()
}

test('the live line says events, rate, share attributed and the gaps', () => {
  assert.equal(
    liveLine(shares(), 12_400, 402.4, PLAIN),
    '12,400 events · 402/s · attributed 80.0 % · ip_only 6.1 % · shared_account 13.9 % · unresolved 0',
  )
})

test('an example names the owner and why, or says what is missing', () => {
  const caller = { source: 'litellm', model: 'gpt-4o', address: '203.0.113.77' } as const
  const evidence = `api_key=litellm/${'5f3a'.repeat(16)}`
  const owned = exampleLine(
    caller,
    {
      outcome: 'attributed',
      owner_id: 'team:a',
      method: 'credential',
      confidence: 'high',
      evidence,
    },
    PLAIN,
  )
  assert.match(owned, /✔ litellm +gpt-4o +team:a +by credential, high: api_key=litellm\/5f3a.*…$/)
  const address_only = exampleLine(
    caller,
    { outcome: 'unattributed', reason: 'ip_only', suggested_owner: 'team:b' },
    PLAIN,
  )
  assert.match(address_only, /✘ .*nobody: ip_only +all we know is 203\.0\.113\.77; ask team:b\?$/)
  const shared = exampleLine(caller, { outcome: 'unattributed', reason: 'shared_account' }, PLAIN)
  assert.match(shared, /nobody: shared_account +a credential that many share$/)
})

test('the alert says the rate, the line and where the gap comes from', () => {
  const gap = { addresses: ['203.0.113.77'], share: 0.38, suggested_owner: 'team:logistics' }
  assert.equal(
    alertLines(shares(), 0.15, gap, PLAIN),
    'ALERT 20.0 % of the last 1,000 calls have no owner (alert line 15.0 %).\n' +
      '      38.0 % of the gap comes from 203.0.113.77, known by address only (ip_only). ' +
      'The network belongs to team:logistics: ask them; an address alone attributes nothing.',
  )
})

test('the summary counts, names the gaps in order and the largest owners', () => {
  const text = summary(shares(), 2.5, [['team:a', 1200]], PLAIN)
  assert.match(text, /1,000 events in 2\.5 s, attributed 80\.0 %, unattributed rate 20\.0 %/)
  assert.match(text, /gaps {4}shared_account 13\.9 % · ip_only 6\.1 %/)
  assert.match(text, /owners {2}team:a 1,200/)
})

test('the invitation names the status page, the metrics URL and three commands whose files exist', () => {
  const text = invitation('http://127.0.0.1:9464/metrics', PLAIN)
  assert.ok(text.includes('Status   http://127.0.0.1:9464/\n'))
  assert.match(text, /http:\/\/127\.0\.0\.1:9464\/metrics/)
  assert.equal(NEXT_COMMANDS.length, 3)
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  for (const command of NEXT_COMMANDS) {
    assert.ok(text.includes(command))
    for (const [path] of command.matchAll(/\S+\/\S+\.(?:yaml|ndjson)/g)) {
      assert.ok(existsSync(`${root}${path}`), path)
    }
  }
})

test('colour is only there when asked for', () => {
  assert.ok(!liveLine(shares(), 1, 1, PLAIN).includes('\u001B'))
  assert.ok(liveLine(shares(), 1, 1, COLOR).includes('\u001B'))
})
