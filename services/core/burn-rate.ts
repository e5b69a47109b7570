/**
 * Burn rates for a coverage target. The multi-window alerts of the SRE workbook assume objectives of 99 % and more: a burn
 * rate of 14.4 means that 14.4 times the allowed share is unattributed, which at a target of 0.9 would be 144 % of all
 * events, so the page could never fire. For lower targets the factor is capped where 80 % of the events are unattributed.
 */

/** Windows and factors of the SRE workbook, the most urgent first. Windows as Prometheus writes durations. */
const WORKBOOK = [
  { long: '1h', short: '5m', severity: 'page', workbook: 14.4 },
  { long: '6h', short: '30m', severity: 'page', workbook: 6 },
  { long: '1d', short: '2h', severity: 'ticket', workbook: 3 },
  { long: '3d', short: '6h', severity: 'ticket', workbook: 1 },
] as const

/** Above this share of unattributed events an alert fires whatever the target is. */
const RATIO_MAX = 0.8

export interface BurnFactor {
  readonly long: string
  readonly short: string
  readonly severity: 'page' | 'ticket'
  /** What the workbook says for these windows. */
  readonly workbook: number
  /** What to alert on: the smaller of the workbook's factor and the cap. */
  readonly factor: number
  /** The unattributed share (0 to 1) above which an alert with `factor` fires. */
  readonly ratio: number
  /** Whether the workbook's own factor could ever fire at this target. */
  readonly possible: boolean
}

/** The windows with their factors for a target between 0 and 1, both excluded. Throws a RangeError for any other. */
export function burnFactors(target: number): readonly BurnFactor[] {
  const budget = budgetOf(target)
  return WORKBOOK.map((row) => {
    return {
      ...row,
      factor: exact(Math.min(row.workbook, RATIO_MAX / budget)),
      ratio: exact(Math.min(row.workbook * budget, RATIO_MAX)),
      possible: canFire(row.workbook, target),
    }
  })
}

/** Whether an alert on `factor` times the allowed share can fire: more than all events cannot be unattributed. */
export function canFire(factor: number, target: number): boolean {
  return exact(factor * budgetOf(target)) <= 1
}

/** The share of events that may be unattributed. */
function budgetOf(target: number): number {
  if (!(target > 0 && target < 1))
    throw new RangeError(`a target is a share between 0 and 1, not ${target}`)
  return exact(1 - target)
}

/** 1 − 0.95 is 0.05, not 0.050000000000000044. */
function exact(value: number): number {
  return Number(value.toPrecision(12))
}
