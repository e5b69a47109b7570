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
    return new RegExp(pattern, 'u').test(topic)
  } catch {
    return false
  }
}
