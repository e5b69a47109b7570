/**
 * Comma-separated values (RFC 4180) with the line and column of every field, because errors in an owner file name them.
 */

export interface CsvField {
  readonly text: string
  /** From 1. */
  readonly line: number
  readonly column: number
}

export type CsvResult =
  | { readonly ok: true; readonly rows: readonly (readonly CsvField[])[] }
  | {
      readonly ok: false
      readonly line: number
      readonly column: number
      readonly message: string
    }

/** Splits a text into records; empty lines are left out. A byte order mark is skipped. */
export function parseCsv(text: string): CsvResult {
  const rows: CsvField[][] = []
  let row: CsvField[] = []
  let line = 1
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line_start = at
  while (at < text.length) {
    const place = { line, column: at - line_start + 1 }
    let value: string
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1)
      if (end < 0) return { ok: false, ...place, message: 'the quote is never closed' }
      const raw = text.slice(at + 1, end)
      value = raw.replaceAll('""', '"')
      for (let i = raw.indexOf('\n'); i >= 0; i = raw.indexOf('\n', i + 1)) {
        line++
        line_start = at + 1 + i + 1
      }
      at = end + 1
      if (at < text.length && !/[,\r\n]/.test(text.charAt(at))) {
        const column = at - line_start + 1
        return { ok: false, line, column, message: 'expected a comma after the closing quote' }
      }
    } else {
      const end = fieldEnd(text, at)
      value = text.slice(at, end)
      at = end
    }
    row.push({ text: value, ...place })
    if (text[at] === ',') {
      at++
      // A comma at the very end still opens one more, empty field.
      if (at < text.length && text[at] !== '\r' && text[at] !== '\n') continue
      row.push({ text: '', line, column: at - line_start + 1 })
    }
    if (row.length > 1 || row[0]?.text !== '') rows.push(row)
    row = []
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    line++
    line_start = at
  }
  return { ok: true, rows }
}

function closingQuote(text: string, from: number): number {
  let end = text.indexOf('"', from)
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
  return end
}

function fieldEnd(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x2c || code === 0x0a || code === 0x0d) break
    at++
  }
  return at
}
