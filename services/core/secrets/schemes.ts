/** The schemes that stand before a credential in an `authorization` header. */
import type { SecretKind } from '../words.ts'
import { beginsWith, widthOfSeparator, type Text } from './characters.ts'

export interface Scheme {
  readonly kind: SecretKind
  /** Where the credential begins. */
  readonly next: number
}

const SCHEMES: readonly (readonly [name: string, kind: SecretKind])[] = [
  ['bearer', 'bearer'],
  ['basic', 'basic'],
  ['token', 'other'],
  ['apikey', 'other'],
]

/** A scheme of the `authorization` header and the blanks behind it. */
export function schemeAt(text: Text, start: number): Scheme | undefined {
  const first = text.charCodeAt(start) | LOWER
  if (first !== B && first !== T && first !== A) return undefined
  for (const [name, kind] of SCHEMES) {
    if (!beginsWith(text, start, name, true)) continue
    let next = start + name.length
    const limit = next + BLANKS_MAX
    while (next < limit && isBlank(text, next)) next += widthOfSeparator(text, next)
    if (next > start + name.length && next < text.length) return { kind, next }
  }
  return undefined
}
const BLANKS_MAX = 16
/** Makes a letter a small one. */
const LOWER = 0x20
const [A, B, T] = [0x61, 0x62, 0x74] as const

function isBlank(text: Text, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x20 || code === 0x09 || (code === 0x25 && text.slice(at, at + 3) === '%20')
}
