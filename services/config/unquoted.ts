import { Lexer } from 'yaml'

/**
 * Inside braces and brackets YAML reads the `{` of `${env:NAME}` as a nested mapping, and from there on nothing fits. Such
 * scalars are found here in the tokens, so that they can be read as if they stood in quotes.
 */

export interface Unquoted {
  /** Indexes into the text: the scalar as a whole, what stands around the substitution included. */
  readonly start: number
  readonly end: number
  readonly quote: "'" | '"'
}

/** Tokens that stand for no characters of the text. */
const MARKS = new Set(['\u0002', '\u0018', '\u001f'])
const SUBSTITUTION = '\\$\\{(?:[^}\\n]*:-[^}\\n]*|[^\\s}]*)\\}'
/** A scalar as it was meant: until a comma, a bracket, a comment or a colon that ends a key. */
const MEANT = new RegExp(`(?:${SUBSTITUTION}|:(?!\\s)|#(?<!\\s#)|[^,[\\]{}\\n\\r:#])+`, 'y')

/** The plain scalars in braces or brackets that hold a substitution. */
export function unquotedSubstitutions(text: string): readonly Unquoted[] {
  const found: Unquoted[] = []
  let offset = 0
  let before = ''
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) continue
    if (token === '{' && before.endsWith('$')) {
      const start = offset - before.length
      const one = start < (found.at(-1)?.end ?? 0) ? undefined : meantAt(text, start)
      if (one !== undefined) found.push(one)
    }
    offset += token.length
    before = token
  }
  return found
}

function meantAt(text: string, start: number): Unquoted | undefined {
  MEANT.lastIndex = start
  const scalar = MEANT.exec(text)?.[0].trimEnd() ?? ''
  if (!scalar.includes('${')) return undefined
  const end = start + scalar.length
  if (!scalar.includes("'")) return { start, end, quote: "'" }
  return /["\\]/.test(scalar) ? undefined : { start, end, quote: '"' }
}
