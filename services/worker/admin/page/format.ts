/**
 * Numbers and times as people read them. A share is never rounded up to all or down to nothing: "100 %" and "0 %" mean it.
 * Times are UTC, as in logs and in what other tools show.
 */
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 })
const MONEY = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const SMALL_MONEY = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 })
const ONE_DIGIT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

const SPELLED_OUT_BELOW = 10_000_000

/** All digits of what one can still read at a glance: `1,234,567`, then `12.35M`. */
export function count(value: number): string {
  return Math.abs(value) < SPELLED_OUT_BELOW ? WHOLE.format(value) : SHORT.format(value)
}

export function money(value: number, currency: string): string {
  return `${currency} ${amount(value)}`
}

/** Of a currency that is said elsewhere. */
export function amount(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.01) return SMALL_MONEY.format(value)
  return (Math.abs(value) < SPELLED_OUT_BELOW ? MONEY : SHORT).format(value)
}

export function rate(per_second: number): string {
  return `${per_second < 10 ? ONE_DIGIT.format(per_second) : count(per_second)}/s`
}

/** Without a whole there is no share. */
export function percent(part: number, whole: number): string | undefined {
  if (!(whole > 0)) return undefined
  if (part === whole) return '100 %'
  if (part === 0) return '0 %'
  const tenths = Math.floor((part / whole) * 1000) / 10
  return tenths === 0 ? '<0.1 %' : `${Math.min(tenths, 99.9).toFixed(1)} %`
}

/** The largest two units: `3 d 4 h`, `12 min`, `45 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}

/** Since then, in steps of a minute, so that a page does not change for it every second. */
export function uptime(from: string, to: string): string {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  if (!Number.isFinite(seconds)) return 'unknown'
  return seconds < 60 ? 'less than a minute' : duration(Math.floor(seconds / 60) * 60)
}

/** `19:48:11` on the day of `now`, `2026-11-23 19:48` before it. */
export function moment(at: string, now: string): string {
  const ms = Date.parse(at)
  if (!Number.isFinite(ms)) return 'unknown'
  const iso = new Date(ms).toISOString()
  return iso.slice(0, 10) === now.slice(0, 10)
    ? iso.slice(11, 19)
    : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}
