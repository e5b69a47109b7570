/** Why a message cannot be read, without a word of what stands in it. */
import { whenText } from '#/attribution/index.ts'
import type { Source } from '#/core/source.ts'
import type { DeadLetterReason, Encoding } from '#/core/words.ts'
import type { KafkaReceiverConfig } from '../receivers/kafka/config.ts'

const NEEDS_SHOWN_MAX = 6

export function whyUnreadable(
  code: DeadLetterReason,
  value: Buffer,
  encoding: Encoding,
  { limits }: KafkaReceiverConfig,
): string {
  const { message_bytes_max, depth_max, events_max } = limits
  if (code === 'limit_exceeded')
    return value.length > message_bytes_max
      ? `it has ${value.length} bytes; limits.message_bytes_max is ${message_bytes_max}`
      : `it is nested deeper than limits.depth_max (${depth_max}), or holds more events than limits.events_max (${events_max})`
  if (code === 'wrong_shape') return `it is no message of the encoding ${encoding}`
  if (code !== 'malformed') return `it is ${code}`
  return encoding === 'otlp_proto'
    ? 'it is no OTLP in protobuf'
    : `it is no valid JSON${placeOf(value)}`
}

/** Where the parser stopped; it quotes the text round it, so only the number is taken. */
function placeOf(value: Buffer): string {
  try {
    JSON.parse(value.toString('utf8'))
    return ', or no UTF-8'
  } catch (error) {
    const text = error instanceof Error ? error.message : ''
    const position = /at position (\d+)/.exec(text)?.[1]
    if (position !== undefined) return `: it breaks at character ${position}`
    return text.includes('end of JSON input') ? ': it ends too early' : ''
  }
}

export function whyUnrecognised(
  code: 'wrong_shape' | 'unknown_source',
  sources: readonly Source[],
): string {
  const [source] = sources
  if (code === 'unknown_source' || source === undefined)
    return 'no source recognises it; `whosecall sources detect` shows which is nearest and what it lacks'
  const needs = source.needs.slice(0, NEEDS_SHOWN_MAX).map(whenText)
  return `a record of ${source.name} has one of: ${needs.join('; ')}`
}
