/**
 * Panels of Grafana as plain values: what to ask, in which unit, and what to think of it. Everything else that Grafana wants
 * in its JSON is the same for all of them and stands in `dashboard.ts`.
 */

export interface Panel {
  readonly title: string
  /** What it shows and what to think of it, for somebody who sees it for the first time. */
  readonly description: string
  readonly type: 'timeseries' | 'stat' | 'bargauge' | 'state-timeline'
  /** Of Grafana's units: `percentunit`, `s`, `bytes`, `cps` (per second), `short`; or `suffix:…`. */
  readonly unit: string
  readonly queries: readonly Query[]
  /** Twenty-fourths of the width (default 8). */
  readonly width?: number
  readonly height?: number
  /** One on top of the other, to add up to a whole. */
  readonly stacked?: true
  readonly min?: number
  readonly max?: number
  readonly thresholds?: readonly Threshold[]
  /** Names for values, for states. */
  readonly states?: Readonly<Record<string, readonly [text: string, color: Color]>>
  /** The alert whose page says what to do. */
  readonly alert?: string
}

export interface Query {
  readonly expr: string
  /** What a series is called; labels as `{{name}}`. */
  readonly legend: string
  /** One value at the end of the range in place of a curve. */
  readonly instant?: true
}

export type Color = 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'text'

export interface Threshold {
  /** From this value on; the first has none. */
  readonly from?: number
  readonly color: Color
}

export interface Section {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly sections: readonly Section[]
}

/** The series of the jobs that are chosen at the top of the dashboard. */
export const JOB = 'job=~"$job"'

export const BAD_ABOVE_ZERO: readonly Threshold[] = [
  { color: 'green' },
  { from: 1e-9, color: 'red' },
]

/** `sum by (labels) (rate(metric[…]))` of the chosen jobs. */
export function rateOf(metric: string, labels = '', matchers = ''): string {
  return `sum by (${labels}) (rate(${metric}{${[JOB, matchers].filter(Boolean).join(',')}}[$__rate_interval]))`
}

/** Growth over the range of time that is looked at. */
export function growthOf(metric: string, labels = '', matchers = ''): string {
  return `sum by (${labels}) (increase(${metric}{${[JOB, matchers].filter(Boolean).join(',')}}[$__range]))`
}

/** Median and 99th percentile of a histogram. */
export function quantilesOf(metric: string, label = ''): readonly Query[] {
  const name = label === '' ? '' : `{{${label}}} `
  const by = ['le', label].filter(Boolean).join(', ')
  return [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, ${rateOf(`${metric}_bucket`, by)})`,
    legend: `${name}p${quantile * 100}`,
  }))
}

export function curve(panel: Omit<Panel, 'type'>): Panel {
  return { min: 0, ...panel, type: 'timeseries' }
}
