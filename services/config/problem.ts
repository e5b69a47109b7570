import { visit, type Document, type YAMLError } from 'yaml'
import type { Span } from './located.ts'

/** What can be wrong with the text itself, in words. */

export interface Problem {
  readonly code: 'WC-C001' | 'WC-C002' | 'WC-C003' | 'WC-C005' | 'WC-C006'
  readonly span: Span
  readonly message: string
  readonly help?: string
  /** How it is written right. Shown only if the line shows all of `instead_of`, which may hold a secret. */
  readonly write?: { readonly text: string; readonly instead_of: string }
}

export function unquotedProblem(span: Span, scalar: string, quote: string): Problem {
  return {
    code: 'WC-C006',
    span,
    message: 'inside braces and brackets a substitution must stand in quotes',
    help: 'without quotes YAML reads its brace as a nested mapping',
    write: { text: `${quote}${scalar}${quote}`, instead_of: scalar },
  }
}

export function gluedProblem(span: Span, head: string): Problem {
  return {
    code: 'WC-C003',
    span,
    message: `a space is missing after "${head}"`,
    help: `write "${head} value"; without the space YAML reads key and value as one word`,
  }
}

/** Our words for the parser's: none of them quotes the text, which may be a secret. */
export function syntaxProblem(
  error: YAMLError,
  document: Document.Parsed,
  text: string,
  span: (start: number, end: number) => Span,
): Problem {
  const quote = /closing ["']quote/.test(error.message) ? openQuote(document, error) : undefined
  // Blanks in front are not what is wrong.
  const blanks = /^ */.exec(text.slice(error.pos[0], error.pos[0] + 200))?.[0].length ?? 0
  const start = quote ?? error.pos[0] + blanks
  const place = span(start, quote === undefined ? Math.max(error.pos[1], start + 1) : start + 1)
  const at = { ...place, length: Math.max(1, place.length) }
  const dash = /^-\S/.test(text.slice(start, start + 2))
  const words =
    quote !== undefined
      ? OPEN_QUOTE
      : dash && error.code === 'MISSING_CHAR'
        ? GLUED_DASH
        : SYNTAX_WORDS[error.code]
  const message = words?.message ?? lowerFirst(error.message.split(/[:;\n]/)[0] ?? '')
  return {
    code: 'WC-C001',
    span: at,
    message,
    ...(words?.help !== undefined && { help: words.help }),
  }
}

/** Where the quoted value starts that ends only with the text. */
function openQuote(document: Document.Parsed, error: YAMLError): number | undefined {
  let start: number | undefined
  visit(document, {
    Scalar(_key, node) {
      if (node.range && node.range[0] < error.pos[0] && node.type?.startsWith('QUOTE')) {
        start = node.range[0]
      }
    },
  })
  return start
}

interface Words {
  readonly message: string
  readonly help?: string
}

const OPEN_QUOTE: Words = { message: 'this quote is never closed' }
const GLUED_DASH: Words = {
  message: 'a space is missing after "-"',
  help: 'a list item is written "- value"',
}

const SYNTAX_WORDS: Partial<Record<YAMLError['code'], Words>> = {
  BAD_INDENT: {
    message: 'the indentation does not fit the lines above',
    help: 'keys of one mapping start in the same column; a list or mapping in brackets must be closed before the next key',
  },
  BAD_SCALAR_START: {
    message: 'a value without quotes cannot start with this character',
    help: 'put the value in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second "key: value" on the same line',
    help: 'start a new line, or put a value that holds ": " in quotes',
  },
  MISSING_CHAR: {
    message: 'something is missing here: a colon after a key, or a closing quote or bracket',
  },
  MULTILINE_IMPLICIT_KEY: { message: 'this key has no ": " after it' },
  MULTIPLE_DOCS: {
    message: 'a second document starts here',
    help: 'a config is one document; remove the line "---"',
  },
  TAG_RESOLVE_FAILED: {
    message: 'this tag is not known',
    help: 'a config has no tags; values from outside are ${env:NAME} and ${file:/path}',
  },
  UNEXPECTED_TOKEN: { message: 'this does not belong here' },
  BAD_ALIAS: { message: 'this alias is not valid' },
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
