/**
 * Pseudonyms for persons and secrets, and other addresses in place of those that stood there. All are made with a key that
 * exists for one capture only: what was equal stays equal within it, and nobody can test a guess. They keep the form of what
 * they stand for, because the rules look at it: a mail address stays one, a key of a vendor stays one of that vendor.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { canonicalAddress, isNobodyWord } from '#/core/keys.ts'
import { findSecrets, meaningOfName, secretNamed, type FoundSecret } from '#/core/secrets/index.ts'
import type { Conceal } from './filter-json.ts'

export interface Concealer {
  /** Conceals in texts; `persons` are words that name some. */
  of(persons: ReadonlySet<string>): Conceal
  /** How many different ones were replaced. */
  readonly replaced: {
    readonly persons: number
    readonly secrets: number
    readonly addresses: number
  }
}

const MAIL = /[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu
/** Of service accounts, which are no persons. */
const SERVICE_ACCOUNT = /\.gserviceaccount\.com$/i
const V4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g
const V6 = /(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:.])/g
const LOOPBACK = /^(?:127\.|::1$)/
/** Shorter ones are replaced only where they are the whole text. */
const PERSON_LENGTH_MIN = 4
const TYPE_PREFIX = /^(?:user|usr|u|acct|account|sa|svc)[-_:]/i
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function createConcealer(key: Buffer = randomBytes(32)): Concealer {
  const persons = new Map<string, string>()
  const secrets = new Map<string, string>()
  const addresses = new Map<string, string>()

  function digest(text: string): Buffer {
    return createHmac('sha256', key).update(text).digest()
  }

  function person(text: string): string {
    const name = text.trim().toLowerCase()
    return remembered(persons, name, () => {
      const hash = digest(`person ${name}`).toString('hex')
      if (name.includes('@')) return `p${hash.slice(0, 12)}@example.invalid`
      if (UUID.test(name)) return name.replaceAll(/[0-9a-f]/g, (_digit, at: number) => hash[at]!)
      return `${TYPE_PREFIX.exec(text.trim())?.[0] ?? ''}p${hash.slice(0, 12)}`
    })
  }

  function address(text: string): string {
    const canonical = canonicalAddress(text)
    if (canonical === undefined || LOOPBACK.test(canonical)) return text
    return remembered(addresses, canonical, () => {
      const [a = 0, b = 0] = digest(`address ${canonical}`)
      // Addresses for documentation, which nobody has.
      return isIP(canonical) === 4
        ? `192.0.2.${(a % 254) + 1}`
        : `2001:db8::${a.toString(16)}:${b.toString(16)}`
    })
  }

  function secret(text: string, { kind }: FoundSecret): string {
    return remembered(secrets, text, () => {
      const hash = digest(`secret ${text}`).toString('hex')
      if (kind === 'basic') return Buffer.from(`redacted:${hash.slice(0, 16)}`).toString('base64')
      if (kind === 'cookie') return `session=${hash}`
      return inTheFormOf(text, digest(`form of ${text}`))
    })
  }

  function withoutSecrets(text: string, name: string): string {
    const meaning = meaningOfName(name)
    const is_named = meaning === 'credential' || meaning === 'cookie'
    const named = is_named ? secretNamed(name, text) : undefined
    const found = named === undefined ? findSecrets(text) : [named]
    let result = ''
    let at = 0
    for (const one of found) {
      result += text.slice(at, one.start) + secret(text.slice(one.start, one.end), one)
      at = one.end
    }
    return result + text.slice(at)
  }

  return {
    replaced: {
      get persons() {
        return persons.size
      },
      get secrets() {
        return secrets.size
      },
      get addresses() {
        return addresses.size
      },
    },
    of(names) {
      const whole = new Set([...names].map((name) => name.toLowerCase()))
      const long = [...whole].filter((name) => name.length >= PERSON_LENGTH_MIN)
      const inside = long.length === 0 ? undefined : wordsPattern(long)
      return (text, name, is_person = false) => {
        const trimmed = text.trim()
        if (whole.has(trimmed.toLowerCase())) return person(text)
        if (is_person && trimmed !== '' && !isNobodyWord(trimmed)) return person(text)
        const bare = withoutSecrets(text, name)
        const mailless = bare.replaceAll(MAIL, (mail) =>
          SERVICE_ACCOUNT.test(mail) || isMade(mail) ? mail : person(mail),
        )
        const nameless =
          inside === undefined ? mailless : mailless.replaceAll(inside, (found) => person(found))
        return nameless.replaceAll(V6, address).replaceAll(V4, address)
      }
    },
  }
}

function isMade(mail: string): boolean {
  return mail.endsWith('@example.invalid')
}

/** The longest first, each as a word of its own. */
function wordsPattern(words: readonly string[]): RegExp {
  const sorted = words.toSorted((a, b) => b.length - a.length)
  return new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${sorted.map((word) => escaped(word)).join('|')})(?![\\p{L}\\p{N}])`,
    'giu',
  )
}

/** Digits for digits and letters for letters, behind the prefix that says whose key it is. */
function inTheFormOf(text: string, hash: Buffer): string {
  const head = Math.max(text.slice(0, 14).search(/[-_][^-_]*$/) + 1, 4)
  let result = text.slice(0, head)
  for (let i = head; i < text.length; i += 1) {
    const byte = hash[i % hash.length]! ^ (i & 0xff)
    const own = text[i]!
    if (/[0-9]/.test(own)) result += String(byte % 10)
    else if (/[a-f]/.test(own)) result += 'abcdef'[byte % 6]
    else if (/[a-z]/.test(own)) result += String.fromCharCode(0x61 + (byte % 26))
    else if (/[A-Z]/.test(own)) result += String.fromCharCode(0x41 + (byte % 26))
    else result += own
  }
  return result
}

function remembered(map: Map<string, string>, name: string, make: () => string): string {
  const known = map.get(name) ?? make()
  map.set(name, known)
  return known
}

function escaped(word: string): string {
  return word.replaceAll(
    /[^\p{L}\p{N}\s]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}
