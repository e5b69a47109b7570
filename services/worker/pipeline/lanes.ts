/**
 * Puts a receiver's lanes together: for each of its encodings a format whose scan plan is the union of what the
 * processors read, and the processors bound to it.
 */
import { createCallReader } from '#/attribution/index.ts'
import { componentType } from '#/config/index.ts'
import { canonicalNetwork } from '#/core/address.ts'
import type { AttributionRecord } from '#/core/decision.ts'
import type { Owners } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import type { Source } from '#/core/source.ts'
import type { FieldRead } from '#/core/view.ts'
import type { Encoding } from '#/core/words.ts'
import { createFormat } from '#/formats/index.ts'
import { CONTENT_TYPES, type FindShape, type ShapeKind } from '#/formats/shapes/index.ts'
import { sourcesOf } from '#/sources/index.ts'
import type { WorkerConfig } from '../config.ts'
import { concealerOfAddresses } from '../findings/addresses.ts'
import { createMarker } from '../findings/marks.ts'
import type { AttributionConfig } from '../processors/attribution/config.ts'
import { PROCESSORS } from '../processors/index.ts'
import type { ProcessorPlan } from '../processors/processor.ts'
import type { RedactionConfig } from '../processors/redaction/config.ts'
import { droppedPrefixes, maskKeys } from '../processors/redaction/dropped-keys.ts'
import {
  concealPersons,
  createPseudonyms,
  PERSON_PREFIXES,
} from '../processors/redaction/redaction.ts'
import {
  concealSecrets,
  createConceal,
  type SecretOptions,
} from '../processors/redaction/secrets.ts'
import type { KafkaReceiverConfig } from '../receivers/kafka/config.ts'
import { candidatesOf } from '../receivers/kafka/receiver.ts'
import { withSharedWords } from '../receivers/kafka/shared-words.ts'
import type { IntakeLane } from './judge.ts'
import { createLabels, createRetype } from './labels.ts'
import type { Tally } from './tally.ts'

export interface LanePorts extends Ports {
  readonly owners: Owners
  readonly tally: Tally
}

export function createIntakeLane(
  encoding: Encoding,
  receiver: KafkaReceiverConfig,
  processors: WorkerConfig['processors'],
  ids: readonly string[],
  ports: LanePorts,
  /** One for each exporter of the pipeline. */
  shapes: readonly FindShape[] = [() => undefined],
  /** Stands first in the ids of events, when findings about them are wanted. */
  findings_origin?: string,
): IntakeLane {
  const kinds = shapes.map((findShape) => findShape(encoding))
  const content_types = kinds.map((kind) => kind?.content_type ?? CONTENT_TYPES[encoding])
  const [content_type] = content_types
  const labels = createLabels(content_type!)
  const redaction = ids
    .filter((id) => componentType(id) === 'redaction')
    .map((id) => processors[id] as RedactionConfig)
  const attribution_id = ids.find((id) => componentType(id) === 'attribution')!
  const record_options = recordOptions(encoding, receiver)
  const { fingerprint_key } = processors[attribution_id] as AttributionConfig
  const secret_options = { sources: record_options.sources, fingerprint_key }
  const conceal = concealerOf(redaction, secret_options)
  const marker =
    findings_origin === undefined
      ? undefined
      : createMarker({
          origin: findings_origin,
          conceal: conceal ?? ((record) => record),
          concealAddress: concealerOfAddresses(redaction, record_options.sources),
        })
  const attribution = PROCESSORS.attribution.create(
    processors[attribution_id] as AttributionConfig,
    { ...ports, labels, keeps_records: kinds.some((kind) => kind !== undefined), conceal, marker },
    record_options,
  )
  // Attribution comes first in the plan, so that its rules number their fields from 0; it sees the values as they came.
  const plans: readonly ProcessorPlan[] = [
    attribution,
    ...redaction.map((config) =>
      alsoInTexts(PROCESSORS.redaction.create(config, ports), attribution.texts),
    ),
    ...redaction.map((config) =>
      alsoInTexts(
        PROCESSORS.redaction.createForSecrets(config, ports, secret_options),
        attribution.texts,
      ),
    ),
  ]
  const wrappers = receiver.wrappers ?? attribution.wrappers
  const format_options = {
    ...(wrappers.length > 0 ? { wrappers } : {}),
    signals: attribution.signals,
    depth_max: receiver.limits.depth_max,
    message_bytes_max: receiver.limits.message_bytes_max,
    events_max: receiver.limits.events_max,
  }
  const fields = plans.flatMap((plan) => plan.fields)
  const format = createFormat(encoding, { ...format_options, fields })
  let first_field = 0
  const bound = plans.map((plan) => {
    const processor = plan.bind({ first_field, format })
    first_field += plan.fields.length
    return processor
  })
  const createShape = (kind: ShapeKind) =>
    kind.create({
      encoding,
      calls: createCallReader(attribution.rules_options),
      // Pseudonyms may be longer than what they stand for.
      createFormat: (own) =>
        createFormat(encoding, { ...format_options, fields: own, message_bytes_max: Infinity }),
    })
  const outlets = kinds.map((kind, index) => ({
    shape: kind && createShape(kind),
    retype: content_types[index] === content_type ? undefined : createRetype(content_types[index]!),
  }))
  return { format, processors: bound, labels, outlets }
}

