import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { WhosecallError } from '#/core/errors.ts'
import { textOf } from '../../repo/tree.ts'
import { createFakeIo } from './fake-io.ts'

interface Printed {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string
      readonly record?: string
      readonly expr: string
      readonly labels?: Readonly<Record<string, string>>
      readonly annotations?: Readonly<Record<string, string>>
    }[]
  }[]
}

async function rules(...options: readonly string[]) {
  const io = createFakeIo({})
  assert.equal(await dispatch(['rules', ...options], COMMANDS, io), 0)
  return io.written
}

async function alertsOf(...options: readonly string[]) {
  const printed: Printed = parse((await rules('--only', 'alerts', ...options)).out)
  return printed.groups.flatMap((group) => group.rules)
}

async function refused(...options: readonly string[]): Promise<string> {
  let message = ''
  await assert.rejects(rules(...options), (error) => {
    assert.ok(error instanceof WhosecallError)
    assert.equal(error.exitCode, 2)
    message = error.message
    return true
  })
  return message
}

test('without options the committed files come out, byte for byte', async () => {
  const { out: recording } = await rules('--only', 'recording', '--target', '0.95')
  assert.equal(recording, textOf('deploy/prometheus/whosecall.rules.yaml'))
  const { out: alerts } = await rules('--only', 'alerts')
  assert.equal(alerts, textOf('deploy/prometheus/whosecall.alerts.yaml'))
})

test('factors come from the target and can always fire', async () => {
  const burns = (await alertsOf('--target', '0.8')).filter(({ alert }) => /Burn$/.test(alert ?? ''))
  const thresholds = burns.map(({ expr }) => Number(/ratio_rate\w+ > ([\d.]+)/.exec(expr)?.[1]))
  assert.deepEqual(thresholds, [0.8, 0.8, 0.6, 0.2])
  const { err } = await rules('--target', '0.8')
  assert.match(err, /target 80 %: 20 % of the calls may be without an owner/)
  assert.match(err, /above 80 % over 1h and 5m, factor 4 \(not 14\.4\)/)
})

test('a target that is no share is refused with what was probably meant', async () => {
  for (const target of ['1', '0', '1.5', '-0.5', 'high', '', '95%'])
    assert.match(await refused(`--target=${target}`), /share above 0 and below 1/, target)
  assert.match(await refused('--target', '95'), /did you mean 0\.95\?/)
})

test('a factor that could never fire is refused, with those that can', async () => {
  const message = await refused('--target', '0.5', '--factor', '14.4')
  assert.match(message, /1h=14\.4 can never fire with --target 0\.5: more than 720 %/)
  assert.match(message, /Factors below 2 can; 1\.6 is what is used/)
  assert.match(await refused('--target', '0.9', '--factor', '6h=10'), /6h=10 can never fire/)
  assert.match(await refused('--factor', '2h=3'), /no window 2h; the windows are 1h, 6h, 1d, 3d/)
  for (const factor of ['0', '1h=', '1h=-2', 'much'])
    assert.match(await refused('--factor', factor), /number above 0/, factor)
})

test('a factor of the command line takes the place of the computed one', async () => {
  const [first, second] = await alertsOf('--factor', '1h=10')
  assert.match(first?.expr ?? '', /ratio_rate1h > 0\.5\n/)
  assert.match(second?.expr ?? '', /ratio_rate6h > 0\.3\n/)
})

test('results keep the labels that are asked for, in rules, matches and texts', async () => {
  const { out } = await rules('--group-by', 'cluster,namespace', '--group-by', 'job')
  assert.match(out, /sum by \(job, cluster, namespace\) \(rate\(/)
  assert.doesNotMatch(out, /by \(job\)|on \(job\)/)
  assert.match(out, /job=%\[1\]q,cluster=%\[2\]q,namespace=%\[3\]q/)
  assert.match(out, /\$labels\.job \$labels\.cluster \$labels\.namespace \| query/)
  assert.match(await refused('--group-by', 'instance'), /coverage of one of them says nothing/)
  assert.match(await refused('--group-by', 'a,,b'), /"" is no name of a label/)
})

test('a fast burn pages somebody only where that is asked for', async () => {
  const severities = async (...options: readonly string[]) =>
    (await alertsOf(...options))
      .filter(({ alert }) => alert === 'WhosecallUnattributedFastBurn')
      .map(({ labels }) => labels?.['severity'])
  assert.deepEqual(await severities(), ['warning', 'warning'])
  assert.deepEqual(await severities('--page'), ['critical', 'critical'])
})

test('links begin where they are told to, and addresses are checked', async () => {
  const [first] = await alertsOf(
    '--runbook-url',
    'https://wiki.example.com/runbooks/',
    '--dashboard-url',
    'https://grafana.example.com/d',
  )
  assert.equal(
    first?.annotations?.['runbook_url'],
    'https://wiki.example.com/runbooks/WhosecallUnattributedFastBurn.md',
  )
  assert.equal(
    first?.annotations?.['dashboard_url'],
    'https://grafana.example.com/d/whosecall-coverage',
  )
  for (const url of ['wiki', 'ftp://x', 'https://x/{{ evil }}', 'javascript:alert(1)'])
    assert.match(await refused('--runbook-url', url), /http or https address/)
})

test('volume and delay are what the options say', async () => {
  const { out } = await rules('--volume-min', '50', '--lag-max-s', '60')
  assert.match(out, /rate1h \* 3600 >= 50\n/)
  assert.match(out, /whosecall_consumer_lag_seconds\) > 60\n/)
})

test('--json prints the target, the windows and the same groups', async () => {
  const { out } = await rules('--json', '--target', '0.9')
  const data: Printed & { target: number; windows: readonly { long: string; ratio: number }[] } =
    JSON.parse(out)
  assert.equal(data.target, 0.9)
  assert.deepEqual(
    data.windows.map(({ long, ratio }) => [long, ratio]),
    [
      ['1h', 0.8],
      ['6h', 0.6],
      ['1d', 0.3],
      ['3d', 0.1],
    ],
  )
  assert.deepEqual({ groups: data.groups }, parse((await rules('--target', '0.9')).out))
})
