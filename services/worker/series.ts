/**
 * The most series that a worker can expose: known from the config before anything is read, but for the partitions, of which
 * each adds the same number. A scrape of too many series stalls the process that answers it, and a metric that is cut off
 * in the middle breaks the sums that alerts are made of; so this is checked, not found out.
 */
import { WhosecallError } from '#/core/errors.ts'
import { CATALOGUE, seriesOf, type SeriesBounds } from '#/telemetry/index.ts'
import type { WorkerConfig } from './config.ts'
import { MONEYS_MAX } from './pipeline/bill-totals.ts'
import { candidatesOf } from './receivers/kafka/receiver.ts'

/** CPU, memory, event loop and garbage collection of the process, as the Prometheus client counts them. */
const PROCESS_SERIES = 120

export interface SeriesMax {
  readonly fixed: number
  readonly per_partition: number
}

export function seriesMaxOf(config: WorkerConfig): SeriesMax {
  const { receivers, processors, exporters, service } = config
  const sources = new Set(
    Object.values(receivers).flatMap((each) => candidatesOf(each).sources.map(({ name }) => name)),
  )
  const { owners_max } = service.telemetry.metrics
  const bounds: SeriesBounds = {
    source: sources.size + 1,
    owner: owners_max === 0 ? 0 : owners_max + 1,
    // Their bases are no more than so many in all.
    currency: MONEYS_MAX,
    exporter: Object.keys(exporters).length,
    component: Object.keys({ ...receivers, ...processors, ...exporters }).length,
    metric: Object.keys(CATALOGUE).length,
    version: 1,
    topic: 1,
    partition: 1,
  }
  const fixed = { ...bounds, topic: 0, partition: 0 }
  return {
    fixed: PROCESS_SERIES + sum(fixed),
    per_partition: sum(bounds) - sum(fixed),
  }
}

/** Throws when the partitions that were found could give more series than the config allows. */
export function checkSeries(config: WorkerConfig, partitions: number): number {
  const { fixed, per_partition } = seriesMaxOf(config)
  const { series_max } = config.service.telemetry.metrics
  const most = fixed + per_partition * partitions
  if (most > series_max)
    throw new WhosecallError(
      'config_invalid',
      `up to ${most} metric series (${fixed}, and ${per_partition} for each of ${partitions} partitions) are more than service.telemetry.metrics.series_max (${series_max}): raise it, or set owners_max lower`,
    )
  return most
}

function sum(bounds: SeriesBounds): number {
  return Object.values(CATALOGUE).reduce((all, row) => all + seriesOf(row, bounds), 0)
}
