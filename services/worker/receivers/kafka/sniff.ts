/** Which encoding a message of a receiver has that reads several. */
import type { Encoding } from '#/core/words.ts'

/**
 * Tells the encoding of a value. OTLP/JSON is an object with a member `resourceLogs` or `resourceSpans` of its own, not further
 * in, where a prompt could hold one. A protobuf LogsData begins with its field 1.
 */
export function createSniffer(
  encodings: readonly Encoding[],
): (bytes: Buffer, start: number, end: number) => number {
  if (encodings.length === 1) return () => 0
  const otlp_json = encodings.indexOf('otlp_json')
  const otlp_proto = encodings.indexOf('otlp_proto')
  const json = encodings.indexOf('json')
  const other = json >= 0 ? json : Math.max(otlp_json, 0)
  return (bytes, start, end) => {
    const framed = bytes[start] === 0 ? start + 5 : start
    // 0x0a is both protobuf's field 1 and a newline, which may stand before JSON.
    if (otlp_proto >= 0 && bytes[framed] === 0x0a && !looksLikeJson(bytes, framed, end))
      return otlp_proto
    if (otlp_json < 0) return other
    return isOtlpJson(bytes.subarray(start, end)) ? otlp_json : other
  }
}

/** White space, a bracket, and a bracket at the end: protobuf would need all three by chance. */
function looksLikeJson(bytes: Buffer, start: number, end: number): boolean {
  let first = start
  while (first < end && isSpace(bytes[first]!)) first += 1
  if (bytes[first] !== 0x7b && bytes[first] !== 0x5b) return false
  let last = end - 1
  while (last > first && isSpace(bytes[last]!)) last -= 1
  return bytes[last] === 0x7d || bytes[last] === 0x5d
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

const OTLP_ROOTS = ['"resourceLogs"', '"resourceSpans"'] as const
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** The bytes of the name are looked for first: almost no message has to be looked at one by one. */
function isOtlpJson(value: Buffer): boolean {
  return OTLP_ROOTS.some((name) => isRootMember(value, name))
}

/** Whether `name`, with its quotes, names a member of the outermost object. Linear in the bytes up to there. */
function isRootMember(value: Buffer, name: string): boolean {
  let found = value.indexOf(name)
  let depth = 0
  for (let at = 0; found >= 0 && at < value.length; at += 1) {
    const byte = value[at]!
    if (byte === 0x7b || byte === 0x5b) depth += 1
    else if (byte === 0x7d || byte === 0x5d) depth -= 1
    if (byte !== QUOTE) continue
    if (at === found && depth === 1 && isFollowedByColon(value, at + name.length)) return true
    at = endOfString(value, at)
    if (at >= found) found = value.indexOf(name, at)
  }
  return false
}

/** Position of the closing quote, or the end. */
function endOfString(value: Buffer, open: number): number {
  let at = open + 1
  while (at < value.length && value[at] !== QUOTE) at += value[at] === BACKSLASH ? 2 : 1
  return at
}

function isFollowedByColon(value: Buffer, start: number): boolean {
  let at = start
  while (at < value.length && isSpace(value[at]!)) at += 1
  return value[at] === COLON
}
