/** Characters and runs of them, in texts that are read one character at a time. */
import { BASE64, DASH, DIGIT, DOT, HEX_LOWER, LETTER, UPPER } from './rules.ts'

/** What a scan needs of a string. */
export type Text = Pick<string, 'length' | 'charCodeAt' | 'slice'>

/** Sorts of characters, by code; everything beyond ASCII is none. */
const SORTS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (char >= '0' && char <= '9') return DIGIT | HEX_LOWER
  if (char >= 'a' && char <= 'z') return char <= 'f' ? LETTER | HEX_LOWER : LETTER
  if (char >= 'A' && char <= 'Z') return LETTER | UPPER
  if (char === '-' || char === '_') return DASH
  if (char === '.') return DOT
  return '+/=~'.includes(char) ? BASE64 : 0
})

export function hasDigit(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if ((sortAt(text, at) & DIGIT) !== 0) return true
  return false
}

export function sortAt(text: Text, at: number): number {
  const code = text.charCodeAt(at)
  return code < 128 ? SORTS[code]! : 0
}

export function endOfRun(text: Text, start: number, sorts: number): number {
  const { length } = text
  let at = start
  while (at < length) {
    const code = text.charCodeAt(at)
    if (code >= 128 || (SORTS[code]! & sorts) === 0) break
    at += 1
  }
  return at
}

export function beginsWith(
  text: Text,
  start: number,
  prefix: string,
  ignore_case = false,
): boolean {
  if (start + prefix.length > text.length) return false
  for (let i = 0; i < prefix.length; i += 1) {
    const code = text.charCodeAt(start + i)
    if (code !== prefix.charCodeAt(i) && !(ignore_case && (code | 0x20) === prefix.charCodeAt(i)))
      return false
  }
  return true
}

/** A percent-encoded byte and an escape of JSON are one separator, or their last letter would belong to the next word. */
export function widthOfSeparator(text: Text, at: number): number {
  const code = text.charCodeAt(at)
  if (code === 0x25) return isHex(text, at + 1) && isHex(text, at + 2) ? 3 : 1
  if (code !== 0x5c) return 1
  const next = text.slice(at + 1, at + 2)
  if (next === 'u') return [2, 3, 4, 5].every((i) => isHex(text, at + i)) ? 6 : 1
  return 'nrtbf'.includes(next || ' ') ? 2 : 1
}

function isHex(text: Text, at: number): boolean {
  return at < text.length && /[0-9A-Fa-f]/.test(text.slice(at, at + 1))
}
