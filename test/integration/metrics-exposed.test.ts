/**
 * Every metric that a dashboard or a rule reads comes out of a worker that runs: not only with its help text, but with a
 * series. The demo is a worker with all that a process counts; what it cannot show (an exporter that loses messages, a
 * directory that is away, a cap that is reached) two more workers do.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createMemoryBus } from '#/bus/memory/index.ts'
import { ruleGroups } from '#/cli/rules/index.ts'
import { DEFAULT_OPTIONS } from '#/cli/rules/options.ts'
import { DASHBOARDS } from '../generate/grafana/index.ts'
import { freePorts } from '../stack/child.ts'
import { scrape, startProgram, until } from '../support/program.ts'
import type { Scrape } from '../support/scrape.ts'
import { publish, settled } from '../support/worker-messages.ts'
import { litellmCall, startTestWorker } from '../support/worker.ts'

/** Names of metrics in an expression; what rules record is none. */
function metricsIn(expr: string): readonly string[] {
  const raw = expr.replaceAll(/\bjob\w*:[\w:]+/g, '')
  return [...raw.matchAll(/\b(?:whosecall|process|nodejs)_\w+/g)].map(([name]) => name)
}

const rules = ruleGroups(DEFAULT_OPTIONS).flatMap((group) => group.rules)

function everythingRead(): readonly string[] {
  const panels = DASHBOARDS.flatMap(({ sections }) => sections.flatMap((section) => section.panels))
  const exprs = [
    ...panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
    ...rules.flatMap((rule) =>
      'alert' in rule ? [rule.expr, rule.annotations.description] : [rule.expr],
    ),
  ]
  return [...new Set(exprs.flatMap(metricsIn))].toSorted()
}

async function demo(t: TestContext): Promise<Scrape> {
  const [port = 0] = await freePorts(1)
  const program = startProgram(['demo', '--metrics-port', String(port), '--rate', '1000'])
  t.after(() => program.kill('SIGKILL'))
  return until(
    'calls are attributed',
    async () => {
      const answer = await scrape(`http://127.0.0.1:${port}`)
      const has_calls =
        (answer?.sum('whosecall_events_total', { outcome: 'unattributed' }) ?? 0) > 0
      return has_calls ? answer : undefined
    },
    { program },
  )
}

/** Two owners where one series is allowed, a key in an event, and a second topic that takes nothing. */
async function capped(t: TestContext): Promise<Scrape | undefined> {
  const bus = createMemoryBus({ cluster_id: 'cluster' })
  bus.createTopic('small', { max_message_bytes: 100 })
  const worker = await startTestWorker(
    t,
    {
      service: { telemetry: { metrics: { endpoint: '127.0.0.1:0', owners_max: 1 } } },
      exporters: {
        'kafka/small': { brokers: ['memory:9092'], required: false, logs: { topic: 'small' } },
      },
    },
    bus,
  )
  publish(worker, litellmCall('known', { response_cost: 0.5 }))
  publish(worker, litellmCall(null, { metadata: { user_api_key_user_id: 'u-1' } }))
  publish(worker, litellmCall(`sk-proj-${'aB3x'.repeat(12)}`))
  await settled(worker, 3)
  await until('the second exporter gave up', () =>
    worker.meter.value('whosecall_dropped_messages_total', { exporter: 'kafka/small' }) > 0
      ? true
      : undefined,
  )
  return scrape(worker.admin_url)
}

async function withoutDirectory(t: TestContext): Promise<Scrape | undefined> {
  const [port = 0] = await freePorts(1)
  const worker = await startTestWorker(t, {
    owners: { directory: { type: 'http', endpoint: `http://127.0.0.1:${port}` } },
  })
  publish(worker, litellmCall('known'))
  await settled(worker, 1)
  return scrape(worker.admin_url)
}

test('every metric of a panel or a rule is exposed by a running worker', async (t) => {
  const scrapes = await Promise.all([demo(t), capped(t), withoutDirectory(t)])
  const exposed = new Set(scrapes.flatMap((one) => one?.samples.map(({ name }) => name) ?? []))
  const read = everythingRead()
  assert.ok(read.length > 50)
  assert.deepEqual(
    read.filter((name) => !exposed.has(name)),
    [],
  )
})

test('every series of rules that a panel reads is recorded', () => {
  const recorded = new Set(rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])))
  const names = DASHBOARDS.flatMap(({ sections }) =>
    sections.flatMap(({ panels }) =>
      panels.flatMap(({ queries }) =>
        queries.flatMap(({ expr }) => [...expr.matchAll(/\bjob\w*:[\w:]+/g)].map(([name]) => name)),
      ),
    ),
  )
  assert.ok(names.length > 10)
  for (const name of names) assert.ok(recorded.has(name), name)
})
