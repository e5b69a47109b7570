import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Meter } from '#/core/ports.ts'
import { copyOf, type MetricSnapshot } from './add-up.ts'
import { CATALOGUE } from './catalogue.ts'
import { SERIES_MAX, initialLabels, type MetricRow } from './metric-row.ts'

/**
 * The Prometheus client behind the core port. Counters and gauges are plain numbers here and are told to the client at
 * the scrape, all in one synchronous step, so that sums over several metrics hold in every answer.
 */

export interface PrometheusMeter extends Meter {
  /** The exposition text. */
  text(): Promise<string>
  /** What a scrape would say now, as data, to be added up with what other processes say. */
  snapshot(): Promise<MetricSnapshot>
  readonly content_type: string
  /** What would be scraped now; for a histogram, how many observations. 0 for a series that does not exist. */
  value(name: string, labels?: Labels): number
  /** All series of a metric. */
  series(name: string): readonly Sample[]
}

/** One series as it would be scraped now. */
export interface Sample {
  readonly labels: Labels
  /** For a histogram, how many observations. */
  readonly value: number
}

/** What is shown of the numbers to those who look on. */
export type Exposition = Pick<PrometheusMeter, 'text' | 'series'>

export interface MeterOptions {
  /** What can be counted, in place of the catalogue of the worker. */
  readonly catalogue?: Readonly<Record<string, MetricRow>>
  /** Rows beyond the catalogue, for a service with metrics of its own. */
  readonly rows?: Readonly<Record<string, MetricRow>>
  /** CPU, memory and event loop of the process (default true). */
  readonly process_metrics?: boolean
}

type Labels = Readonly<Record<string, string>>

interface Series {
  readonly labels: Labels
  value: number
  /** What the client was told: for counters the difference is added. */
  told: number
  /** Number of the scrape interval in which it was set last. */
  set_in: number
}

interface Family {
  readonly name: string
  readonly row: MetricRow
  readonly label_names: readonly string[]
  readonly series: Map<string, Series>
  readonly client: Counter<string> | Gauge<string> | Histogram<string>
}

