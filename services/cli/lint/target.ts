import { burnFactors } from '#/core/burn-rate.ts'
import { WhosecallError } from '#/core/errors.ts'

/** Alerts of the SRE workbook that could never fire at the target. */

export interface TargetFinding {
  readonly code: 'WC-L014'
  readonly message: string
  readonly help: string
}

export function readTarget(text: string): number {
  const target = /^0?\.\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (target > 0 && target < 1) return target
  throw new WhosecallError('usage', `--target must be a share between 0 and 1, not "${text}"`)
}

export function lintTarget(target: number): readonly TargetFinding[] {
  return burnFactors(target)
    .filter(({ possible }) => !possible)
    .map(({ long, short, severity, workbook, factor, ratio }) => ({
      code: 'WC-L014',
      message: `at a target of ${target} the ${severity} over ${long} and ${short} with the usual factor ${workbook} can never fire: ${percent(workbook * (1 - target))} of all calls would have to be unattributed`,
      help: `use ${Number(factor.toPrecision(4))}, which fires above ${percent(ratio)}`,
    }))
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`
}
