/** The rules in the hands of Prometheus: its own checks, its own tests, and a server that scrapes a worker with them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { ruleGroups, rulesFile } from '#/cli/rules/index.ts'
import { DEFAULT_OPTIONS } from '#/cli/rules/options.ts'
import { burnFactors } from '#/core/burn-rate.ts'
import { DASHBOARDS } from '../generate/grafana/index.ts'
import { filesOf, ROOT } from '../repo/tree.ts'
import { freePorts, spawnServer } from '../stack/child.ts'
import { findProgram } from '../stack/programs.ts'
import { until } from '../support/program.ts'
import { litellmCall, startTestWorker, temporaryFolder, TOPICS } from '../support/worker.ts'

const run = promisify(execFile)
const FOLDER = join(ROOT, 'deploy/prometheus')
const RULE_FILES = ['whosecall.rules.yaml', 'whosecall.alerts.yaml'].map((name) =>
  join(FOLDER, name),
)

test('promtool finds nothing wrong with the committed rules', async () => {
  const promtool = await findProgram('promtool')
  const { stdout } = await run(promtool, ['check', 'rules', ...RULE_FILES])
  assert.equal(stdout.match(/SUCCESS/g)?.length, RULE_FILES.length)
})

test('promtool finds nothing wrong with rules for other targets and labels', async (t) => {
  const promtool = await findProgram('promtool')
  const file = join(temporaryFolder(t), 'rules.yaml')
  for (const target of [0.5, 0.999]) {
    const options = {
      ...DEFAULT_OPTIONS,
      target,
      windows: burnFactors(target),
      group_by: ['job', 'cluster', 'namespace'],
    }
    writeFileSync(file, rulesFile(ruleGroups(options)))
    const { stdout } = await run(promtool, ['check', 'rules', file])
    assert.match(stdout, /SUCCESS: \d\d+ rules found/)
  }
})

test('every alert fires, stays silent and copes with little traffic as its tests say', async () => {
  const promtool = await findProgram('promtool')
  const files = filesOf('deploy/prometheus/tests/*.yaml')
  assert.ok(files.length >= 16)
  const half = Math.ceil(files.length / 2)
  const runs = await Promise.all(
    [files.slice(0, half), files.slice(half)].map((some) =>
      run(promtool, ['test', 'rules', ...some], { cwd: ROOT }),
    ),
  )
  const successes = runs.flatMap(({ stdout }) => stdout.match(/SUCCESS/g) ?? [])
  assert.equal(successes.length, files.length)
})

test('promtool finds nothing wrong with the config of the compose file', async () => {
  const promtool = await findProgram('promtool')
  const { stdout } = await run(promtool, ['check', 'config', join(FOLDER, 'prometheus.yaml')])
  assert.match(stdout, /2 rule files found/)
})

test('Prometheus understands every query of the dashboards', async (t) => {
  const promtool = await findProgram('promtool')
  const file = join(temporaryFolder(t), 'queries.yaml')
  const exprs = DASHBOARDS.flatMap(({ sections }) =>
    sections.flatMap(({ panels }) =>
      panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
    ),
  )
  const rules = exprs.map((expr, index) => ({
    record: `query_${index}`,
    expr: Object.entries(VARIABLES).reduce(
      (text, [name, value]) => text.replaceAll(`$${name}`, value),
      expr,
    ),
  }))
  writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }))
  const { stdout } = await run(promtool, ['check', 'rules', file])
  assert.match(stdout, new RegExp(`SUCCESS: ${exprs.length} rules found`))
})

/** What Grafana puts in their place. */
const VARIABLES = { __rate_interval: '1m', __range: '6h', job: 'whosecall', target: '0.95' }

interface QueryAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
}

interface Prometheus {
  /** The only value of an instant query; `undefined` while there is none. */
  value(query: string): Promise<number | undefined>
  get(path: string): Promise<Response>
}

/** A server of our own that scrapes `target` each half second, with the committed rules and the committed way of reading. */
async function startPrometheus(t: TestContext, target: string): Promise<Prometheus> {
  const directory = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const config = join(directory, 'prometheus.yaml')
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
      rule_files: RULE_FILES,
      scrape_configs: [{ job_name: 'whosecall', static_configs: [{ targets: [target] }] }],
    }),
  )
  const url = `http://127.0.0.1:${port}`
  const server = await spawnServer({
    name: 'prometheus',
    command: await findProgram('prometheus'),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    directory,
  })
  t.after(() => server.kill())
  await server.logged('Server is ready to receive web requests', 20_000)
  const get = (path: string) => fetch(`${url}${path}`, { signal: AbortSignal.timeout(5_000) })
  return {
    get,
    async value(query) {
      const answer = await get(`/api/v1/query?query=${encodeURIComponent(query)}`)
      const { data } = (await answer.json()) as QueryAnswer
      assert.ok(data.result.length <= 1, query)
      const [result] = data.result
      return result === undefined ? undefined : Number(result.value[1])
    },
  }
}

test('Prometheus scrapes a worker, and the recorded ratio is the share of calls without an owner', async (t) => {
  const worker = await startTestWorker(t)
  const prometheus = await startPrometheus(t, new URL(worker.admin_url).host)
  // The counters are there with 0 before the first call, so the first increase is seen.
  await until('it has scraped the worker', async () =>
    (await prometheus.value('sum(whosecall_events_total)')) === 0 ? true : undefined,
  )
  for (let call = 0; call < 20; call += 1)
    worker.bus.publish(TOPICS.raw, 0, {
      key: null,
      timestamp: Date.now(),
      value: litellmCall(call % 4 === 0 ? 'stranger' : 'known'),
    })
  // A scrape may fall between two calls, and each rule is evaluated on its own.
  await until('the ratio is recorded', async () => {
    const ratio = await prometheus.value('job:whosecall_unattributed_per_events:ratio_rate5m')
    return ratio !== undefined && Math.abs(ratio - 0.25) < 1e-9 ? true : undefined
  })
  const unresolved = await until('the other ratio is recorded', () =>
    prometheus.value('job:whosecall_unresolved_per_events:ratio_rate5m'),
  )
  assert.equal(unresolved, 0)

  const answer = await prometheus.get('/api/v1/rules')
  const { data } = (await answer.json()) as {
    data: { groups: readonly { rules: readonly { name: string; health: string }[] }[] }
  }
  const rules = data.groups.flatMap((group) => group.rules)
  assert.equal(rules.length, ruleGroups(DEFAULT_OPTIONS).flatMap((group) => group.rules).length)
  assert.deepEqual(
    rules.filter(({ health }) => health === 'err').map(({ name }) => name),
    [],
  )
})