/** What is redacted is looked for in JSON texts as well, where the sources have such. */
function alsoInTexts(plan: ProcessorPlan, texts: readonly string[]): ProcessorPlan {
  const fields = plan.fields.map((field): FieldRead => {
    const text = texts.find((above) => field.path.startsWith(`${above}/`))
    return text === undefined ? field : { ...field, text }
  })
  return { ...plan, fields }
}

/** What the rules need to know of a receiver. */
export /** What a receiver's config says to the rules. */
function recordOptions(encoding: Encoding, receiver: KafkaReceiverConfig) {
  const { sources, auto } = candidatesOf(receiver)
  const { issuer, cluster, tenant, shared_words, trusted_proxies, forwarded_hops } = receiver
  return {
    sources: sourcesOf(encoding, sources).map((source) => withSharedWords(source, shared_words)),
    auto,
    trust: receiver.trust ?? ('trusted' as const),
    ...(issuer === undefined ? {} : { issuer }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(forwarded_hops === undefined ? {} : { forwarded_hops }),
    trusted_proxies: trusted_proxies.map((text) => canonicalNetwork(text) ?? text),
    trusted_resource_attributes: receiver.trusted_resource_attributes,
    trusted_brokers: receiver.trusted_brokers,
    nobody_words: receiver.nobody_words,
    // Also what a key is built of, where that is only a part of the field.
    shared_words,
  }
}

/** What redaction does to the decision itself. */
export function concealerOf(redactions: readonly RedactionConfig[], options: SecretOptions) {
  const concealNamed = namedConcealerOf(redactions, options.sources)
  const mode = redactions.find(({ secrets }) => secrets !== 'keep')?.secrets
  if (mode === undefined) return concealNamed
  const conceal = createConceal(mode, options.fingerprint_key)
  return (record: AttributionRecord) => {
    const clean = concealSecrets(record, conceal)
    return concealNamed === undefined ? clean : concealNamed(clean)
  }
}

/** Pseudonyms for persons, and a mask for what was dropped. */
function namedConcealerOf(redactions: readonly RedactionConfig[], sources: readonly Source[]) {
  const pseudonymize = redactions.find((config) => config.pseudonymize)?.pseudonymize
  const drop = redactions.flatMap((config) => config.drop)
  const dropped = droppedPrefixes(drop, sources)
  if (pseudonymize === undefined && dropped.length === 0) return undefined
  if (pseudonymize === undefined) return (record: AttributionRecord) => maskKeys(record, dropped)
  const pseudonym = createPseudonyms(pseudonymize)
  // A pseudonym shows nothing, so persons stay in the decision even where their field is dropped.
  const others = dropped.filter((prefix) => !PERSON_PREFIXES.includes(prefix))
  return (record: AttributionRecord) => concealPersons(maskKeys(record, others), pseudonym)
}
