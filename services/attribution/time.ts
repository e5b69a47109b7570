import type { TimeUnit } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import type { Fields } from './fields.ts'

/**
 * Reads times as logs write them, into whole epoch milliseconds. Fractions below a millisecond are cut off in decimal
 * digits, never in floating point, so that nothing rounds across an edge.
 */

const NUMBER = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s?(Z|z|UTC|[+-]\d{2}:?\d{2})?)?$/

/** Powers of ten from the unit to the millisecond. */
const SHIFTS = { s: 3, ms: 0, ns: -6 } as const

/** Milliseconds from the beginning of the year 1 to that of 1970. */
const YEAR_1_MS = 62_135_596_800_000

/** `Sat Oct 31 2026 23:59:59 GMT+0000 (…)` and `Sat, 31 Oct 2026 23:59:59 GMT`. */
const DATE_OF_BROWSER =
  /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{4}) (\d{2}:\d{2}:\d{2})(?: (?:GMT|UTC)([+-]\d{4})?(?: \([^()]{0,80}\))?)?$/
const DATE_OF_MAIL =
  /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) (?:GMT|UTC|([+-]\d{4}))$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The widest range that a date can hold. */
const EPOCH_MS_MAX = 8.64e15

/** Epoch milliseconds, or `undefined` when the text is no time in that unit. */
export function readTime(text: string, unit: TimeUnit): number | undefined {
  const ms = millisecondsOf(text, unit)
  return ms === undefined || !(Math.abs(ms) <= EPOCH_MS_MAX) ? undefined : ms
}

function millisecondsOf(text: string, unit: TimeUnit): number | undefined {
  if (unit === 'iso') return isoMilliseconds(text)
  if (unit === 'date') return dateMilliseconds(text)
  if (unit !== 'ticks') return shifted(text, SHIFTS[unit])
  const ms = shifted(text, -4)
  return ms === undefined ? undefined : ms - YEAR_1_MS
}

/** `text × 10^shift` without what follows the decimal point. */
function shifted(text: string, shift: number): number | undefined {
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const whole = match[2] ?? ''
  const fraction = match[3] ?? ''
  const point = whole.length + shift + Number(match[4] ?? 0)
  if (point > 400 || whole.length > 400) return undefined
  const digits = point <= 0 ? '0' : (whole + fraction).padEnd(point, '0').slice(0, point)
  const value = Number(digits)
  return match[1] === '-' && value !== 0 ? -value : value
}

function isoMilliseconds(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const date = new Date(
    Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0),
  )
  const is_date =
    date.getUTCFullYear() === year && date.getUTCMonth() + 1 === month && date.getUTCDate() === day
  const is_time = (hour ?? 0) <= 23 && (minute ?? 0) <= 59 && (second ?? 0) <= 59
  if (!is_time || !is_date) return undefined
  const fraction_ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  return date.getTime() + fraction_ms - offsetMilliseconds(match[8])
}

function dateMilliseconds(text: string): number | undefined {
  const browser = DATE_OF_BROWSER.exec(text)
  const mail = browser === null ? DATE_OF_MAIL.exec(text) : null
  const [, a = '', b = '', year, time, zone = 'Z'] = browser ?? mail ?? []
  const [month_name, day] = browser === null ? [b, a] : [a, b]
  const month = MONTHS.indexOf(month_name) + 1
  if (year === undefined || month === 0) return undefined
  const date = `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`
  return isoMilliseconds(`${date}T${time}${zone}`)
}

/** Without a zone a log's time is UTC. */
function offsetMilliseconds(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '')
  if (match === null) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return (match[1] === '-' ? -minutes : minutes) * 60_000
}

/** Start of the call in epoch milliseconds: the first time of the source that can be read. */
export function compileCallTime(fields: Fields): (values: EventValues) => number | undefined {
  const rules = fields.source.time.map((rule) => ({ rule, ...fields.text(rule.field, 'reads') }))
  return (values) => {
    for (const { rule, number } of rules) {
      const text = values.text(number)?.trim()
      const time = text === undefined ? undefined : readTime(text, rule.unit)
      if (time === undefined || (rule.zero_is_absent === true && isZero(text))) continue
      return time
    }
    return undefined
  }
}

function isZero(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?0+$/.test(text)
}