export function createMeter(options: MeterOptions = {}): PrometheusMeter {
  const registry = new Registry()
  const families = new Map<string, Family>()
  const collectors = new Set<() => void>()
  const rows: Readonly<Record<string, MetricRow>> = {
    ...(options.catalogue ?? CATALOGUE),
    ...options.rows,
  }
  for (const [name, row] of Object.entries(rows)) {
    families.set(name, createFamily(registry, name, row))
  }
  if (options.process_metrics !== false) collectDefaultMetrics({ register: registry })
  let interval = 0
  let rendering: Promise<string> | undefined
  let copying: Promise<MetricSnapshot> | undefined

  function familyOf(name: string, type: MetricRow['type']): Family {
    const family = families.get(name)
    if (!family) throw new Error(`metric ${name} is not in the catalogue`)
    if (family.row.type !== type) throw new Error(`metric ${name} is a ${family.row.type}`)
    return family
  }

  function seriesOf(family: Family, labels: Labels): Series | undefined {
    const key = keyOf(family, labels)
    const known = family.series.get(key)
    if (known) return known
    if (family.series.size >= SERIES_MAX) {
      const limits = families.get('whosecall_limits_hit_total')
      const hit = limits && limits.series.get(keyOf(limits, { limit: 'metric_series' }))
      if (hit) hit.value += 1
      const capped = families.get('whosecall_series_capped_total')
      if (capped && family !== capped) {
        const left_out = seriesOf(capped, { metric: family.name })
        if (left_out) left_out.value += 1
      }
      return undefined
    }
    const series = { labels: { ...labels }, value: 0, told: 0, set_in: interval }
    family.series.set(key, series)
    return series
  }

  function collect(): void {
    for (const collector of collectors) collector()
  }

  /** One synchronous step: what the client says afterwards belongs together. */
  function scrape(): void {
    collect()
    for (const family of families.values()) tellClient(family, interval)
    interval += 1
  }

  for (const family of families.values()) {
    // A gauge that nobody has set has no value; 0 would be a statement.
    if (family.client instanceof Gauge) family.client.remove({})
    else initialise(family)
  }

  function initialise(family: Family): void {
    for (const labels of initialLabels(family.row)) {
      if (family.client instanceof Histogram) family.client.zero({ ...labels })
      else seriesOf(family, labels)
    }
  }

  return {
    content_type: registry.contentType,
    counter(name) {
      const family = familyOf(name, 'counter')
      return {
        add(count, labels = NO_LABELS) {
          if (!(count >= 0)) throw new Error(`metric ${name} cannot grow by ${count}`)
          const series = seriesOf(family, labels)
          if (series) series.value += count
        },
      }
    },
    gauge(name) {
      const family = familyOf(name, 'gauge')
      return {
        set(value, labels = NO_LABELS) {
          const series = seriesOf(family, labels)
          if (!series) return
          series.value = value
          series.set_in = interval
        },
      }
    },
    histogram(name) {
      const family = familyOf(name, 'histogram')
      return {
        observe(value, labels = NO_LABELS) {
          const series = seriesOf(family, labels)
          if (!series || !(family.client instanceof Histogram)) return
          series.value += 1
          family.client.observe({ ...labels }, value)
        },
      }
    },
    onScrape(collector) {
      collectors.add(collector)
      return () => void collectors.delete(collector)
    },
    text() {
      rendering ??= (async () => {
        scrape()
        return registry.metrics()
      })().finally(() => {
        rendering = undefined
      })
      return rendering
    },
    snapshot() {
      copying ??= (async () => {
        scrape()
        return copyOf(await registry.getMetricsAsJSON())
      })().finally(() => {
        copying = undefined
      })
      return copying
    },
    value(name, labels = NO_LABELS) {
      const family = families.get(name)
      if (!family) throw new Error(`metric ${name} is not in the catalogue`)
      collect()
      return family.series.get(keyOf(family, labels))?.value ?? 0
    },
    series(name) {
      const family = families.get(name)
      if (!family) throw new Error(`metric ${name} is not in the catalogue`)
      collect()
      return [...family.series.values()].map(({ labels, value }) => ({ labels, value }))
    },
  }
}

const NO_LABELS: Labels = {}

function createFamily(registry: Registry, name: string, row: MetricRow): Family {
  const label_names = Object.keys(row.labels ?? {})
  const aggregator = row.aggregate ?? 'sum'
  const common = {
    name,
    help: row.help,
    labelNames: label_names,
    registers: [registry],
    aggregator,
  }
  const client =
    row.type === 'counter'
      ? new Counter(common)
      : row.type === 'gauge'
        ? new Gauge(common)
        : new Histogram({ ...common, buckets: [...(row.buckets ?? [])] })
  return { name, row, label_names, series: new Map(), client }
}

/** Throws for a label, or a value of one, that the catalogue does not list: a label set that grows is a bug. */
function keyOf(family: Family, labels: Labels): string {
  const given = Object.keys(labels)
  if (given.length !== family.label_names.length) {
    const wanted = family.label_names.join(', ') || 'no labels'
    throw new Error(`metric ${family.name} takes ${wanted}, not ${given.join(', ') || 'no labels'}`)
  }
  let key = ''
  for (const label of family.label_names) {
    const value = labels[label]
    const legal = family.row.labels?.[label]
    if (value === undefined || (legal !== 'assigned' && !legal?.includes(value))) {
      throw new Error(`metric ${family.name} has no label ${label} with the value ${value}`)
    }
    key += `${value}\u0000`
  }
  return key
}

function tellClient(family: Family, interval: number): void {
  const { client, row } = family
  for (const [key, series] of family.series) {
    if (client instanceof Counter) {
      client.inc({ ...series.labels }, series.value - series.told)
    } else if (client instanceof Gauge) {
      if (row.vanishes && series.set_in < interval) {
        client.remove({ ...series.labels })
        family.series.delete(key)
        continue
      }
      client.set({ ...series.labels }, series.value)
    }
    series.told = series.value
  }
}
