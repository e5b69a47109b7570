/**
 * JSON texts whose numbers must not be rounded: ids beyond 2^53 are common, and a number is its digits.
 */

/** Parses with each number as the text it stands for; `undefined` when it is not JSON. */
export function parseKeepingDigits(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits)
  } catch {
    return undefined
  }
}

/** The third argument of a reviver carries the text of a primitive value (JSON.parse source text access). */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value
}

/** The text of a JSON string, quotes included, that was checked before. */
export function parseString(json: string): string {
  const parsed: unknown = JSON.parse(json)
  return typeof parsed === 'string' ? parsed : ''
}
