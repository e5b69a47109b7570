import { createRules } from '#/attribution/index.ts'
import type { Source } from '#/core/source.ts'
import { ENCODINGS, type Encoding } from '#/core/words.ts'
import { createFormat } from '#/formats/index.ts'
import { SOURCES, sourcesOf } from '#/sources/index.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import { candidatesOf, encodingsOf } from '#/worker/receivers/kafka/receiver.ts'
import { createSniffer } from '#/worker/receivers/kafka/sniff.ts'

/**
 * Which receiver of a config a message is for, when all that is known of it is its bytes: the first one with the source
 * that `auto` finds among the sources of the receivers.
 */

type Receiver = WorkerConfig['receivers'][string]

/** The index of the receiver; `undefined` when the message is of none of their sources. */
export type Recognise = (value: Buffer) => number | undefined

/** Nothing of these changes which source an event is of. */
const OPTIONS = {
  auto: true,
  trust: 'trusted',
  minimum_confidence: 'low',
  detail: 'minimal',
} as const
/** As a receiver has them when its config says nothing. What is beyond is a dead letter for any of them. */
const LIMITS = { depth_max: 128, message_bytes_max: 268_435_456, events_max: 100_000 }

export function createRecognise(
  receivers: readonly Receiver[],
  encodings: readonly Encoding[] = ENCODINGS,
): Recognise {
  const named = receivers.map((receiver) => receiver.source !== 'auto')
  const is_alone = receivers.length === 1
  const sniff = createSniffer(encodings)
  const lanes = encodings.map((encoding) => {
    const owners = new Map<Source, number>()
    for (const [index, receiver] of receivers.entries()) {
      if (!named[index] || !encodingsOf(receiver).includes(encoding)) continue
      for (const source of sourcesOf(encoding, candidatesOf(receiver).sources))
        if (!owners.has(source)) owners.set(source, index)
    }
    const wrappers = receivers.flatMap((receiver) => receiver.wrappers ?? [])
    const own = createFinder(encoding, inTableOrder([...owners.keys()]), wrappers)
    const others = is_alone && named[0] ? createFinder(encoding, SOURCES, wrappers) : undefined
    return (value: Buffer): number | undefined => {
      const source = own(value)
      if (source !== undefined) return owners.get(source)
      // What nobody recognises may still be what a lone receiver is told that it is.
      return others !== undefined && others(value) === undefined ? 0 : undefined
    }
  })
  return (value) => lanes[sniff(value, 0, value.length)]?.(value)
}

/** Custom sources first, then as `auto` tries them. */
function inTableOrder(sources: readonly Source[]): readonly Source[] {
  return sources.toSorted((a, b) => SOURCES.indexOf(a) - SOURCES.indexOf(b))
}

/** The source of the first event that has one. */
function createFinder(
  encoding: Encoding,
  among: readonly Source[],
  more_wrappers: readonly string[],
): (value: Buffer) => Source | undefined {
  const sources = sourcesOf(encoding, among)
  if (sources.length === 0) return () => undefined
  const rules = createRules({ ...OPTIONS, sources })
  const wrappers = [...new Set([...rules.wrappers, ...more_wrappers])]
  const format = createFormat(encoding, {
    ...LIMITS,
    fields: rules.fields,
    signals: rules.signals,
    ...(wrappers.length > 0 ? { wrappers } : {}),
  })
  return (value) => {
    const view = format.scan({
      count: 1,
      bytes: value,
      value_starts: Int32Array.of(0),
      value_ends: Int32Array.of(value.length),
    })
    if (view.failure(0) !== undefined) return undefined
    for (let event = 0; event < view.event_count; event += 1) {
      const { source } = rules.evidence(view.values(event))
      if (source !== undefined) return source
    }
    return undefined
  }
}
