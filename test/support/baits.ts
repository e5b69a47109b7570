/** Prompts that look like whole records of somebody else, and where each source would hold them. */
import type { Source } from '#/core/source.ts'
import { SOURCES } from '#/sources/index.ts'
import {
  copyOf,
  Digits,
  isObject,
  parseTree,
  writeTree,
  type Json,
  type JsonObject,
} from './json-tree.ts'
import { plainVerdicts } from './plain-verdicts.ts'
import { eventsIn, type SampleEvent } from './sample-events.ts'
import { sampleLines } from './sample-pipeline.ts'

const PROMPT_BYTES = 1_000_000

/** Lines of a source that have an owner. */
export function ownedLines(source: Source): readonly Json[] {
  const plain = plainVerdicts([source])
  const owned = sampleLines(source.name).filter((line) => {
    const verdicts = plain(line)
    return typeof verdicts === 'object' && verdicts.some(({ owner }) => owner !== undefined)
  })
  return owned.map(parseTree)
}

/** An owned message of every source: what a prompt may hold to look like one. */
export const BAITS: readonly Json[] = SOURCES.flatMap((source) => ownedLines(source).slice(0, 1))
export const BAIT_TEXT = writeTree([...BAITS])
/** Without the words by which the encoding of a message is told. */
export const JSON_BAITS = BAITS.filter(
  (bait) => isObject(bait) && !('resourceLogs' in bait) && !('resourceSpans' in bait),
)

/** The message with each of its events changed. */
export function changed(
  source: Source,
  line: string,
  change: (event: SampleEvent) => void,
): string {
  const message = copyOf(parseTree(line))
  for (const event of eventsIn(message, source)) change(event)
  return writeTree(message)
}

/** Puts a prompt before everything else in an event; what source reads a member `messages`? None. */
function withPrompt(source: Source, line: string, content: Json, wrapped: Json): string {
  return changed(source, line, ({ object }) => {
    if (source.encoding === 'json') {
      const members = Object.entries(object).filter(([name]) => name !== 'messages')
      for (const [name] of members) delete object[name]
      Object.assign(object, {
        messages: [{ role: 'user', content }],
        ...Object.fromEntries(members),
      })
      return
    }
    const list = Array.isArray(object['attributes']) ? object['attributes'] : []
    object['attributes'] = [{ key: 'gen_ai.input.messages', value: wrapped }, ...list]
    if (object['body'] === undefined && source.signal !== 'traces') object['body'] = wrapped
  })
}

export function textPrompt(source: Source, line: string, text: string): string {
  return withPrompt(source, line, text, { stringValue: text })
}

export function objectPrompt(source: Source, line: string, baits = BAITS): string {
  return withPrompt(source, line, [...baits], anyValueOf([...baits]))
}

/** As an OTLP attribute holds it. */
export function anyValueOf(value: Json): JsonObject {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (value instanceof Digits) return { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValueOf) } }
  if (!isObject(value)) return {}
  const values = Object.entries(value).map(([key, member]) => ({ key, value: anyValueOf(member) }))
  return { kvlistValue: { values } }
}

export function longPrompts(): readonly string[] {
  const prose = 'He said "no\\yes", then\n\tleft {"user_id": "root"} — ünïcödé. '
  const nested = JSON.stringify(BAIT_TEXT)
  return [prose, nested, '\\'.repeat(64), '"'].map((text) =>
    text.repeat(Math.ceil(PROMPT_BYTES / text.length)),
  )
}
