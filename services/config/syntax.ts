import { parseDocument, type Document } from 'yaml'
import type { Span } from './located.ts'
import { gluedProblem, syntaxProblem, unquotedProblem, type Problem } from './problem.ts'
import { unquotedSubstitutions } from './unquoted.ts'

/**
 * Text → YAML tree. Three slips that YAML answers with puzzling messages are named and repaired here, so that the rest of
 * the file is still checked in the same go: tabs as indentation, `key:value` without the space, and `${env:NAME}` without
 * quotes inside braces or brackets. Positions are always those of the text as it was written.
 */

export const TEXT_BYTES_MAX = 1024 * 1024

export interface Parsed {
  /** Undefined when the text is beyond what is read. */
  readonly document: Document.Parsed | undefined
  readonly problems: readonly Problem[]
  /** The first line that YAML itself could not make sense of: what follows it may be misread. */
  readonly first_broken_line: number | undefined
  readonly lines: readonly string[]
  /** The span of a range of the parsed (repaired) text in the original. */
  span(start: number, end: number): Span
  /** The parsed (repaired) text between two places. */
  slice(start: number, end: number): string
}

interface Edit {
  /** Index in the line of the original text. */
  readonly at: number
  readonly added: number
}
type Edits = Map<number, Edit[]>

const ROUNDS_MAX = 4
const TAB_WIDTHS = [2, 4, 8, 1]
const GLUED = /^(?<head>\s*(?:- +)*["']?[A-Za-z_][\w./-]*["']?:)(?=[^\s:])/

export function parseText(text: string): Parsed {
  const lines = text.split(/\r?\n/)
  const bytes = Buffer.byteLength(text)
  if (bytes > TEXT_BYTES_MAX) {
    const message = `the file has ${bytes} bytes; at most ${TEXT_BYTES_MAX} are read`
    return unreadable(lines, message)
  }
  const edits: Edits = new Map()
  const repairs: Problem[] = []
  let current = text
  let attempt = parse(current)
  for (let round = 0; round < ROUNDS_MAX && attempt.document; round++) {
    const fixed =
      repairTabs(current, attempt, edits) ??
      repairUnquoted(current, attempt, edits) ??
      repairGlued(current, attempt, edits)
    if (!fixed) break
    repairs.push(...fixed.problems)
    current = fixed.text
    attempt = parse(current)
  }
  if (!attempt.document) return unreadable(lines, attempt.failure)
  const { document, counter } = attempt
  const span = spanner(current, counter, edits)
  const broken = document.errors.map((error) => syntaxProblem(error, document, current, span))
  const tags = document.warnings.map((warning) => syntaxProblem(warning, document, current, span))
  return {
    document,
    problems: [...repairs, ...broken, ...tags],
    first_broken_line:
      broken.length === 0 ? undefined : Math.min(...broken.map((b) => b.span.line)),
    lines,
    span,
    slice: (start, end) => current.slice(start, end),
  }
}

/** The parser's own line counter loses lines inside broken text, so lines are counted here. */
interface LineIndex {
  /** Line and column, both from 1, of an offset. */
  linePos(offset: number): { readonly line: number; readonly col: number }
}

function indexLines(text: string): LineIndex {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return {
    linePos(offset) {
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return { line: low + 1, col: offset - (starts[low] ?? 0) + 1 }
    },
  }
}

type Attempt =
  | { readonly document: Document.Parsed; readonly counter: LineIndex }
  | { readonly document: undefined; readonly failure: string }

function parse(text: string): Attempt {
  const counter = indexLines(text)
  try {
    const document = parseDocument(text, {
      uniqueKeys: false,
      prettyErrors: false,
    })
    const exhausted = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
    if (exhausted) return { document: undefined, failure: 'the nesting is too deep to be read' }
    return { document, counter }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { document: undefined, failure: 'the nesting is too deep to be read' }
  }
}

interface Repair {
  readonly text: string
  readonly problems: readonly Problem[]
}

/** Widens the tabs that indent. */
function repairTabs(text: string, attempt: Attempt, edits: Edits): Repair | undefined {
  if (!attempt.document?.errors.some(({ code }) => code === 'TAB_AS_INDENT')) return undefined
  const lines = text.split('\n')
  const tabbed = lines.flatMap((line, index) => (/^ *\t[\t ]*\S/.test(line) ? [index] : []))
  if (tabbed.length === 0) return undefined
  const widen = (width: number): string => {
    const copy = [...lines]
    for (const index of tabbed) {
      copy[index] = (lines[index] ?? '').replace(/^[ \t]+/, (head) =>
        head.replaceAll('\t', ' '.repeat(width)),
      )
    }
    return copy.join('\n')
  }
  const width = likelyWidth(widen, tabbed)
  const problems = tabbed.map((index): Problem => {
    const line = lines[index] ?? ''
    const head = /^[ \t]*/.exec(line)?.[0] ?? ''
    for (let at = 0; at < head.length; at++) {
      if (head[at] === '\t') addEdit(edits, index + 1, { at: at + 1, added: width - 1 })
    }
    const first = head.indexOf('\t')
    return {
      code: 'WC-C002',
      span: { line: index + 1, column: first + 1, length: head.length - first },
      message: 'a tab indents this line',
      help: 'YAML indents with spaces only; replace each tab with spaces',
    }
  })
  return { text: widen(width), problems }
}

/** The width that leaves the fewest complaints and puts what follows a `key:` below that key. */
function likelyWidth(widen: (width: number) => string, tabbed: readonly number[]): number {
  const costs = TAB_WIDTHS.map((width) => {
    const text = widen(width)
    const lines = text.split('\n')
    const flat = tabbed.filter((index) => {
      const above = lines[index - 1] ?? ''
      return above.trimEnd().endsWith(':') && indentOf(lines[index] ?? '') <= indentOf(above)
    })
    const complaints = parse(text).document?.errors.length ?? Number.MAX_SAFE_INTEGER
    return complaints + flat.length
  })
  return TAB_WIDTHS[costs.indexOf(Math.min(...costs))] ?? 2
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0
}

/** Puts the quotes around substitutions inside braces and brackets. */
function repairUnquoted(text: string, attempt: Attempt, edits: Edits): Repair | undefined {
  if (!attempt.document || attempt.document.errors.length === 0) return undefined
  const { counter } = attempt
  const found = unquotedSubstitutions(text).map(({ start, end, quote }) => {
    const { line, col } = counter.linePos(start)
    const scalar = text.slice(start, end)
    const column = originalColumn(edits, line, col)
    const problem = unquotedProblem({ line, column, length: scalar.length }, scalar, quote)
    return { start, end, quote, scalar, problem }
  })
  if (found.length === 0) return undefined
  const parts: string[] = []
  let at = 0
  for (const { start, end, quote, scalar, problem } of found) {
    parts.push(text.slice(at, start), quote, scalar, quote)
    at = end
    const { line, column } = problem.span
    // The first quote counts as the place of the first character, the second as that of the last.
    addEdit(edits, line, { at: column, added: 1 })
    addEdit(edits, line, { at: column + scalar.length - 1, added: 1 })
  }
  return {
    text: parts.join('') + text.slice(at),
    problems: found.map(({ problem }) => problem),
  }
}

/** `endpoint:0.0.0.0` is one long word to YAML. On lines where it complains, the space is put in. */
function repairGlued(text: string, attempt: Attempt, edits: Edits): Repair | undefined {
  if (!attempt.document) return undefined
  const { counter } = attempt
  const lines = text.split('\n')
  const problems: Problem[] = []
  for (const error of attempt.document.errors) {
    if (error.code !== 'MULTILINE_IMPLICIT_KEY' && error.code !== 'MISSING_CHAR') continue
    const first = counter.linePos(error.pos[0]).line
    const last = counter.linePos(Math.max(error.pos[0], error.pos[1] - 1)).line
    for (let number = first; number <= last; number++) {
      const line = lines[number - 1] ?? ''
      const head = GLUED.exec(line)?.groups?.['head']
      if (head === undefined) continue
      lines[number - 1] = `${head} ${line.slice(head.length)}`
      const column = originalColumn(edits, number, head.length)
      addEdit(edits, number, { at: column, added: 1 })
      problems.push(gluedProblem({ line: number, column, length: 1 }, head.trim()))
    }
  }
  return problems.length === 0 ? undefined : { text: lines.join('\n'), problems }
}

function addEdit(edits: Edits, line: number, edit: Edit): void {
  const list = edits.get(line) ?? []
  list.push(edit)
  edits.set(
    line,
    list.toSorted((a, b) => a.at - b.at),
  )
}

/** From a column of the repaired line to the column of the line as written. */
function originalColumn(edits: Edits, line: number, column: number): number {
  let shift = 0
  for (const { at, added } of edits.get(line) ?? []) {
    if (column - shift > at) shift += Math.min(added, column - shift - at)
  }
  return column - shift
}

function spanner(text: string, counter: LineIndex, edits: Edits): Parsed['span'] {
  return (start, end) => {
    const { line, col } = counter.linePos(start)
    const newline = text.indexOf('\n', start)
    const line_end = newline === -1 ? text.length : newline
    const stop = Math.min(end, line_end)
    const trimmed = text.slice(start, stop).trimEnd().length
    const column = originalColumn(edits, line, col)
    return { line, column, length: originalColumn(edits, line, col + trimmed) - column }
  }
}

function unreadable(lines: readonly string[], message: string): Parsed {
  return {
    document: undefined,
    problems: [{ code: 'WC-C005', span: { line: 1, column: 1, length: 1 }, message }],
    first_broken_line: 1,
    lines: lines.slice(0, 1).map((line) => line.slice(0, 200)),
    span: () => ({ line: 1, column: 1, length: 1 }),
    slice: () => '',
  }
}
