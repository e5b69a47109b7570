/**
 * Finds raw secrets in texts: keys and tokens by their documented prefixes, JSON web tokens, what stands behind the name of
 * a credential, and keys without a prefix behind the name of their vendor. One pass over the text: each character is looked
 * at a bounded number of times, whatever the text is. No regular expression and nothing that backs up.
 */
import type { SecretKind } from '../words.ts'
import {
  beginsWith,
  endOfRun,
  hasDigit,
  sortAt,
  widthOfSeparator,
  type Text,
} from './characters.ts'
import {
  isCookieName,
  isCredentialName,
  isPlaceholder,
  NAME_LENGTH_MAX,
  PLACEHOLDER_LENGTH_MAX,
} from './names.ts'
import {
  ALNUM,
  KEYWORD_REACH,
  KEYWORD_RULES,
  PREFIX_RULES,
  TOKEN,
  WORD,
  type PrefixRule,
} from './rules.ts'
import { schemeAt, type Scheme } from './schemes.ts'

export type { Text } from './characters.ts'
export { isPlaceholder, meaningOfName, type NameMeaning } from './names.ts'

export interface FoundSecret {
  readonly kind: SecretKind
  /** The secret alone, without the scheme before it. */
  readonly start: number
  readonly end: number
}

/** Rules by the first character of their prefix, the longest first. */
const RULES_BY_FIRST: readonly (readonly PrefixRule[] | undefined)[] = Array.from(
  { length: 128 },
  (_, code) => {
    const rules = PREFIX_RULES.filter(({ prefix }) => prefix.charCodeAt(0) === code)
    return rules.length === 0
      ? undefined
      : rules.toSorted((a, b) => b.prefix.length - a.prefix.length)
  },
)

/** Least length of a value behind the name of a credential, in running text. */
const NAMED_LENGTH_MIN = 8
/** Least length of a token behind `Bearer` in running text; it holds a digit, or it would be a word. */
const BEARER_LENGTH_MIN = 16
const SEPARATORS_MAX = 16

export function findSecrets(text: Text): readonly FoundSecret[] {
  const found: FoundSecret[] = []
  let at = 0
  while (at < text.length) {
    if ((sortAt(text, at) & WORD) === 0) {
      at += widthOfSeparator(text, at)
      continue
    }
    const end = endOfRun(text, at, WORD)
    const secret =
      atPrefix(text, at) ??
      atToken(text, at, end) ??
      atKeyword(text, at, end) ??
      atName(text, at, end)
    if (secret !== undefined) found.push(secret)
    at = Math.max(end, secret?.end ?? end)
  }
  return found
}

/**
 * The secret in a value that has the name of a credential (the `authorization` of a request, say): whatever stands there,
 * unless it is a placeholder. Of `Bearer …` it is what stands behind the scheme.
 */
export function secretNamed(name: string, value: string): FoundSecret | undefined {
  const trimmed = value.trim()
  if (trimmed === '') return undefined
  const from = value.indexOf(trimmed)
  const to = from + trimmed.length
  if (isCookieName(name))
    return isPlaceholder(trimmed) ? undefined : { kind: 'cookie', start: from, end: to }
  const scheme = schemeAt(value, from)
  const start = scheme?.next ?? from
  const secret = value.slice(start, to)
  if (isPlaceholder(secret)) return undefined
  return { kind: kindOf(secret, scheme?.kind, name), start, end: to }
}

/** Kinds that change with every session, so that they name nobody for long, or that are no single key. */
const PASSING: ReadonlySet<SecretKind> = new Set(['jwt', 'basic', 'cookie'])

/** Whether the same secret will come again, so that its fingerprint can be registered. */
export function isLasting(kind: SecretKind): boolean {
  return !PASSING.has(kind)
}

function kindOf(secret: string, scheme: SecretKind | undefined, name: string): SecretKind {
  const [first] = findSecrets(secret)
  if (first !== undefined) return first.kind
  const lower = name.toLowerCase()
  const is_azure = lower === 'api-key' || lower.endsWith('ocp-apim-subscription-key')
  return is_azure && isRandom(secret, ALNUM, [32, 84]) ? 'azure' : (scheme ?? 'other')
}

function atPrefix(text: Text, start: number): FoundSecret | undefined {
  const rules = RULES_BY_FIRST[text.charCodeAt(start)]
  if (rules === undefined) return undefined
  for (const { kind, prefix, behind, min } of rules) {
    if (!beginsWith(text, start, prefix)) continue
    const end = endOfRun(text, start + prefix.length, behind)
    if (end - start - prefix.length >= min) return { kind, start, end }
  }
  return undefined
}

/** Header, payload and signature, or the five parts of an encrypted one; the header is an object, so it begins with `eyJ`. */
const JWT_PARTS_MAX = 5
function atToken(text: Text, start: number, end: number): FoundSecret | undefined {
  if (end - start < 10 || !beginsWith(text, start, 'eyJ')) return undefined
  let at = end
  let parts = 1
  while (parts < JWT_PARTS_MAX && text.charCodeAt(at) === DOT_CODE) {
    at = endOfRun(text, at + 1, WORD)
    parts += 1
  }
  return parts < 2 || at - end < 5 ? undefined : { kind: 'jwt', start, end: at }
}
const DOT_CODE = 0x2e

