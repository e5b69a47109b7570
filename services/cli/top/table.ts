import type { Output } from '../command.ts'
import { paint } from '../style.ts'

/** Tables that fit: columns are as wide as what stands in them, and what does not fit the line is cut off at its end. */

export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** Never wider; what is longer is cut off at its end. */
  readonly width_max?: number
}

export interface Cell {
  readonly text: string
  readonly color?: Parameters<typeof paint>[0]
}

export type Row = readonly (string | Cell)[]

const GAP = '  '
const TEXT_WIDTH_MIN = 6

/** The title and the rows, each of them one line of at most `width` characters. */
export function table(
  columns: readonly Column[],
  rows: readonly Row[],
  width: number,
  output: Pick<Output, 'has_color'>,
): readonly string[] {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)))
  const widths = columns.map(({ title, width_max = Infinity }, i) =>
    Math.min(width_max, Math.max(title.length, ...texts.map((row) => (row[i] ?? '').length))),
  )
  const line = (cells: readonly Cell[]): string => {
    let left = width
    let result = ''
    for (const [i, { text, color }] of cells.entries()) {
      const gap = i === 0 ? '' : GAP
      const is_last = i === columns.length - 1
      const wanted = widths[i] ?? 0
      const own = Math.min(wanted, left - gap.length)
      // Half a number is a wrong number; of a text its beginning is of use.
      const least = columns[i]?.align === 'right' ? wanted : Math.min(wanted, TEXT_WIDTH_MIN)
      if (own < least || own <= 0) break
      const shown = cut(text, own)
      const padded =
        columns[i]?.align === 'right' ? shown.padStart(own) : is_last ? shown : shown.padEnd(own)
      result += gap + (color === undefined ? padded : paint(color, padded, output))
      left -= gap.length + own
    }
    return result.trimEnd()
  }
  return [
    line(columns.map(({ title }) => ({ text: title, color: 'dim' }))),
    ...rows.map((row) => line(row.map((c) => (typeof c === 'string' ? { text: c } : c)))),
  ]
}

/** What came over the network must not move the cursor. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

export function cut(given: string, width: number): string {
  const text = given.replaceAll(CONTROL, '?')
  if (text.length <= width) return text
  return width < 2 ? text.slice(0, width) : `${text.slice(0, width - 1)}…`
}
