import type { Status, Verdict } from '#/core/status.ts'
import { dim, paint } from '../style.ts'
import { count, duration } from './numbers.ts'
import {
  coverageSection,
  gapRows,
  heading,
  holdingLines,
  lookupSection,
  partitionRows,
  partitionSummary,
  problemLines,
  reasonSection,
  worstFirst,
  type Look,
} from './sections.ts'
import { cut } from './table.ts'

/**
 * The live table: where a worker stands, in so many columns and rows. The same status, size and style give the same text.
 * When it does not fit, what says that something is wrong stays longest, and lists are cut where they are least of use: at
 * their end.
 */

export interface RenderOptions extends Look {
  /** Lines of the terminal; Infinity for all there is. */
  readonly rows: number
  readonly url: string
  /** Said beside the name, such as that the worker does not answer. */
  readonly note?: string | undefined
}

/** Lines without an end; never more than `rows`, never wider than `columns`. */
export function renderTop(status: Status, options: RenderOptions): readonly string[] {
  const now_ms = Date.parse(status.at)
  const fixed = [
    ...headLines(status, options),
    '',
    ...coverageSection(status, options),
    '',
    ...holdingLines(status, options),
    ...reasonSection(status, options),
  ]
  const lists: readonly List[] = [
    { lines: gapLines(status, now_ms, options), least: 5, share: 3 },
    { lines: partitionLines(status, now_ms, options), least: 5, share: 2 },
    { lines: problemSection(status, options), least: 4, share: 2 },
    { lines: ['', ...lookupSection(status, options)], least: 2, share: 1, may_end: true },
  ]
  const left = options.rows - fixed.length
  return [...fixed, ...fitted(lists, left, options)].slice(0, options.rows)
}

interface List {
  readonly lines: readonly string[]
  /** With fewer lines than these (or all of its own) it says nothing. */
  readonly least: number
  /** Of the lines that are left over. */
  readonly share: number
  /** Its first lines are complete without the others. */
  readonly may_end?: true
}

/** Every list gets its least, as long as there is room, and then lines in turn by share. */
function fitted(lists: readonly List[], rows: number, look: Look): readonly string[] {
  let left = rows
  const sizes = lists.map(({ lines, least }) => {
    const size = Math.min(least, lines.length)
    if (size > left) return 0
    left -= size
    return size
  })
  for (let gave = true; left > 0 && gave;) {
    gave = false
    for (const [i, { lines, share }] of lists.entries()) {
      if (sizes[i] === 0) continue
      const more = Math.min(share, left, lines.length - sizes[i]!)
      if (more <= 0) continue
      sizes[i]! += more
      left -= more
      gave = true
    }
  }
  return lists.flatMap(({ lines, may_end }, i) => {
    const size = sizes[i]!
    if (size >= lines.length || size === 0 || may_end) return lines.slice(0, size)
    const hidden = lines.length - size + 1
    return [...lines.slice(0, size - 1), dim(cut(`… ${hidden} more`, look.columns), look)]
  })
}

function headLines(status: Status, options: RenderOptions): readonly string[] {
  const { columns, url, note } = options
  const up = duration(Date.parse(status.at) - Date.parse(status.started_at))
  const restarts = status.processes.reduce((sum, process) => sum + process.restarts, 0)
  const facts = [
    `whosecall ${status.version}`,
    url,
    `up ${up}`,
    ...(status.processes.length > 1 ? [`${status.processes.length} processes`] : []),
    ...(restarts > 0 ? [`${restarts} restarts`] : []),
    `${count(status.events_per_second, options)} events/s`,
    status.at.slice(11, 19),
  ]
  const lines = [cut(facts.join('  '), columns)]
  if (note !== undefined) lines.push(paint('yellow', cut(note, columns), options))
  lines.push(...verdictLines('NOT LIVE', status.live, options))
  lines.push(...verdictLines('NOT READY', status.ready, options))
  if (!status.config.is_current)
    lines.push(
      paint(
        'yellow',
        cut(`CONFIG  the last change was not taken over: ${status.config.problem ?? ''}`, columns),
        options,
      ),
    )
  return lines
}

function verdictLines(name: string, verdict: Verdict, options: RenderOptions): readonly string[] {
  if (verdict.ok) return []
  return [paint('red', cut(`${name}  ${verdict.reasons.join('; ')}`, options.columns), options)]
}

function gapLines(status: Status, now_ms: number, look: Look): readonly string[] {
  const { gaps, gap_count } = status
  if (gaps.length === 0) return []
  const about = gap_count > gaps.length ? `${gaps.length} largest of ${gap_count}` : `${gap_count}`
  return ['', heading('UNATTRIBUTED SOURCES', about, look), ...gapRows(gaps, now_ms, look)]
}

function partitionLines(status: Status, now_ms: number, look: Look): readonly string[] {
  const { partitions } = status
  const title = heading('PARTITIONS', partitionSummary(partitions) || 'none assigned', look)
  if (partitions.length === 0) return ['', title]
  return ['', title, ...partitionRows(worstFirst(partitions), now_ms, look)]
}

function problemSection(status: Status, look: Look): readonly string[] {
  const lines = problemLines(status, look)
  return lines.length === 0 ? [] : ['', heading('LAST PROBLEMS', '', look), ...lines]
}
