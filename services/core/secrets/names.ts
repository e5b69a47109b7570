/**
 * What the name of a header, a query parameter or a variable says about its value: a credential whatever it looks like, a
 * cookie, nothing that could hold one, or nothing at all.
 */

export type NameMeaning = 'credential' | 'cookie' | 'harmless' | 'text'

/** Longest name that is looked up. */
export const NAME_LENGTH_MAX = 48

const CREDENTIALS: ReadonlySet<string> = new Set([
  'auth',
  'helicone-auth',
  'jwt',
  'passwd',
  'private-token',
  'secret',
  'token',
  'x-auth',
  'x-functions-key',
  'x-jwt-assertion',
  'x-token',
  'x-vault-token',
])

/** `x-litellm-api-key`, `cf-aig-authorization`, `OPENAI_API_KEY` and their like. */
const CREDENTIAL_ENDINGS: readonly string[] = [
  'access-token',
  'api-key',
  'api-token',
  'apikey',
  'auth-token',
  'authorization',
  'client-secret',
  'identity-token',
  'password',
  'secret-key',
  'security-token',
  'session-token',
  'subscription-key',
]

const COOKIES: ReadonlySet<string> = new Set(['cookie', 'set-cookie'])

/** Headers whose values HTTP itself, or the proxy that writes them, prescribes. */
const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'keep-alive',
  'te',
  'traceparent',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
])

export function meaningOfName(name: string): NameMeaning {
  if (isCredentialName(name)) return 'credential'
  if (name.length > NAME_LENGTH_MAX) return 'text'
  if (isCookieName(name)) return 'cookie'
  return HARMLESS.has(name.toLowerCase()) ? 'harmless' : 'text'
}

export function isCookieName(name: string): boolean {
  return name.length <= 10 && COOKIES.has(name.toLowerCase())
}

export function isCredentialName(name: string): boolean {
  if (name.length > NAME_LENGTH_MAX || !LAST_LETTERS.includes(name.at(-1) ?? ' ')) return false
  const folded = name.toLowerCase().replaceAll('_', '-')
  return CREDENTIALS.has(folded) || CREDENTIAL_ENDINGS.some((end) => folded.endsWith(end))
}

/** Of all of these names, in both cases: most words are told by it. */
const LAST_LETTERS = lastLetters([...CREDENTIALS, ...CREDENTIAL_ENDINGS])

function lastLetters(names: readonly string[]): string {
  const letters = names.map((name) => name.slice(-1)).join('')
  return letters + letters.toUpperCase()
}

const PLACEHOLDER_WORDS: ReadonlySet<string> = new Set([
  '',
  'censored',
  'false',
  'filtered',
  'hidden',
  'masked',
  'nil',
  'none',
  'null',
  'redacted',
  'removed',
  'secret',
  'true',
  'undefined',
  'your-api-key',
])

/** Characters that masks and brackets are made of. */
const DECORATION = ' \t\r\n[](){}<>"\'*.#_•…-'

/** Longest text that can be a placeholder: whoever masks a secret does not write more. */
export const PLACEHOLDER_LENGTH_MAX = 64

/** Whether a value stands where a secret stood: `REDACTED`, `***`, `sk-…abcd`, `[redacted:openai]`, `fp:…`, `${API_KEY}`. */
export function isPlaceholder(value: string): boolean {
  if (value.length > PLACEHOLDER_LENGTH_MAX) return false
  if (value.includes('***') || value.includes('...') || value.includes('…')) return true
  if (value.startsWith('[redacted:') || value.startsWith('fp:')) return true
  if (value.startsWith('${') || value.startsWith('{{')) return true
  const [first = ''] = value
  if (value.length > 2 && value === first.repeat(value.length)) return true
  return PLACEHOLDER_WORDS.has(undecorated(value).toLowerCase())
}

function undecorated(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && DECORATION.includes(value[start]!)) start += 1
  while (end > start && DECORATION.includes(value[end - 1]!)) end -= 1
  return value.slice(start, end)
}
