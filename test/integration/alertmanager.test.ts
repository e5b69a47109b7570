/** Who hears of which alert: the routes asked with amtool, the inhibition at a running Alertmanager. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { ruleGroups } from '#/cli/rules/index.ts'
import { DEFAULT_OPTIONS } from '#/cli/rules/options.ts'
import { ROOT } from '../repo/tree.ts'
import { freePorts, spawnServer } from '../stack/child.ts'
import { findProgram } from '../stack/programs.ts'
import { until } from '../support/program.ts'
import { temporaryFolder } from '../support/worker.ts'

const run = promisify(execFile)
const CONFIG = join(ROOT, 'deploy/prometheus/alertmanager.yaml')

type Labels = Readonly<Record<string, string>>

/** As a rule gives them to an alert of that name. */
function labelsOf(alertname: string, more: Labels = {}): Labels {
  const rule = ruleGroups(DEFAULT_OPTIONS, 'alerts')
    .flatMap((group) => group.rules)
    .find((one) => 'alert' in one && one.alert === alertname)
  assert.ok(rule !== undefined && 'alert' in rule, alertname)
  return { alertname, job: 'whosecall', ...rule.labels, ...more }
}

test('amtool finds nothing wrong with the config', async () => {
  const { stdout } = await run(await findProgram('amtool'), ['check-config', CONFIG])
  assert.match(stdout, /SUCCESS/)
  assert.match(stdout, /7 receivers/)
})

const ROUTES: readonly (readonly [string, Labels, string])[] = [
  ['WhosecallPartitionStopped', {}, 'platform-page'],
  ['WhosecallMessagesLost', {}, 'platform-page'],
  ['WhosecallWorkerAbsent', {}, 'platform-page'],
  ['WhosecallDeadLettersGrowing', { reason: 'malformed' }, 'platform-chat'],
  ['WhosecallConfigReloadFailed', {}, 'platform-chat'],
  ['WhosecallDirectoryStale', {}, 'platform-chat'],
  ['WhosecallUnattributedFastBurn', {}, 'ownership-chat'],
  ['WhosecallUnattributedFastBurn', { severity: 'critical' }, 'ownership-page'],
  ['WhosecallUnattributedSlowBurn', { owner: 'team-payments' }, 'ownership-ticket'],
  ['WhosecallNewUnattributedSource', { reason: 'unknown_identity' }, 'ownership-chat'],
  ['WhosecallNewUnattributedSource', { reason: 'ip_only' }, 'security,ownership-chat'],
]

test('alerts go to those who can act on them, by urgency', async () => {
  const amtool = await findProgram('amtool')
  for (const [alertname, more, receivers] of ROUTES) {
    const labels = Object.entries(labelsOf(alertname, more)).map(
      ([name, value]) => `${name}=${value}`,
    )
    const args = ['config', 'routes', 'test', `--config.file=${CONFIG}`, ...labels]
    const { stdout } = await run(amtool, args)
    assert.equal(stdout.trim(), receivers, labels.join(' '))
  }
})

interface ShownAlert {
  readonly labels: Labels
  readonly status: { readonly state: string }
}

/** Answers with the states of alerts by name, after they were sent. */
async function startAlertmanager(t: TestContext) {
  const directory = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  const server = await spawnServer({
    name: 'alertmanager',
    command: await findProgram('alertmanager'),
    args: [
      `--config.file=${CONFIG}`,
      `--storage.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    directory,
  })
  t.after(() => server.kill())
  await server.logged('Listening on', 20_000)
  const url = `http://127.0.0.1:${port}/api/v2/alerts`
  return async (alerts: readonly Labels[]): Promise<Readonly<Record<string, string>>> => {
    const sent = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels }))),
    })
    assert.equal(sent.status, 200, await sent.text())
    return until('the alerts are there', async () => {
      const shown = (await (await fetch(url)).json()) as readonly ShownAlert[]
      if (
        shown.length < alerts.length ||
        shown.some(({ status }) => status.state === 'unprocessed')
      )
        return undefined
      return Object.fromEntries(
        shown.map(({ labels, status }) => [
          `${labels['alertname']}/${labels['job']}`,
          status.state,
        ]),
      )
    })
  }
}

test('coverage alerts are held back while calls are late, those of another job or cluster are not', async (t) => {
  const statesOf = await startAlertmanager(t)
  assert.deepEqual(
    await statesOf([
      labelsOf('WhosecallAttributionDelayed'),
      labelsOf('WhosecallUnattributedFastBurn'),
      labelsOf('WhosecallNewUnattributedSource', { reason: 'ip_only' }),
      labelsOf('WhosecallUnattributedSlowBurn', { job: 'other' }),
      labelsOf('WhosecallDirectoryStale', { job: 'third' }),
      labelsOf('WhosecallUnattributedSlowBurn', { job: 'third' }),
      labelsOf('WhosecallUnresolved', { job: 'third' }),
      labelsOf('WhosecallPartitionStopped', { job: 'fourth', cluster: 'east' }),
      labelsOf('WhosecallAttributionDelayed', { job: 'fourth', cluster: 'east' }),
      labelsOf('WhosecallUnattributedFastBurn', { job: 'fourth', cluster: 'west' }),
    ]),
    {
      'WhosecallAttributionDelayed/whosecall': 'active',
      'WhosecallUnattributedFastBurn/whosecall': 'suppressed',
      'WhosecallNewUnattributedSource/whosecall': 'active',
      'WhosecallUnattributedSlowBurn/other': 'active',
      'WhosecallDirectoryStale/third': 'active',
      'WhosecallUnattributedSlowBurn/third': 'suppressed',
      'WhosecallUnresolved/third': 'suppressed',
      'WhosecallPartitionStopped/fourth': 'active',
      'WhosecallAttributionDelayed/fourth': 'suppressed',
      'WhosecallUnattributedFastBurn/fourth': 'active',
    },
  )
})