/** A word of the length that such keys have, not far behind a name that says whose it is. */
function atKeyword(text: Text, start: number, end: number): FoundSecret | undefined {
  if (!KEYWORD_LENGTHS.has(end - start)) return undefined
  const before = text.slice(Math.max(0, start - KEYWORD_REACH), start).toLowerCase()
  for (const { kind, keyword, is, lengths } of KEYWORD_RULES)
    if (before.includes(keyword) && isRandom(text.slice(start, end), is, lengths))
      return { kind, start, end }
  return undefined
}
const KEYWORD_LENGTHS: ReadonlySet<number> = new Set(
  KEYWORD_RULES.flatMap(({ lengths }) => lengths),
)

/** What a short word says about what stands behind it. */
function atName(text: Text, start: number, end: number): FoundSecret | undefined {
  if (end - start > NAME_LENGTH_MAX) return undefined
  const scheme = schemeAt(text, start)
  if (scheme !== undefined) return behindScheme(text, scheme)
  const value = valueBehind(text, end)
  if (value === undefined) return undefined
  const name = text.slice(start, end)
  if (isCookieName(name)) return cookiesAt(text, value)
  return isCredentialName(name) ? behindName(text, value) : undefined
}

/** All that stands up to the end of the line or of the quotes. */
function cookiesAt(text: Text, start: number): FoundSecret | undefined {
  const head_end = endOfValue(text, start, start + PLACEHOLDER_LENGTH_MAX + 1, COOKIE_ENDS)
  if (head_end === start || isPlaceholder(text.slice(start, head_end))) return undefined
  return { kind: 'cookie', start, end: endOfValue(text, start, text.length, COOKIE_ENDS) }
}

function behindName(text: Text, value: number): FoundSecret | undefined {
  const scheme = schemeAt(text, value)
  const start = scheme?.next ?? value
  // A placeholder is short: whether it is one shows before the value is read to its end.
  const head_end = endOfValue(text, start, start + PLACEHOLDER_LENGTH_MAX + 1)
  if (head_end - start < NAMED_LENGTH_MIN || isPlaceholder(text.slice(start, head_end)))
    return undefined
  const end = endOfValue(text, start, text.length)
  const word_end = endOfRun(text, start, WORD)
  const known =
    atPrefix(text, start) ?? atToken(text, start, word_end) ?? atKeyword(text, start, word_end)
  return { kind: known?.kind ?? scheme?.kind ?? 'other', start, end }
}

function behindScheme(text: Text, { kind, next }: Scheme): FoundSecret | undefined {
  const known = atPrefix(text, next) ?? atToken(text, next, endOfRun(text, next, WORD))
  if (known !== undefined) return known
  if (kind === 'other') return undefined
  const end = endOfRun(text, next, TOKEN)
  const head = text.slice(next, Math.min(end, next + PLACEHOLDER_LENGTH_MAX + 1))
  if (kind === 'basic') return isUserAndPassword(head) ? { kind, start: next, end } : undefined
  const is_token = end - next >= BEARER_LENGTH_MIN && hasDigit(head) && !isPlaceholder(head)
  return is_token ? { kind, start: next, end } : undefined
}

function isUserAndPassword(head: string): boolean {
  return (
    head.length >= 4 &&
    /^[\x20-\x7e]*:/.test(Buffer.from(head.slice(0, 64), 'base64').toString('latin1'))
  )
}

/** Where the value of a name begins: `name: value`, `"name":"value"`, `('name', 'value')`, `name=value`. */
function valueBehind(text: Text, end: number): number | undefined {
  let at = end
  let is_assigned = false
  let is_quoted = false
  for (let steps = 0; steps < SEPARATORS_MAX && at < text.length; steps += 1) {
    const code = text.charCodeAt(at)
    if (code === COLON || code === EQUALS || (code === COMMA && is_quoted)) is_assigned = true
    else if (code === PERCENT) is_assigned ||= isAssignment(text.slice(at + 1, at + 3))
    else if (isQuote(code) || (code === LETTER_B && isQuote(text.charCodeAt(at + 1))))
      is_quoted = true
    else if (!FILLERS.has(code)) break
    at += code === PERCENT ? widthOfSeparator(text, at) : 1
  }
  return is_assigned && at < text.length ? at : undefined
}
const [COLON, EQUALS, COMMA, PERCENT, LETTER_B] = [0x3a, 0x3d, 0x2c, 0x25, 0x62] as const
const FILLERS = codesOf(' \t\\>')

/** Percent-encoded. */
function isAssignment(hex: string): boolean {
  return hex === '3A' || hex === '3D' || hex === '3a' || hex === '3d'
}

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27
}

const VALUE_ENDS = codesOf(' \t\r\n"\'`,;&)}]<>\\')

const COOKIE_ENDS = codesOf('\r\n"\'\\')

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)))
}

function endOfValue(text: Text, start: number, limit: number, ends = VALUE_ENDS): number {
  const end = Math.min(limit, text.length)
  let at = start
  while (at < end && !ends.has(text.charCodeAt(at))) at += 1
  return at
}

function isRandom(word: string, is: number, lengths: readonly number[]): boolean {
  return lengths.includes(word.length) && endOfRun(word, 0, is) === word.length && hasDigit(word)
}
