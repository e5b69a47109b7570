import type { MetricRow } from '#/telemetry/index.ts'

/** The metrics as a table for people: what each says, and how many values its labels can have. */

/** Values of a label that fit in a cell; of more, the number says enough. */
const VALUES_SHOWN_MAX = 4

/** What `assigned` stands for. */
const ASSIGNED: Readonly<Record<string, string>> = {
  topic: 'your topics',
  partition: 'their partitions at this process',
  source: 'sources of the config',
  owner: 'owners, up to `owners_max`, and `__other__`',
  currency: 'currencies that events state',
  exporter: 'exporters of the config',
  component: 'components of the config',
  metric: 'metrics',
  version: 'one',
}

export function metricsTable(catalogue: Readonly<Record<string, MetricRow>>): string {
  const rows = Object.entries(catalogue).map(
    ([name, row]) => `| \`${name}\` | ${row.type} | ${labelsOf(row)} | ${row.help} |`,
  )
  return ['| Metric | Type | Labels | What it says |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}

function labelsOf({ labels }: MetricRow): string {
  const parts = Object.entries(labels ?? {}).map(([label, values]) => {
    if (values !== 'assigned')
      return `\`${label}\`: ${values.length > VALUES_SHOWN_MAX ? `${values.length} values` : values.join(', ')}`
    const meaning = ASSIGNED[label]
    if (meaning === undefined) throw new Error(`nothing says what the label ${label} holds`)
    return `\`${label}\`: ${meaning}`
  })
  return parts.join('; ') || '–'
}
