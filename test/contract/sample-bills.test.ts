import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { createRules, type Cost } from '#/attribution/index.ts'
import { createFormat } from '#/formats/index.ts'
import { sourceNamed } from '#/sources/index.ts'
import { readBill, type ReadBill } from '../support/bills.ts'
import { LIMITS, scanOne } from '../unit/formats/harness.ts'

/**
 * What sample calls used and cost, in one meaning whatever the source's: input without what came from caches, output with
 * reasoning, absent for what nobody knows, money to the last digit.
 */

const list = (amount: string): Cost => ({ amount, currency: 'USD', basis: 'list' })

const ROWS: readonly (readonly [source: string, line: number, bill: ReadBill])[] = [
  [
    'litellm',
    1,
    {
      tokens: { input: 600, cache_read: 4096, cache_write: 0, output: 793 },
      cost: list('0.01641618'),
    },
  ],
  ['apisix-ai-proxy', 4, { tokens: { input: 390, cache_read: 512, cache_write: 0, output: 118 } }],
  [
    'agentgateway',
    1,
    {
      tokens: { input: 602, cache_read: 4096, cache_write: 512, output: 388 },
      cost: list('0.0107748'),
    },
  ],
  ['agentgateway', 5, { tokens: {} }],
  ['portkey', 1, { tokens: { input: 5210, output: 388 }, cost: list('0.0107748') }],
  ['portkey', 4, { tokens: { input: 12, output: 388 }, cost: list('0.005') }],
  ['helicone', 1, { tokens: {}, cost: list('0.004285') }],
  ['cloudflare-ai-gateway', 2, { tokens: { input: 410, output: 62 }, cost: list('0.0000987') }],
  [
    'langfuse',
    2,
    {
      tokens: { input: 602, cache_read: 4096, cache_write: 512, output: 388 },
      cost: list('0.0107748'),
    },
  ],
  ['langfuse', 3, { tokens: { input: 410, output: 62 } }],
  // It updates the generation of another event, which has the tokens already.
  ['langfuse', 5, { tokens: {} }],
  [
    'databricks-ai-gateway',
    1,
    { tokens: { input: 698, cache_read: 512, cache_write: 0, output: 240 } },
  ],
  ['databricks-ai-gateway', 4, { tokens: { input: 1210, output: 240, is_estimated: true } }],
  ['bifrost', 4, { tokens: {} }],
  [
    'aws-bedrock-invocation',
    1,
    { tokens: { input: 602, cache_read: 4096, cache_write: 512, output: 388 } },
  ],
  ['gcp-vertex-request-response', 4, { tokens: { input: 1052, cache_read: 2048, output: 1130 } }],
  ['openai-org', 1, { tokens: { input: 75665, cache_read: 65536, output: 9756 } }],
  ['openai-org', 4, { tokens: {}, cost: { amount: '0.06', currency: 'USD', basis: 'billed' } }],
  ['anthropic-org', 1, { tokens: { input: 602, cache_read: 4096, cache_write: 512, output: 388 } }],
  [
    'anthropic-org',
    4,
    { tokens: {}, cost: { amount: '1.2345', currency: 'USD', basis: 'billed' } },
  ],
  ['codex-otel', 1, { tokens: { input: 1827, cache_read: 16384, output: 640 } }],
  ['gemini-cli-otel', 1, { tokens: { input: 1052, cache_read: 2048, output: 1130 } }],
  ['vllm', 1, { tokens: {} }],
]

for (const [name, line, bill] of ROWS) {
  test(`${name} line ${line} has its tokens and its cost`, () => {
    const source = sourceNamed(name)
    assert.ok(source)
    const options = {
      sources: [source],
      auto: false,
      trust: 'trusted',
      minimum_confidence: 'low',
      detail: 'standard',
    } as const
    const rules = createRules(options)
    const format = createFormat(source.encoding, { ...LIMITS, ...rules })
    const file = new URL(`../data/samples/${name}.ndjson`, import.meta.url)
    const text = readFileSync(file, 'utf8').split('\n')[line - 1] ?? ''
    const values = scanOne(format, text).values(0)
    assert.deepEqual(readBill(rules, rules.evidence(values), values), bill)
  })
}
