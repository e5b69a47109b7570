import { styleText } from 'node:util'
import type { Caret } from './excerpt.ts'

/**
 * What was wrong, where, and what would be right. Diagnostics are data; `formatDiagnostics` turns them into the text
 * that people read, with the source line and a caret under the place.
 */
export interface Diagnostic {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** How many characters the caret underlines. */
  readonly length: number
  /** `WC-C…`, stable. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** Dotted path of the value, empty for the document itself. */
  readonly path: string
  readonly message: string
  readonly expected?: string
  readonly found?: string
  /** The nearest legal key or value. */
  readonly nearest?: string
  /** What to do about it, where the nearest word is not the answer. */
  readonly help?: string
  /** The source line. Secrets in it are replaced. */
  readonly excerpt: string
  /** Where the caret stands under the excerpt, when it holds replaced secrets. */
  readonly caret?: Caret
}

const EXCERPT_LENGTH_MAX = 120

/** Diagnostics in the order of the file. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly color: boolean },
): string {
  const paint: Paint = options.color
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text
  const parts = diagnostics.map((diagnostic) => formatOne(diagnostic, paint))
  return parts.length === 0 ? '' : `${parts.join('\n')}\n${summary(diagnostics)}\n`
}

type Paint = (style: 'red' | 'yellow' | 'cyan' | 'bold', text: string) => string

function formatOne(diagnostic: Diagnostic, paint: Paint): string {
  const { file, line, column, severity, code, message } = diagnostic
  const hue = severity === 'error' ? 'red' : 'yellow'
  const head = `${file}:${line}:${column}: ${paint(hue, `${severity}[${code}]`)}: ${paint('bold', visible(message))}`
  const { text, start } = cutExcerpt(diagnostic)
  const gutter = String(line).padStart(5)
  const wanted = diagnostic.caret?.length ?? diagnostic.length
  const length = Math.max(1, Math.min(wanted, text.length - start))
  const caret = `${' '.repeat(start)}${paint(hue, '^'.repeat(length))}`
  const note = noteOf(diagnostic)
  const lines = [head]
  if (diagnostic.excerpt !== '') {
    lines.push(`${paint('cyan', `${gutter} |`)} ${text}`)
    lines.push(`${paint('cyan', `${' '.repeat(gutter.length)} |`)} ${caret}${note && ` ${note}`}`)
  } else if (note !== '') {
    lines.push(`   ${note}`)
  }
  const help = helpOf(diagnostic)
  if (help !== undefined) lines.push(`   ${paint('cyan', 'help')}: ${help}`)
  return lines.join('\n')
}

function noteOf({ expected, found }: Diagnostic): string {
  const parts = []
  if (expected !== undefined) parts.push(`expected ${visible(expected)}`)
  if (found !== undefined) parts.push(`found ${visible(found)}`)
  return parts.join(', ')
}

function helpOf({ nearest, help }: Diagnostic): string | undefined {
  if (nearest === undefined) return help === undefined ? undefined : visible(help)
  const question = `did you mean ${visible(nearest)}?`
  return help === undefined ? question : `${question} ${visible(help)}`
}

/** A long line is shown around its caret. `start` is the index of the caret in the text. */
function cutExcerpt(diagnostic: Diagnostic): { text: string; start: number } {
  const text = visible(diagnostic.excerpt)
  const { column } = diagnostic.caret ?? diagnostic
  const start = Math.min(column - 1, Math.max(text.length - 1, 0))
  if (text.length <= EXCERPT_LENGTH_MAX) return { text, start }
  const from = Math.max(0, Math.min(start - 40, text.length - EXCERPT_LENGTH_MAX))
  const to = from + EXCERPT_LENGTH_MAX
  const shown = `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`
  return { text: shown, start: start - from + (from > 0 ? 1 : 0) }
}

/** Tabs become a visible arrow of the same width; other control characters, which a terminal might obey, a dot. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll('\t', '→').replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '·')
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const parts = []
  if (errors > 0) parts.push(`${errors} ${errors === 1 ? 'error' : 'errors'}`)
  if (warnings > 0) parts.push(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`)
  return parts.join(', ')
}
