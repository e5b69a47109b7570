import { ENCODINGS, type Encoding } from '#/core/words.ts'
import type { ScanInput } from '#/core/view.ts'
import { createFormat } from '#/formats/index.ts'
import { SOURCES, sourcesOf } from '#/sources/index.ts'
import { createSniffer } from '#/worker/receivers/kafka/sniff.ts'
import { createRecogniser, type Nearest, type Recognised } from './recognise.ts'

/** Messages one by one: what each is, event by event; events that come to the same are told once. */

export interface Detected extends Omit<Recognised, 'failure'> {
  readonly encoding: Encoding
  /** Of the first of these events in its message. */
  readonly index: number
  readonly events: number
  /** The message cannot be read, or the event is of no source: the code of its dead letter. */
  readonly failure?: string
}

export type Detect = (value: Buffer) => readonly Detected[]

/** As a receiver has them when its config says nothing. */
const LIMITS = { depth_max: 128, message_bytes_max: 268_435_456, events_max: 100_000 }

/** Without an encoding, each message is recognised by its first bytes. */
export function createDetect(encoding: Encoding | undefined): Detect {
  const encodings = encoding === undefined ? ENCODINGS : [encoding]
  const sniff = createSniffer(encodings)
  const lanes = new Map<Encoding, ReturnType<typeof createLane>>()
  return (value) => {
    const own = encodings[sniff(value, 0, value.length)] ?? 'json'
    let lane = lanes.get(own)
    if (lane === undefined) lanes.set(own, (lane = createLane(own)))
    return lane(value)
  }
}

function createLane(encoding: Encoding): Detect {
  const sources = sourcesOf(encoding, SOURCES)
  const { fields, clue_fields, wrappers, recognise } = createRecogniser(sources)
  const signals = [...new Set(sources.map((source) => source.signal ?? 'logs'))]
  const options = { ...LIMITS, signals, ...(wrappers.length > 0 ? { wrappers } : {}) }
  const format = createFormat(encoding, { ...options, fields })
  const clue_format = createFormat(encoding, { ...options, fields: clue_fields })
  return (value) => {
    const view = format.scan(inputOf(value))
    const clue_view = clue_format.scan(inputOf(value))
    const failure = view.failure(0)
    const nothing = { encoding, index: 0, has: [] }
    if (failure !== undefined) return [{ ...nothing, events: 0, failure }]
    if (view.event_count === 0) return [{ ...nothing, events: 0, class: 'empty' }]
    const found = new Map<string, Detected>()
    for (let index = 0; index < view.event_count; index += 1) {
      const recognised = recognise(view.values(index), clue_view.values(index))
      const text = JSON.stringify(recognised)
      const same = found.get(text)
      found.set(
        text,
        same === undefined
          ? { encoding, index, events: 1, ...recognised }
          : { ...same, events: same.events + 1 },
      )
    }
    return [...found.values()]
  }
}

function inputOf(bytes: Buffer): ScanInput {
  return {
    count: 1,
    bytes,
    value_starts: Int32Array.of(0),
    value_ends: Int32Array.of(bytes.length),
  }
}

/** `litellm (call): has /call_type; next is bifrost, which lacks /kind`. */
export function detectedText(one: Detected): string {
  const { source, class: event_class, failure, has, lacks = [], next, events } = one
  const name = source ?? (event_class === undefined ? (failure ?? '') : `no events`)
  const what = source === undefined ? '' : ` (${failure ?? event_class})`
  const count = events > 1 ? `${events} events` : ''
  const parts = [
    count,
    has.length > 0 ? `has ${has.join(', ')}` : leftover(one),
    lacks.length > 0 ? `lacks ${lacks.join(', ')}` : '',
    next === undefined ? '' : nextText(next, source === undefined ? 'nearest' : 'next'),
  ].filter((part) => part !== '')
  return parts.length === 0 ? `${name}${what}` : `${name}${what}: ${parts.join('; ')}`
}

function leftover({ source, has }: Detected): string {
  return source !== undefined && has.length === 0 ? 'takes what no other source is found in' : ''
}

function nextText({ source, fits, known_fields, lacks }: Nearest, word: string): string {
  const fields = `${known_fields} ${known_fields === 1 ? 'field' : 'fields'} in common`
  if (fits) return `${word} is ${source}, which is tried later (${fields})`
  const need = lacks.length === 0 ? 'which takes what is left' : `which lacks ${lacks.join(', ')}`
  return `${word} is ${source}, ${need} (${fields})`
}
