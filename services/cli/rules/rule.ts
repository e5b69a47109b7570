import type { BurnFactor } from '#/core/burn-rate.ts'

/**
 * Prometheus rules as values, and what they are made from. Everything that `whosecall rules` prints comes from these options
 * alone, so the committed files are the output for the defaults and nothing else.
 */

export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Annotations
}

/** `url` members lead to the page of the alert and to the dashboard that shows what it is about. */
export interface Annotations {
  readonly summary: string
  readonly description: string
  readonly runbook_url: string
  readonly dashboard_url: string
}

export interface RuleGroup {
  readonly name: string
  readonly rules: readonly (RecordingRule | AlertRule)[]
}

export interface RuleOptions {
  /** Share of calls that should have an owner, above 0 and below 1. */
  readonly target: number
  /** Window pairs, the most urgent first, with the factors to alert on. */
  readonly windows: readonly BurnFactor[]
  /** Whether a fast burn pages somebody. */
  readonly pages: boolean
  /** Calls that the long window must hold before its ratio means anything. */
  readonly volume_min: number
  /** How late attribution may be. */
  readonly lag_max_s: number
  /** Labels that results keep; `job` is the first of them. */
  readonly group_by: readonly string[]
  readonly runbook_url: string
  readonly dashboard_url: string
}

/** Who is asked: those who own the callers, or those who run the worker. Alertmanager routes by it. */
export type Route = 'ownership' | 'platform'

export type Severity = 'critical' | 'warning' | 'ticket' | 'info'

/** The dashboards that alerts lead to, by their uid. */
export type Dashboard = 'whosecall-coverage' | 'whosecall-pipeline' | 'whosecall-lookups'

export interface AlertDraft {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly severity: Severity
  readonly route: Route
  readonly labels?: Readonly<Record<string, string>>
  readonly dashboard: Dashboard
  readonly summary: string
  readonly description: string
}

/** Puts labels and links where every alert has them. */
export function alertOf(draft: AlertDraft, options: RuleOptions): AlertRule {
  const { alert, expr, severity, route, labels, dashboard, summary, description } = draft
  return {
    alert,
    expr,
    ...(draft.for === undefined ? {} : { for: draft.for }),
    ...(draft.keep_firing_for === undefined ? {} : { keep_firing_for: draft.keep_firing_for }),
    labels: { severity, route, ...labels },
    annotations: {
      summary,
      description,
      runbook_url: `${options.runbook_url}/${alert}.md`,
      dashboard_url: `${options.dashboard_url}/${dashboard}`,
    },
  }
}

/** `sum by (…)` over the labels of the results and `more`. */
export function by(options: RuleOptions, ...more: readonly string[]): string {
  return `by (${[...options.group_by, ...more].join(', ')})`
}

/** `on (…)`: matching by the labels of the results and `more`. */
export function on(options: RuleOptions, ...more: readonly string[]): string {
  return `on (${[...options.group_by, ...more].join(', ')})`
}

/** 0.05 as `5 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`
}
