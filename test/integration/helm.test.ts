import assert from 'node:assert/strict'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { ruleGroups, rulesFile } from '#/cli/rules/index.ts'
import { DEFAULT_OPTIONS } from '#/cli/rules/options.ts'
import { burnFactors } from '#/core/burn-rate.ts'
import {
  CHART,
  goldenChart,
  helm,
  lint,
  manifestsOf,
  template,
  templateGolden,
  valuesNames,
} from '../support/chart.ts'
import { manifestProblems } from '../support/kubernetes.ts'

/** The chart as Helm takes it: it lints, it renders what the golden files say, and wrong values are refused by name. */

for (const name of valuesNames()) {
  test(`helm lint finds nothing with ${name}-values.yaml`, async () => {
    const { code, out, err } = await lint(name)
    assert.equal(code, 0, `${out}\n${err}`)
    assert.doesNotMatch(out, /\[(?:WARNING|ERROR)\]/)
  })

  test(`${name}-values.yaml renders what its golden file says`, async () => {
    const { code, out, err } = await templateGolden(name)
    assert.equal(code, 0, err)
    const golden = readFileSync(goldenChart(name), 'utf8')
    assert.equal(out, golden, 'the chart renders something else: node test/generate/helm.ts')
  })
}

/** `--set` → what the refusal must say. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'worker.replcas=3': /additional properties 'replcas' not allowed/,
  'worker.replicas=many': /'\/worker\/replicas': got string, want integer/,
  'autoscaling.minReplicas=0': /'\/autoscaling\/minReplicas': minimum: got 0, want 1/,
  'image.pullPolicy=Sometimes': /'\/image\/pullPolicy'/,
  'image.digest=sha256:abc': /'\/image\/digest'/,
  'worker.config.receivers.kafka.sorce=litellm': /additional properties 'sorce' not allowed/,
  'worker.config.service.shutdown_timeout_ms=soon': /shutdown_timeout_ms/,
  'registry.config.registry.keys_max=5000': /keys_max/,
  'owners.bindings[0].kind=api_kye': /'\/owners\/bindings\/0\/kind'/,
  'serviceMonitor.sampleLimit=all': /'\/serviceMonitor\/sampleLimit'/,
  'worker.terminationGracePeriodSeconds=25':
    /terminationGracePeriodSeconds \(25 s\) must be more than 5 s above .*shutdown_timeout_ms \(20000 ms\)/,
  'worker.replicas=13': /13 workers for 12 partitions/,
  'worker.config.service.workers=8': /16 workers for 12 partitions/,
  'worker.config.service.workers=auto': /a process for each core of the node/,
  'worker.config.service.telemetry.metrics.endpoint=127.0.0.1:9464': /must be 0\.0\.0\.0:9464/,
  'image.repository=': /image\.repository: name the repository/,
  'worker.config.receivers=null': /'\/worker\/config\/receivers': got null, want object/,
  'autoscaling.enabled=true': /autoscaling\.prometheusAddress/,
}

for (const [set, message] of Object.entries(REFUSED))
  test(`${set} is refused, and the message says why`, async () => {
    const { code, err } = await template('minimal', [set])
    assert.equal(code, 1)
    assert.match(err.replaceAll('\n', ' '), message)
  })

test('without values the error says where to begin', async () => {
  const { code, err } = await helm(['template', 'x', CHART, '--kube-version', '1.34.0'])
  assert.equal(code, 1)
  assert.match(err, /ci\/minimal-values\.yaml shows how/)
})

test('a longer drain is taken with a longer grace period, and an address for IPv6 as well', async () => {
  const { code, err } = await template('minimal', [
    'worker.config.service.shutdown_timeout_ms=60000',
    'worker.terminationGracePeriodSeconds=75',
    'worker.config.service.telemetry.metrics.endpoint=[::]:9464',
  ])
  assert.equal(code, 0, err)
})

async function checksum(set: readonly string[]): Promise<string> {
  const { out, err } = await template('minimal', set)
  const sum = /checksum\/process: (\w{64})/.exec(out)?.[1]
  assert.ok(sum !== undefined, err)
  return sum
}

test('what a running worker takes over by itself restarts nobody, anything else does', async () => {
  const before = await checksum([])
  const receiver = 'worker.config.receivers.kafka'
  const live = [
    `${receiver}.trust=claimed`,
    `${receiver}.source=auto`,
    `${receiver}.limits.depth_max=64`,
    `${receiver}.logs.encoding=json`,
    'worker.config.processors.redaction.secrets=keep',
    'worker.config.owners.cache.entries_max=5000',
    'owners.bindings[0].key=another',
  ]
  const frozen = [
    `${receiver}.group_id=another`,
    `${receiver}.logs.topics[0]=another`,
    'worker.config.exporters.kafka.producer.compression=zstd',
    'worker.config.service.commit_interval_ms=2000',
  ]
  for (const set of live) assert.equal(await checksum([set]), before, set)
  for (const set of frozen) assert.notEqual(await checksum([set]), before, set)
})

test('rules and dashboards arrive as their files have them, templates of Prometheus untouched', async () => {
  const { out, err } = await template('production')
  const manifests = manifestsOf(out)
  assert.deepEqual(await manifestProblems(manifests), [], err)
  const files = globSync(`${CHART}/files/rules/*.yaml`).toSorted()
  assert.ok(files.length >= 2)
  const rules = manifests.filter(({ kind }) => kind === 'PrometheusRule')
  assert.deepEqual(
    rules.map(({ spec }) => spec),
    files.map((file): unknown => parse(readFileSync(file, 'utf8'))),
  )
  for (const file of globSync(`${CHART}/files/dashboards/*.json`)) {
    const text = readFileSync(file, 'utf8')
    const [config] = manifests.filter(({ data }) => data?.[basename(file)] !== undefined)
    const there: unknown = JSON.parse(config?.data?.[basename(file)] ?? '')
    assert.deepEqual(there, JSON.parse(text), file)
    assert.equal(config?.metadata.labels?.['grafana_dashboard'], '1')
  }
})

test('alerts lead to the pages and dashboards that the values name', async () => {
  const { out, err } = await template('production', [
    'prometheusRule.runbookUrl=https://git.example.com/runbooks/',
    'prometheusRule.dashboardUrl=https://grafana.example.com/d',
  ])
  const rules = out.match(/^ *(?:runbook|dashboard)_url: .*$/gm) ?? []
  assert.ok(rules.length > 30, err)
  for (const line of rules)
    assert.match(line, /: https:\/\/(?:git\.example\.com\/runbooks|grafana\.example\.com\/d)\/\w/)
})

test('what `whosecall rules` prints for another target takes the place of the rules of the chart', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'whosecall-rules-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const target = 0.9
  const options = { ...DEFAULT_OPTIONS, target, windows: burnFactors(target) }
  const text = rulesFile(ruleGroups(options))
  const file = join(folder, 'rules.yaml')
  writeFileSync(file, text)
  const values = ['-f', `${CHART}/ci/production-values.yaml`]
  const more = ['--set-file', `prometheusRule.rules=${file}`, '--kube-version', '1.34.0']
  const { out, err } = await helm(['template', 'whosecall', CHART, ...values, ...more])
  const rules = manifestsOf(out).filter(({ kind }) => kind === 'PrometheusRule')
  assert.deepEqual(
    rules.map(({ spec }) => spec),
    [parse(text)],
    err,
  )
})

/** The notes of an installation, which Helm prints only beside a cluster: here they are the data of a manifest. */
async function notes(t: TestContext): Promise<string> {
  const chart = mkdtempSync(join(tmpdir(), 'whosecall-chart-'))
  t.after(() => rmSync(chart, { recursive: true, force: true }))
  cpSync(CHART, chart, { recursive: true })
  const text = readFileSync(`${chart}/templates/NOTES.txt`, 'utf8')
  rmSync(`${chart}/templates/NOTES.txt`)
  writeFileSync(`${chart}/templates/_notes.tpl`, `{{ define "notes" }}${text}{{ end }}`)
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes }\n'
  const data = 'data: { text: {{ include "notes" . | toJson }} }\n'
  writeFileSync(`${chart}/templates/notes.yaml`, `${manifest}${data}`)
  const args = ['template', 'whosecall', chart, '-n', 'ai', '--kube-version', '1.34.0']
  const only = ['-s', 'templates/notes.yaml', '-f', `${CHART}/ci/minimal-values.yaml`]
  const { out, err } = await helm([...args, ...only])
  const [first] = manifestsOf(out)
  assert.ok(first?.data !== undefined, err)
  return first.data['text'] ?? ''
}

test('the notes after an installation say the next three commands', async (t) => {
  const lines = (await notes(t)).split('\n')
  const commands = lines.filter((line) => line.startsWith('   kubectl '))
  assert.equal(commands.length, 3)
  for (const command of commands) assert.match(command, /-n ai .*deployment\/whosecall-worker/)
  assert.match(commands[1] ?? '', /whosecall doctor -c \/etc\/whosecall\/worker\/worker\.yaml$/)
})
