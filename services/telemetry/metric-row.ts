/** What a row of the catalogue can say, and how many series a metric of such a row has. */

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels?: Readonly<Record<string, readonly string[] | 'assigned'>>
  /** Upper bounds, for histograms. */
  readonly buckets?: readonly number[]
  /**
   * For gauges with assigned labels: a series that nobody set since the last scrape is gone, so that a partition that
   * went to another process leaves no stale value behind.
   */
  readonly vanishes?: true
  /**
   * For gauges: what a supervisor says for all its worker processes (default `sum`: a partition is at one of them, so most
   * have one summand). Counters and histograms are always summed.
   */
  readonly aggregate?: 'sum' | 'max' | 'min' | 'first'
}

/**
 * Series per metric with assigned labels: the most owners that a config may ask for, and the others. What is beyond is not
 * recorded, and counted as limit `metric_series`.
 */
export const SERIES_MAX = 10_001

/** Series that exist from the start with 0, so that a rate over the first increase is seen. */
export function initialLabels(row: MetricRow): readonly Readonly<Record<string, string>>[] {
  let combinations: Record<string, string>[] = [{}]
  for (const [label, values] of Object.entries(row.labels ?? {})) {
    if (values === 'assigned') return []
    combinations = combinations.flatMap((labels) =>
      values.map((value) => ({ ...labels, [label]: value })),
    )
  }
  return combinations.filter(isPossible)
}

/** Not every reason belongs to every outcome. What is impossible is not initialised. */
function isPossible(labels: Readonly<Record<string, string>>): boolean {
  const { outcome, reason } = labels
  if (outcome === undefined || reason === undefined) return true
  if (outcome === 'unresolved') return reason === 'lookup_unavailable'
  if (outcome === 'unattributed') return reason !== 'none' && reason !== 'lookup_unavailable'
  return reason === 'none'
}

/** How many values a label that is `assigned` can have in this process. */
export type SeriesBounds = Readonly<Record<string, number>>

/** Series beside those of the buckets of a histogram: +Inf, sum and count. */
const HISTOGRAM_EXTRA = 3

/** The most series that a metric can have, those of buckets included. */
export function seriesOf(row: MetricRow, bounds: SeriesBounds): number {
  const labels = Object.entries(row.labels ?? {})
  const is_closed = labels.every(([, values]) => values !== 'assigned')
  const sets = is_closed
    ? initialLabels(row).length
    : labels.reduce((product, [label, values]) => product * sizeOf(label, values, bounds), 1)
  return sets * (row.type === 'histogram' ? (row.buckets ?? []).length + HISTOGRAM_EXTRA : 1)
}

function sizeOf(
  label: string,
  values: readonly string[] | 'assigned',
  bounds: SeriesBounds,
): number {
  if (values !== 'assigned') return values.length
  const bound = bounds[label]
  if (bound === undefined)
    throw new Error(`nothing is known about the values of the label ${label}`)
  return bound
}
