/**
 * Coverage by calls, tokens and cost. The rate is `attributed / (attributed + unattributed)`: what could not be looked up
 * is unresolved, accuses nobody and is told beside it.
 */
import type { Amounts, OutcomeAmounts } from '#/core/status.ts'

export interface Coverage {
  readonly attributed: number
  /** Attributed and unattributed. */
  readonly counted: number
  readonly unresolved: number
}

export type Measure = (amounts: Amounts) => number

export const byEvents: Measure = ({ events }) => events
export const byTokens: Measure = ({ tokens }) => tokens
export const byCost =
  (currency: string): Measure =>
  ({ cost }) =>
    Object.hasOwn(cost, currency) ? (cost[currency] ?? 0) : 0

export function coverageOf(rows: readonly OutcomeAmounts[], measure: Measure): Coverage {
  const attributed = sumOf(rows, measure, 'attributed')
  return {
    attributed,
    counted: attributed + sumOf(rows, measure, 'unattributed'),
    unresolved: sumOf(rows, measure, 'unresolved'),
  }
}

export function sumOf(
  rows: readonly OutcomeAmounts[],
  measure: Measure,
  outcome?: OutcomeAmounts['outcome'],
): number {
  return rows.reduce(
    (sum, row) => (outcome === undefined || row.outcome === outcome ? sum + measure(row) : sum),
    0,
  )
}

/** Currencies of the rows, sorted. */
export function currenciesOf(rows: readonly Amounts[]): readonly string[] {
  return [...new Set(rows.flatMap(({ cost }) => Object.keys(cost)))].toSorted()
}
