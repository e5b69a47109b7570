import { nearest } from '#/core/nearest.ts'
import type { Span } from './located.ts'
import { cutOut, mergeCuts, REDACTED, secretsInUrls, type Cut } from './redact.ts'
import { secretNames, type SchemaNode } from './schema.ts'
import type { SecretRange, Secrets } from './secrets.ts'
import type { Parsed } from './syntax.ts'

/**
 * Lines of the file as errors show them: without secrets. What is a secret is said by the schema, at its place. Where no
 * place is known (comments, text that YAML cannot read), a word that looks like the name of a secret hides the rest of its
 * line.
 */

export interface Excerpt {
  readonly excerpt: string
  /** Where the span stands in the excerpt, if not where it stands in the file. */
  readonly caret?: Caret
}

export interface Caret {
  /** From 1. */
  readonly column: number
  readonly length: number
}

interface Line {
  readonly text: string
  readonly cuts: readonly Cut[]
}

export function createExcerpts(
  parsed: Parsed,
  secrets: Secrets,
  schema: SchemaNode,
): (span: Span) => Excerpt {
  const first_broken_line = parsed.first_broken_line ?? Infinity
  const ranges = mergeRanges(secrets.ranges, first_broken_line)
  const names = [...secretNames(schema)]
  const known = new Map<number, Line>()

  function lineAt(number: number): Line {
    const source = parsed.lines[number - 1] ?? ''
    const isJudged = (column: number) =>
      number < first_broken_line && secrets.isJudged(number, column)
    const cuts = mergeCuts([
      ...cutsOfLine(ranges, number, source.length),
      ...namedSecrets(source, names, isJudged),
      ...secretsInUrls(source),
    ])
    return { text: cutOut(source, cuts), cuts }
  }

  return (span) => {
    const line = known.get(span.line) ?? lineAt(span.line)
    known.set(span.line, line)
    if (line.cuts.length === 0) return { excerpt: line.text }
    const column = shownIndex(line.cuts, span.column - 1, 'start') + 1
    const end = shownIndex(line.cuts, span.column - 1 + Math.max(1, span.length), 'end') + 1
    return { excerpt: line.text, caret: { column, length: end - column } }
  }
}

/** Of an index in the source line the index in the shown one; inside a cut, the start or end of what replaces it. */
function shownIndex(cuts: readonly Cut[], index: number, side: 'start' | 'end'): number {
  let shift = 0
  for (const { start, end } of cuts) {
    if (index < start || (index === start && side === 'end')) break
    if (index < end || (index === end && side === 'end')) {
      return start + shift + (side === 'end' ? REDACTED.length : 0)
    }
    shift += REDACTED.length - (end - start)
  }
  return index + shift
}

/** `name: value` where no key is known: the rest of the line, when the name is that of a secret, or near. */
function namedSecrets(
  line: string,
  names: readonly string[],
  isJudged: (column: number) => boolean,
): readonly Cut[] {
  if (names.length === 0) return []
  for (const match of line.matchAll(/(?<![\w-])(?<name>[\w-]+)["']?\s*:\s*(?=\S)/g)) {
    // The key may stand in quotes, which are then part of it.
    if (isJudged(match.index + 1) || isJudged(match.index)) continue
    if (nearest(match.groups?.['name'] ?? '', names) === undefined) continue
    return [{ start: match.index + match[0].length, end: line.length }]
  }
  return []
}

/** Disjoint and in order. Where YAML lost its way nobody knows where a value ends, so its lines count whole. */
function mergeRanges(
  ranges: readonly SecretRange[],
  first_broken_line: number,
): readonly SecretRange[] {
  const merged: SecretRange[] = []
  const sorted = ranges.toSorted(
    (a, b) => a.first_line - b.first_line || a.first_column - b.first_column,
  )
  for (const found of sorted) {
    const range =
      found.last_line < first_broken_line
        ? found
        : { ...found, end_column: Number.MAX_SAFE_INTEGER }
    const last = merged.at(-1)
    if (last === undefined || isBefore(last, range)) merged.push(range)
    else if (endsLater(range, last)) {
      const { last_line, end_column } = range
      merged[merged.length - 1] = { ...last, last_line, end_column }
    }
  }
  return merged
}

function isBefore(left: SecretRange, right: SecretRange): boolean {
  if (left.last_line !== right.first_line) return left.last_line < right.first_line
  return left.end_column <= right.first_column
}

function endsLater(left: SecretRange, right: SecretRange): boolean {
  if (left.last_line !== right.last_line) return left.last_line > right.last_line
  return left.end_column > right.end_column
}

function cutsOfLine(
  ranges: readonly SecretRange[],
  number: number,
  length: number,
): readonly Cut[] {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.last_line ?? 0) < number) low = middle + 1
    else high = middle
  }
  const cuts: Cut[] = []
  for (let at = low; (ranges[at]?.first_line ?? Infinity) <= number; at++) {
    const range = ranges[at]
    if (range === undefined) break
    const start = range.first_line === number ? range.first_column - 1 : 0
    const end = range.last_line === number ? Math.min(range.end_column - 1, length) : length
    cuts.push({ start, end })
  }
  return cuts
}
