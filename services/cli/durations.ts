import { WhosecallError } from '#/core/errors.ts'

/** Lengths of time as people write them on a command line: `500ms`, `2s`, `10m`, `1h`, `2d`. A unit is never guessed. */

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export function durationMs(
  option: string,
  text: string,
  limits: { readonly min_ms?: number; readonly max_ms?: number } = {},
): number {
  const parts = /^(?<count>\d{1,9}(?:\.\d{1,3})?)(?<unit>ms|s|m|h|d)$/.exec(text)?.groups
  const unit = parts?.['unit'] as keyof typeof UNITS_MS | undefined
  const ms = unit === undefined ? Number.NaN : Number(parts?.['count']) * UNITS_MS[unit]
  const { min_ms = 0, max_ms = Number.MAX_SAFE_INTEGER } = limits
  if (ms >= min_ms && ms <= max_ms) return ms
  const range = Number.isNaN(ms) ? '' : ` from ${textOf(min_ms)} to ${textOf(max_ms)}`
  throw new WhosecallError(
    'usage',
    `--${option} must be a length of time${range} such as 500ms, 2s, 10m, 1h or 2d, not "${text}"`,
  )
}

/** In the largest unit that divides it. */
function textOf(ms: number): string {
  const units = Object.entries(UNITS_MS).toReversed()
  const [unit, size] = units.find(([, length]) => ms > 0 && ms % length === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}
