/**
 * What a Kafka receiver reads and how: its topics, the sources that may have written them, and the encodings these come
 * in. One receiver has one lane per encoding; usually that is one.
 */
import type { Source } from '#/core/source.ts'
import { ENCODINGS, type Encoding } from '#/core/words.ts'
import { SOURCES, sourceFromConfig, sourceNamed, sourcesOf } from '#/sources/index.ts'
import type { KafkaReceiverConfig } from './config.ts'

export interface Candidates {
  readonly sources: readonly Source[]
  /** The source of each event is recognised by its fields. */
  readonly auto: boolean
}

export function candidatesOf(config: KafkaReceiverConfig): Candidates {
  const custom = config.custom === undefined ? [] : [sourceFromConfig(config.custom)]
  if (config.source === 'auto') return { sources: [...custom, ...SOURCES], auto: true }
  if (config.source === 'custom') return { sources: custom, auto: false }
  const known = sourceNamed(config.source)
  return { sources: known === undefined ? [] : [known], auto: false }
}

/** Encodings of the receiver's messages. More than one: each message is recognised by its first bytes. */
export function encodingsOf(config: KafkaReceiverConfig): readonly Encoding[] {
  const { encoding } = config.logs
  const { sources, auto } = candidatesOf(config)
  if (encoding !== undefined && encoding !== 'auto') return [encoding]
  if (encoding === undefined && !auto) return sources.map((source) => source.encoding)
  return ENCODINGS.filter((name) => sourcesOf(name, sources).length > 0)
}

const OTLP_ROOTS = ['"resourceLogs"', '"resourceSpans"'] as const

/**
 * Tells the encoding of a value. JSON text holds the bytes `"resourceLogs"` only where a member has that name: inside a
 * string the quotes would be escaped. A protobuf LogsData begins with its field 1.
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
    const value = bytes.subarray(start, end)
    return OTLP_ROOTS.some((name) => value.includes(name)) ? otlp_json : other
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

/** Which entry of the config makes the receiver read this topic. */
export function readsTopic(
  config: KafkaReceiverConfig,
  topic: string,
): number | 'redrive_topic' | undefined {
  if (config.redrive_topic === topic) return 'redrive_topic'
  if (config.logs.exclude_topics.some((pattern) => matches(pattern, topic))) return undefined
  const index = config.logs.topics.findIndex((name) =>
    name.startsWith('^') ? matches(name, topic) : name === topic,
  )
  return index >= 0 ? index : undefined
}

function matches(pattern: string, topic: string): boolean {
  try {
    return new RegExp(pattern).test(topic)
  } catch {
    return false
  }
}
