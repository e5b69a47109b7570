/** Dashboards as the JSON that Grafana reads. Ids and places follow from the order, so the same dashboards give the same bytes. */
import { DEFAULT_OPTIONS, DEFAULT_TARGET } from '#/cli/rules/options.ts'
import type { Dashboard, Panel, Query, Threshold } from './panel.ts'

const COLUMNS = 24
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }
/** The oldest Grafana that reads it is 11. */
const SCHEMA_VERSION = 39

export function dashboardJson(dashboard: Dashboard, all: readonly Dashboard[]): object {
  return {
    uid: dashboard.uid,
    title: dashboard.title,
    description: dashboard.description,
    tags: ['whosecall'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: '',
    annotations: { list: [firingAlerts()] },
    links: all
      .filter(({ uid }) => uid !== dashboard.uid)
      .map(({ uid, title }) => ({
        type: 'link',
        title,
        url: `/d/${uid}`,
        icon: 'dashboard',
        keepTime: true,
        includeVars: true,
      })),
    templating: { list: variables() },
    panels: placed(dashboard),
  }
}

function firingAlerts(): object {
  return {
    name: 'Alerts',
    enable: true,
    iconColor: 'red',
    datasource: DATASOURCE,
    expr: 'ALERTS{alertname=~"Whosecall.*",alertstate="firing"}',
    titleFormat: '{{alertname}}',
    textFormat: '{{severity}}',
    step: '60s',
  }
}

function variables(): readonly object[] {
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    {
      name: 'job',
      label: 'Job',
      type: 'query',
      datasource: DATASOURCE,
      query: { query: 'label_values(whosecall_events_total, job)', refId: 'job' },
      refresh: 2,
      multi: true,
      includeAll: true,
      current: { text: ['All'], value: ['$__all'] },
    },
    textbox('target', 'Target', String(DEFAULT_TARGET)),
    textbox('runbooks', 'Runbooks', DEFAULT_OPTIONS.runbook_url),
  ]
}

function textbox(name: string, label: string, value: string): object {
  return { name, label, type: 'textbox', query: value, current: { text: value, value } }
}

/** From left to right, a new line where a panel does not fit any more, below a heading for each section. */
function placed({ sections }: Dashboard): readonly object[] {
  const panels: object[] = []
  let y = 0
  for (const { title, panels: own } of sections) {
    const gridPos = { h: 1, w: COLUMNS, x: 0, y }
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos,
      panels: [],
    })
    y += 1
    let x = 0
    let line_height = 0
    for (const panel of own) {
      const { width: w = 8, height: h = 8 } = panel
      if (x + w > COLUMNS) {
        y += line_height
        x = 0
        line_height = 0
      }
      panels.push({ id: panels.length + 1, ...panelJson(panel), gridPos: { h, w, x, y } })
      x += w
      line_height = Math.max(line_height, h)
    }
    y += line_height
  }
  return panels
}

function panelJson(panel: Panel): object {
  const { title, description, type, unit, min, max, queries, alert } = panel
  return {
    type,
    title,
    description,
    datasource: DATASOURCE,
    targets: queries.map(targetJson),
    fieldConfig: {
      defaults: {
        unit,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        color: { mode: colorMode(panel) },
        thresholds: thresholdsJson(panel.thresholds ?? [{ color: 'text' }]),
        mappings: mappingsJson(panel),
        custom: customOf(panel),
      },
      overrides: [],
    },
    options: OPTIONS[type],
    ...(alert === undefined
      ? {}
      : {
          links: [
            { title: `Runbook: ${alert}`, url: `\${runbooks}/${alert}.md`, targetBlank: true },
          ],
        }),
  }
}

function targetJson({ expr, legend, instant }: Query, index: number): object {
  return {
    refId: String.fromCodePoint(65 + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    editorMode: 'code',
    ...(instant === undefined ? { range: true } : { instant: true, range: false }),
  }
}

function colorMode({ type, thresholds }: Panel): string {
  return thresholds !== undefined && type !== 'timeseries' ? 'thresholds' : 'palette-classic'
}

function thresholdsJson(thresholds: readonly Threshold[]): object {
  return {
    mode: 'absolute',
    steps: thresholds.map(({ from, color }) => ({ color, value: from ?? null })),
  }
}

function mappingsJson({ states }: Panel): readonly object[] {
  if (states === undefined) return []
  const options = Object.entries(states).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ])
  return [{ type: 'value', options: Object.fromEntries(options) }]
}

function customOf({ type, stacked, thresholds }: Panel): object {
  if (type === 'state-timeline') return { fillOpacity: 80, lineWidth: 0 }
  if (type !== 'timeseries') return {}
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: stacked ? 60 : 8,
    showPoints: 'never',
    spanNulls: false,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
    thresholdsStyle: { mode: thresholds === undefined ? 'off' : 'line' },
  }
}

const REDUCE = { calcs: ['lastNotNull'], fields: '', values: false }

const OPTIONS = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', calcs: [], showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: { reduceOptions: REDUCE, colorMode: 'value', graphMode: 'area', textMode: 'auto' },
  bargauge: { reduceOptions: REDUCE, orientation: 'horizontal', displayMode: 'gradient' },
  'state-timeline': {
    showValue: 'never',
    mergeValues: true,
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'single' },
  },
} as const satisfies Readonly<Record<Panel['type'], object>>
