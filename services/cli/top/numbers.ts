/** Numbers as people read them: three digits and a letter, or all digits when they ask for exact ones. */

export interface NumberStyle {
  readonly exact: boolean
}

const EXACT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 })
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })
const MONEY = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
})

export function count(value: number, { exact }: NumberStyle): string {
  return exact || Math.abs(value) < 1_000 ? EXACT.format(round(value, exact)) : SHORT.format(value)
}

function round(value: number, exact: boolean): number {
  return exact || Number.isInteger(value) ? value : Math.round(value * 10) / 10
}

/** `3.20 USD`; several currencies stand beside each other, as they cannot be added up. */
export function money(cost: Readonly<Record<string, number>>, { exact }: NumberStyle): string {
  const amounts = Object.entries(cost).filter(([, amount]) => amount !== 0)
  if (amounts.length === 0) return '-'
  return amounts.map(([currency, amount]) => `${amountOf(amount, exact)} ${currency}`).join(' + ')
}

function amountOf(amount: number, exact: boolean): string {
  if (exact) return EXACT.format(amount)
  return Math.abs(amount) < 10_000 ? MONEY.format(amount) : SHORT.format(amount)
}

/** A part of a whole; `-` where there is no whole. */
export function percent(part: number, whole: number, { exact }: NumberStyle): string {
  if (!(whole > 0)) return '-'
  const value = (100 * part) / whole
  // What is not all of it never reads as all of it.
  const digits = exact ? 4 : 1
  const shown = part < whole ? Math.min(value, 100 - 10 ** -digits) : value
  return `${shown.toFixed(digits)} %`
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d`
}
