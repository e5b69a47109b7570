import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { parseArguments } from '#/cli/arguments.ts'
import { COMMANDS } from '#/cli/commands.ts'
import { ruleGroups } from '#/cli/rules/index.ts'
import { DEFAULT_OPTIONS } from '#/cli/rules/options.ts'
import { CATALOGUE } from '#/telemetry/index.ts'
import { filesOf, textOf } from './tree.ts'

/**
 * What must be there for an alert: words, links, a page that tells a novice what to do, and tests that make it fire, keep it
 * silent, and show it what little traffic looks like. Whether the tests hold, promtool says in `test/integration`.
 */
const FOLDER = 'deploy/prometheus'
const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation']

const rules = ruleGroups(DEFAULT_OPTIONS).flatMap((group) => group.rules)
const alerts = rules.filter((rule) => 'alert' in rule)
const names = [...new Set(alerts.map(({ alert }) => alert))].toSorted()

/** Names of the files of a folder, without their ending. */
function namesIn(pattern: string, ending: string): readonly string[] {
  return filesOf(`${FOLDER}/${pattern}`).map((path) => posix.basename(path, ending))
}

interface AlertTests {
  readonly tests: readonly {
    readonly name: string
    readonly alert_rule_test: readonly {
      readonly alertname: string
      readonly exp_alerts: readonly object[]
    }[]
  }[]
}

test('Every alert says in words what is wrong, and leads to a page and a dashboard.', () => {
  assert.ok(names.length >= 16)
  for (const { alert, annotations, labels } of alerts) {
    assert.match(alert, /^Whosecall[A-Z][A-Za-z]+$/)
    assert.ok(annotations.summary.length > 10, alert)
    assert.ok(annotations.description.length > annotations.summary.length, alert)
    assert.ok(annotations.runbook_url.endsWith(`/${alert}.md`), alert)
    assert.match(annotations.dashboard_url, /\/d\/whosecall-(?:coverage|pipeline|lookups)$/)
    assert.match(labels['severity'] ?? '', /^(?:critical|warning|ticket|info)$/)
    assert.match(labels['route'] ?? '', /^(?:ownership|platform)$/)
  }
})

test('Every alert has its page, and every page its alert.', () => {
  assert.deepEqual(namesIn('runbooks/*', '.md'), names)
})

test('Every page says what it means, whom it hurts, how to find out and what to do, with commands.', () => {
  for (const name of names) {
    const page = textOf(`${FOLDER}/runbooks/${name}.md`)
    assert.ok(page.startsWith(`# ${name}\n`), name)
    const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    assert.deepEqual(sections, SECTIONS, name)
    for (const section of page.split(/^## .+$/m).slice(1))
      assert.ok(section.trim().length > 80, `${name} has a section that says nothing`)
    assert.match(page, /^```sh$/m, `${name} shows no command`)
  }
})

test('Every command of whosecall in the pages exists, with its options.', async () => {
  const lines = filesOf(`${FOLDER}/**/*.md`).flatMap((path) =>
    [...textOf(path).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
      block.split(/\n| && /).filter((line) => line.startsWith('whosecall ')),
    ),
  )
  assert.ok(lines.length > 30)
  for (const line of new Set(lines)) {
    const [, name = '', ...args] = (line.split(/ [|>] /)[0] ?? '').split(' ')
    const row = COMMANDS.find((one) => one.name === name)
    assert.ok(row !== undefined, line)
    const { options } = await row.load()
    assert.doesNotThrow(() => parseArguments(args, options), line)
  }
})

test('Every alert has a file of tests with a firing, a silent and a low-volume case.', () => {
  assert.deepEqual(namesIn('tests/*', '.yaml'), names)
  for (const name of names) {
    const { tests }: AlertTests = parse(textOf(`${FOLDER}/tests/${name}.yaml`))
    for (const kind of ['firing: ', 'silent: ', 'low volume: '])
      assert.ok(
        tests.some((one) => one.name.startsWith(kind)),
        `${name} has no case "${kind}…"`,
      )
    for (const one of tests)
      for (const { alertname, exp_alerts } of one.alert_rule_test) {
        assert.equal(alertname, name)
        if (one.name.startsWith('firing: ')) assert.ok(exp_alerts.length > 0, one.name)
        if (one.name.startsWith('silent: ')) assert.equal(exp_alerts.length, 0, one.name)
      }
  }
})

test('Every metric that a rule reads is in the catalogue, or is recorded by another rule.', () => {
  const recorded = new Set(rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])))
  for (const rule of rules) {
    const text = 'alert' in rule ? `${rule.expr} ${rule.annotations.description}` : rule.expr
    for (const [name] of text.matchAll(/\bjob\w*:[\w:]+/g)) assert.ok(recorded.has(name), name)
    for (const [name] of text.replaceAll(/\bjob\w*:[\w:]+/g, '').matchAll(/\bwhosecall_\w+/g))
      assert.ok(name in CATALOGUE, name)
  }
})

test('Every recording rule is called level:metric:operations.', () => {
  for (const rule of rules)
    if ('record' in rule)
      assert.match(
        rule.record,
        /^job(?:_currency)?:whosecall_[a-z_]+:(?:rate|ratio_rate)\d+[mhd]$/,
        rule.record,
      )
})
