import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributesOf, pipelineGraph } from '#/worker/graph.ts'
import { configOf } from '../../support/drawn-graphs.ts'

const CONFIG = `receivers:
  kafka/a:
    brokers: [one:9092]
    logs: { topics: [raw, '^more.*'] }
    source: litellm
    trust: claimed
    redrive_topic: again
  kafka/b:
    brokers: [two:9092]
    logs: { topics: [raw] }
    source: otel-genai-logs
    trust: trusted
processors:
  attribution: { detail: minimal }
  redaction: { drop: [/messages], secrets: keep }
exporters:
  kafka:
    brokers: [one:9092]
    logs: { topic: out }
    dead_letter: { topic: dead }
    findings: { topic: told }
  kafka/siem:
    brokers: [two:9092]
    logs: { topic: out, encoding: ocsf }
    required: false
owners:
  directory: { type: http, endpoint: 'http://registry:8085' }
  redis: { endpoint: 'redis://user:hidden@redis:6379/1', key_secret: 0123456789abcdef }
service:
  pipelines:
    logs:
      receivers: [kafka/a, kafka/b]
      processors: [attribution, redaction]
      exporters: [kafka, kafka/siem]
`

test('The graph holds every component, and edges between nodes that are there.', () => {
  const { nodes, edges } = pipelineGraph(configOf(CONFIG))
  const ids = nodes.map(({ id }) => id)
  assert.deepEqual(
    ids.filter((id) => !id.startsWith('topics/')),
    [
      'receivers/kafka/a',
      'receivers/kafka/b',
      'processors/logs/attribution',
      'processors/logs/redaction',
      'exporters/kafka',
      'exporters/kafka/siem',
      'owners/memory',
      'owners/directory',
      'owners/redis',
    ],
  )
  assert.equal(new Set(ids).size, ids.length)
  for (const { from, to } of edges) assert.ok(ids.includes(from) && ids.includes(to))
  const lines = edges.map(({ from, to, label }) => `${from} > ${to}${label ? `: ${label}` : ''}`)
  for (const line of [
    'topics/0/raw > receivers/kafka/a',
    'topics/0/again > receivers/kafka/a: redrive',
    'topics/1/raw > receivers/kafka/b',
    'receivers/kafka/b > processors/logs/attribution: events',
    'processors/logs/attribution > processors/logs/redaction',
    'processors/logs/redaction > exporters/kafka/siem',
    'exporters/kafka > topics/0/out: events',
    'exporters/kafka > topics/0/dead: dead letter',
    'exporters/kafka > topics/0/told: findings',
    'exporters/kafka/siem > topics/1/out: events',
    'processors/logs/attribution > owners/memory: identities',
    'owners/memory > owners/redis: misses',
    'owners/redis > owners/directory: misses',
  ])
    assert.ok(lines.includes(line), `${line} is not among\n${lines.join('\n')}`)
})

test('Processors state the fields of the scan plan and the attributes of their detail.', () => {
  const { nodes } = pipelineGraph(configOf(CONFIG))
  const [attribution, redaction] = nodes.filter(({ kind }) => kind === 'processor')
  assert.ok(attribution?.reads?.includes('/metadata/user_api_key_hash'))
  assert.ok(attribution?.reads?.includes('/attributes/gen_ai.agent.id'))
  assert.deepEqual(attribution?.writes, attributesOf('minimal'))
  assert.deepEqual(redaction?.reads, ['/messages'])
  assert.deepEqual(redaction?.writes, ['/messages'])
})

test('Secrets are looked for in the fields in which they can stand.', () => {
  const { nodes } = pipelineGraph(configOf(CONFIG.replace(', secrets: keep', '')))
  const redaction = nodes.find(({ label }) => label === 'redaction')
  assert.ok((redaction?.reads?.length ?? 0) > 1)
})

test('What a detail writes grows with it, and only all of it has times and bills.', () => {
  assert.deepEqual(attributesOf('minimal'), [
    'attribution.outcome',
    'attribution.reason',
    'attribution.owner.id',
    'attribution.revision',
    'attribution.ip_only',
    'attribution.event_id',
  ])
  assert.ok(attributesOf('standard').includes('attribution.chain'))
  assert.ok(!attributesOf('standard').includes('attribution.as_of'))
  for (const name of ['as_of', 'binding', 'cost.amount', 'usage.input'])
    assert.ok(attributesOf('full').includes(`attribution.${name}`), name)
})

test('No password of an endpoint is drawn.', () => {
  assert.ok(!JSON.stringify(pipelineGraph(configOf(CONFIG))).includes('hidden'))
})

test('An owner file stands alone.', () => {
  const text = CONFIG.replace(/directory: .*/, 'directory: { type: file, path: owners.yaml }')
  const { nodes } = pipelineGraph(configOf(text))
  assert.deepEqual(
    nodes.filter(({ kind }) => kind === 'directory').map(({ detail }) => detail),
    ['owners.yaml'],
  )
})
