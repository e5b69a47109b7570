import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import { ruleGroups } from '#/cli/rules/index.ts'
import { DEFAULT_OPTIONS } from '#/cli/rules/options.ts'
import { filesOf, textOf } from './tree.ts'

/** The committed dashboards, as Grafana reads them. Whether their metrics exist, `test/integration` asks a running worker. */
interface PanelJson {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly links?: readonly { readonly url: string }[]
}

interface DashboardJson {
  readonly uid: string
  readonly title: string
  readonly panels: readonly PanelJson[]
  readonly links: readonly { readonly url: string }[]
  readonly templating: { readonly list: readonly { readonly name: string }[] }
}

const FOLDER = 'deploy/grafana/dashboards'
const UIDS = ['whosecall-coverage', 'whosecall-lookups', 'whosecall-pipeline']
const dashboards = filesOf(`${FOLDER}/*.json`).map((path) => {
  const json: DashboardJson = JSON.parse(textOf(path))
  return { path, ...json }
})
const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels
    .filter(({ type }) => type !== 'row')
    .map((panel) => ({ where: `${dashboard.uid}: ${panel.title}`, ...panel })),
)

test('There are three dashboards, each in a file of its uid, and alerts and dashboards lead to them.', () => {
  assert.deepEqual(
    dashboards.map(({ uid }) => uid),
    UIDS,
  )
  for (const { path, uid, links } of dashboards) {
    assert.equal(posix.basename(path, '.json'), uid)
    assert.deepEqual(links.map(({ url }) => url.replace('/d/', '')).toSorted(), [
      ...UIDS.filter((other) => other !== uid),
    ])
  }
  for (const { rules } of ruleGroups(DEFAULT_OPTIONS, 'alerts'))
    for (const rule of rules)
      if ('alert' in rule)
        assert.ok(UIDS.includes(rule.annotations.dashboard_url.split('/').at(-1) ?? ''), rule.alert)
})

test('Every panel has a unit, words for newcomers, queries and a name for each series.', () => {
  assert.ok(panels.length > 40)
  for (const { where, description, fieldConfig, targets, datasource } of panels) {
    assert.ok((fieldConfig?.defaults.unit ?? '').length > 0, `${where} has no unit`)
    assert.ok((description ?? '').length > 25, `${where} does not say what it shows`)
    assert.equal(datasource?.uid, '${datasource}', where)
    assert.ok((targets?.length ?? 0) > 0, where)
    for (const { expr, legendFormat } of targets ?? []) {
      assert.ok(legendFormat.length > 0, where)
      assert.ok(expr.includes('job=~"$job"') || expr === '1 - $target', `${where}: ${expr}`)
    }
  }
})

test('Panels lead to runbooks that exist, and every alert is reached from a panel.', () => {
  const names = panels.flatMap(({ links }) =>
    (links ?? []).map(({ url }) => /^\$\{runbooks\}\/(\w+)\.md$/.exec(url)?.[1] ?? url),
  )
  const pages = filesOf('deploy/prometheus/runbooks/*.md').map((path) =>
    posix.basename(path, '.md'),
  )
  // While there is no worker, there is nothing to look at either.
  const shown = [...new Set(names), 'WhosecallWorkerAbsent'].toSorted()
  assert.deepEqual(shown, pages)
})

test('Panels lie beside each other, none over another, and their ids are their places.', () => {
  for (const dashboard of dashboards) {
    const taken = new Set<string>()
    for (const [index, { id, title, gridPos }] of dashboard.panels.entries()) {
      assert.equal(id, index + 1)
      assert.ok(gridPos.x + gridPos.w <= 24, `${dashboard.uid}: ${title} is too wide`)
      for (let { x } = gridPos; x < gridPos.x + gridPos.w; x += 1)
        for (let { y } = gridPos; y < gridPos.y + gridPos.h; y += 1) {
          const place = `${x},${y}`
          assert.ok(!taken.has(place), `${dashboard.uid}: ${title} lies over another panel`)
          taken.add(place)
        }
    }
  }
})

test('Every variable that a query names is there.', () => {
  const builtin = new Set(['__rate_interval', '__range', '__all'])
  for (const dashboard of dashboards) {
    const known = new Set(dashboard.templating.list.map(({ name }) => name))
    for (const [, name = ''] of textOf(dashboard.path).matchAll(/\$\{?(\w+)/g))
      assert.ok(known.has(name) || builtin.has(name), `${dashboard.uid}: ${name}`)
  }
})
