import type { Diagnostic } from './diagnostic.ts'
import type { Excerpt } from './excerpt.ts'
import { nearest } from '#/core/nearest.ts'
import { displayPath, parentPointer } from './pointer.ts'

/**
 * A parsed config file that knows where each value stands, so that a check that is made long after parsing can still
 * point at a line. What a default supplied stands nowhere: its nearest parent in the file is used.
 */

export interface Span {
  readonly line: number
  readonly column: number
  readonly length: number
}

/** Where a value and, for a member of a mapping, its key stand. */
export interface Place {
  readonly key?: Span
  readonly value: Span
}

export interface Located {
  readonly file: string
  /** Where the value at this JSON Pointer stands; its key, when the value is empty or begins on a later line. */
  at(pointer: string): Span
  /** Where the key of this member stands; for a list item, the item. */
  keyAt(pointer: string): Span
  /** Whether the file itself states this value. */
  has(pointer: string): boolean
  /** The source line of a span, secrets replaced. */
  excerpt(span: Span): Excerpt
}

/** What a check says about a place. */
export interface Finding {
  readonly code: string
  readonly message: string
  /** Default `error`. */
  readonly severity?: 'error' | 'warning'
  /** Point at the key instead of the value. */
  readonly at?: 'key' | 'value'
  readonly expected?: string
  readonly found?: string
  readonly nearest?: string
  /** The legal words: with them `nearest` is looked up for `word`. */
  readonly candidates?: Iterable<string>
  readonly word?: string
  readonly help?: string
}

export function diagnosticAt(document: Located, pointer: string, finding: Finding): Diagnostic {
  const span = finding.at === 'key' ? document.keyAt(pointer) : document.at(pointer)
  return diagnosticOn(document, pointer, span, finding)
}

/** The same for a place that is not that of the value. */
export function diagnosticOn(
  document: Located,
  pointer: string,
  span: Span,
  finding: Finding,
): Diagnostic {
  const meant =
    finding.nearest ??
    (finding.word !== undefined && finding.candidates
      ? nearest(finding.word, finding.candidates)
      : undefined)
  return {
    file: document.file,
    ...span,
    code: finding.code,
    severity: finding.severity ?? 'error',
    path: displayPath(pointer),
    message: finding.message,
    ...(finding.expected !== undefined && { expected: finding.expected }),
    ...(finding.found !== undefined && { found: finding.found }),
    ...(meant !== undefined && { nearest: meant }),
    ...(finding.help !== undefined && { help: finding.help }),
    ...document.excerpt(span),
  }
}

const ORIGIN: Span = { line: 1, column: 1, length: 1 }

export function createLocated(
  file: string,
  places: ReadonlyMap<string, Place>,
  excerpt: (span: Span) => Excerpt,
): Located {
  function nearestPlace(pointer: string): Place | undefined {
    for (let at = pointer; ; at = parentPointer(at)) {
      const place = places.get(at)
      if (place) return at === pointer ? place : { ...place, value: place.key ?? place.value }
      if (at === '') return undefined
    }
  }
  return {
    file,
    at(pointer) {
      const place = nearestPlace(pointer)
      if (!place) return ORIGIN
      const { key, value } = place
      // A section that begins on the next line is known by its key.
      return key && (value.length === 0 || value.line > key.line) ? key : value
    },
    keyAt(pointer) {
      const place = nearestPlace(pointer)
      return place?.key ?? place?.value ?? ORIGIN
    },
    has: (pointer) => places.has(pointer),
    excerpt,
  }
}
