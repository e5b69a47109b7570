import { Registry } from 'prom-client'

/**
 * The metrics of several processes as those of one service. Each process says what a scrape would say (a snapshot, taken in
 * one synchronous step); families are added up by the aggregate of their row. Counters of a process that has ended are
 * kept, so that sums never fall.
 */

export interface SnapshotFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly aggregator?: string
  readonly values: readonly SnapshotValue[]
}

export interface SnapshotValue {
  readonly value: number
  readonly labels: Readonly<Record<string, string | number | undefined>>
  /** Of the parts of a histogram. */
  readonly metricName?: string
}

export type MetricSnapshot = readonly SnapshotFamily[]

/** What the client hands out is its own state; this is only data, and may be sent and kept. */
export function copyOf(families: MetricSnapshot): MetricSnapshot {
  return families.map(({ name, help, type, aggregator, values }) => ({
    name,
    help,
    type,
    aggregator: ofProcess(name, type) ?? aggregator ?? 'sum',
    values: values.map((from) => ({ ...from, labels: { ...from.labels } })),
  }))
}

/** The metrics of the process have no rows: CPU and memory are summed, of the runtime the worst process is shown. */
function ofProcess(name: string, type: SnapshotFamily['type']): string | undefined {
  if (!/^(?:process|nodejs)_/.test(name)) return undefined
  if (name === 'nodejs_version_info') return 'first'
  if (name === 'process_start_time_seconds' || name === 'process_max_fds') return 'min'
  return name.startsWith('nodejs_') && type === 'gauge' ? 'max' : 'sum'
}

/** The exposition text of all snapshots together. */
export function addUp(snapshots: readonly MetricSnapshot[]): Promise<string> {
  return Registry.aggregate([...snapshots]).metrics()
}

const IN_FLIGHT = 'whosecall_in_flight_messages'
const RELEASED = 'whosecall_released_messages_total'

/**
 * What stays of a process that has ended: its counts. What it had in flight is read again by others, so it counts as
 * released, and the sum over the fates of a partition still holds.
 */
export function ended(last: MetricSnapshot): MetricSnapshot {
  const in_flight = last.find(({ name }) => name === IN_FLIGHT)?.values ?? []
  return last
    .filter(({ type }) => type !== 'gauge')
    .map((family) =>
      family.name === RELEASED ? { ...family, values: [...family.values, ...in_flight] } : family,
    )
}

/** One snapshot in place of many. */
export async function fold(snapshots: readonly MetricSnapshot[]): Promise<MetricSnapshot> {
  return copyOf(await Registry.aggregate([...snapshots]).getMetricsAsJSON())
}

/** What is said for a process that does not answer: its counts, and what it has in flight; it may still be at work. */
export function silent(last: MetricSnapshot): MetricSnapshot {
  return last.filter(({ name, type }) => type !== 'gauge' || name === IN_FLIGHT)
}
