import type { RuleOptions } from './rule.ts'

/**
 * Parts of the texts of alerts, in the template language of Prometheus. An alert says in words how much, against which
 * target, and where most of it comes from; what it asks Prometheus for that may find nothing, and then the sentence is left out.
 */

export const VALUE_PERCENT = '{{ $value | humanizePercentage }}'
export const VALUE_COUNT = '{{ printf "%.0f" $value }}'
export const VALUE_DURATION = '{{ $value | humanizeDuration }}'

/** Calls without an owner: the source and reason with most of them, and its share. `labels` are further ones of the alert. */
export function biggestSource(
  options: RuleOptions,
  window: string,
  labels: readonly string[] = [],
  sentence = ' The largest source is {{ .Labels.source }} ({{ .Labels.reason }}) with {{ .Value | humanizePercentage }} of them.',
): string {
  const gap = `increase(whosecall_unattributed_events_total{${selector(options, labels)}}[${window}])`
  const share = `topk(1, sum by (source, reason) (${gap}) / ignoring (source, reason) group_left () sum(${gap}))`
  return asked(options, share, sentence, labels)
}

/**
 * A sentence for each result of a query; the query is the format of a `printf` whose arguments are the labels of the
 * alert, as `selector` counts on, so that no value can break out of its quotes.
 */
export function asked(
  options: RuleOptions,
  query: string,
  sentence: string,
  more: readonly string[] = [],
): string {
  const args = [...options.group_by, ...more].map((label) => `$labels.${label}`).join(' ')
  return `{{ range printf ${JSON.stringify(query)} ${args} | query }}${sentence}{{ end }}`
}

/** The labels of the alert as matchers, for `asked`. */
export function selector(options: RuleOptions, more: readonly string[] = []): string {
  return [...options.group_by, ...more].map((label, index) => `${label}=%[${index + 1}]q`).join(',')
}
