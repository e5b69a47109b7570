/** How messages of one encoding are read for a capture: which keys their events carry, and what of them is kept. */
import { createRules, type Evidence, type Rules, type Triage } from '#/attribution/index.ts'
import { componentType } from '#/config/index.ts'
import type { Key } from '#/core/owners.ts'
import type { Format, OtlpSignal } from '#/core/view.ts'
import type { Encoding } from '#/core/words.ts'
import { createFormat } from '#/formats/index.ts'
import { signalOfMessage } from '#/formats/otlp_proto/signal.ts'
import { recordOptions } from '#/worker/pipeline/lanes.ts'
import type { AttributionConfig } from '#/worker/processors/attribution/config.ts'
import type { Route } from '../attribute/plan.ts'
import { filterJson, type Conceal } from './filter-json.ts'
import { filterOtlp } from './filter-otlp.ts'
import { personFields } from './person-fields.ts'
import { keptOf } from './kept.ts'
import { otlpAsJson } from './otlp-text.ts'
import { parseJson } from './raw-numbers.ts'

export interface Lane {
  /** The encoding that a capture has in place of the one that is read. */
  readonly captured: Exclude<Encoding, 'otlp_proto'>
  /** By event; `undefined` for what cannot be read. */
  read(value: Buffer): readonly EventKeys[] | undefined
  /** What is kept of a message that can be read. */
  redact(value: Buffer, conceal: Conceal): string
}

export interface EventKeys {
  /** All that the owners may be asked for, in an order that depends on the evidence only. */
  readonly keys: readonly Key[]
  /** Words that name persons, or on whose behalf a call was made. */
  readonly persons: readonly string[]
}

export function attributionOf(processors: Route['processors']): AttributionConfig {
  const found = Object.entries(processors).find(([id]) => componentType(id) === 'attribution')
  return found?.[1] as AttributionConfig
}

export function createLane(
  encoding: Encoding,
  { receiver, processors }: Pick<Route, 'receiver' | 'processors'>,
): Lane {
  const { minimum_confidence, detail, fingerprint_key } = attributionOf(processors)
  const record = recordOptions(encoding, receiver)
  const rules = createRules({
    ...record,
    minimum_confidence,
    detail,
    ...(fingerprint_key === undefined ? {} : { fingerprint_key: Buffer.from(fingerprint_key) }),
  })
  const wrappers = receiver.wrappers ?? rules.wrappers
  const { depth_max, message_bytes_max, events_max } = receiver.limits
  const format = createFormat(encoding, {
    ...(wrappers.length > 0 ? { wrappers } : {}),
    ...{ depth_max, message_bytes_max, events_max },
    signals: rules.signals,
    fields: rules.fields,
  })
  const kept = keptOf(
    rules.fields,
    encoding === 'json' ? wrappers : [],
    record.sources.flatMap(personFields),
  )
  return {
    captured: encoding === 'otlp_proto' ? 'otlp_json' : encoding,
    read: (value) => readKeys(value, format, rules),
    redact(value, conceal) {
      if (encoding === 'json')
        return JSON.stringify(filterJson(kept, parseJson(value.toString()), '', conceal) ?? {})
      const document =
        encoding === 'otlp_proto'
          ? otlpAsJson(value, signalOf(value, rules.signals, depth_max))
          : parseJson(value.toString())
      return JSON.stringify(filterOtlp(kept, document, conceal))
    },
  }
}

function signalOf(value: Buffer, signals: readonly OtlpSignal[], depth_max: number): OtlpSignal {
  const [first = 'logs', ...others] = signals
  return others.length === 0 ? first : (signalOfMessage(value, 0, value.length, depth_max) ?? first)
}

function readKeys(value: Buffer, format: Format, rules: Rules): readonly EventKeys[] | undefined {
  const view = format.scan({
    count: 1,
    bytes: value,
    value_starts: Int32Array.of(0),
    value_ends: Int32Array.of(value.length),
  })
  if (view.failure(0) !== undefined) return undefined
  return Array.from({ length: view.event_count }, (_, event) => {
    const values = view.values(event)
    const evidence = rules.evidence(values)
    return keysOf(evidence, rules.triage(values, evidence))
  })
}

function keysOf({ keys, hops, candidates }: Evidence, { hints }: Triage): EventKeys {
  const consumers = candidates
    .filter(({ slot }) => slot === 'consumer')
    .map(({ key }) => keys[key]!)
  const named = [...keys, ...hops, ...hints].filter(isPerson)
  const persons = [...named, ...consumers].flatMap(wordsOf)
  return { keys: [...keys, ...hops, ...hints], persons }
}

/** Also tags that say whose something is. */
function isPerson({ kind, value }: Key): boolean {
  return kind === 'user' || kind === 'mail' || (kind === 'tenant_tag' && /^owner=/.test(value))
}

/** The name without what it was put together with: `litellm|u-1`, `customer=acme`. */
function wordsOf({ kind, value }: Key): readonly string[] {
  if (kind === 'tenant_tag') return [value.slice(value.indexOf('=') + 1)]
  return [value.slice(value.lastIndexOf('|') + 1)]
}
