/**
 * Decimal numbers as texts, exactly as logs state them. Money never becomes floating point: `0.0107748` stays those digits,
 * and cents become the whole unit by moving the point.
 */

const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2}))?$/

/** The plain form without exponent and needless zeros; `undefined` when the text is no decimal number. */
export function readDecimal(text: string): string | undefined {
  const match = DECIMAL.exec(text.trim())
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  return written(sign, whole + fraction, whole.length + Number(exponent))
}

/** Moves the point by that many digits: -2 makes whole units of cents. */
export function shiftDecimal(decimal: string, digits: number): string {
  const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(decimal) ?? []
  return written(sign, whole + fraction, whole.length + digits)
}

/** `point` is how many of the digits stand before the point, below zero for zeros behind it. */
function written(sign: string, digits: string, point: number): string {
  const padded = point > 0 ? digits.padEnd(point, '0') : '0'.repeat(1 - point) + digits
  const at = Math.max(point, 1)
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, '')
  const fraction = padded.slice(at).replace(/0+$/, '')
  const text = fraction === '' ? whole : `${whole}.${fraction}`
  return sign === '-' && text !== '0' ? `-${text}` : text
}
