/**
 * Explains messages one by one, with the rules, the formats and the owners that a receiver of the config has. The decision
 * shown is the one that the pipeline makes; a test holds both against each other over all samples.
 */
import { createExplainer, type Explainer, type Reading } from '#/attribution/explain.ts'
import { componentType } from '#/config/index.ts'
import type { Deadline } from '#/core/component.ts'
import type { Key } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import type { Format, View } from '#/core/view.ts'
import type { Class, DeadLetterReason, Encoding, Fate } from '#/core/words.ts'
import { createFormat } from '#/formats/index.ts'
import { createOwners, type OwnersConfig } from '#/owners/index.ts'
import type { WorkerConfig } from '../config.ts'
import { recordOptions } from '../pipeline/lanes.ts'
import type { AttributionConfig } from '../processors/attribution/config.ts'
import type { KafkaReceiverConfig } from '../receivers/kafka/config.ts'
import { encodingsOf } from '../receivers/kafka/receiver.ts'
import { createSniffer } from '../receivers/kafka/sniff.ts'
import { createConcealment, type Concealment } from './conceal.ts'
import { EXPLAIN_TYPE, EXPLAIN_VERSION, type ExplainDocument } from './document.ts'
import { explainEvent, timeText } from './event.ts'
import { whyUnreadable, whyUnrecognised } from './failure.ts'
import { createAsk, type Ask } from './lookups.ts'

export type { ExplainDocument } from './document.ts'

export interface ExplainOptions {
  readonly receiver_id: string
  readonly receiver: KafkaReceiverConfig
  readonly processors: WorkerConfig['processors']
  readonly owners: OwnersConfig
  readonly ports: Ports
}

export interface ExplainMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Epoch milliseconds. */
  readonly timestamp: number
  /** `null` is a tombstone. */
  readonly value: Buffer | null
  /** Why the batch that it came in could not be unpacked. */
  readonly unreadable?: DeadLetterReason | undefined
}

export interface MessageExplainer {
  /** One document an event; one for a message that has none. */
  explain(message: ExplainMessage): Promise<readonly ExplainDocument[]>
  stop(deadline: Deadline): Promise<void>
}

export async function startExplaining(options: ExplainOptions): Promise<MessageExplainer> {
  const ask = await createAsk(options.owners, options.ports, createOwners)
  const { receiver, processors } = options
  const encodings = encodingsOf(receiver)
  const sniff = createSniffer(encodings)
  const lanes = new Map<Encoding, Lane>()
  const drops_non_calls = Object.values(processors).some(
    (processor) => 'non_calls' in processor && processor.non_calls === 'drop',
  )
  return {
    async explain(message) {
      const { value } = message
      const encoding = encodings[value === null ? 0 : sniff(value, 0, value.length)] ?? 'json'
      const lane = lanes.get(encoding) ?? createLane(encoding, receiver, processors)
      lanes.set(encoding, lane)
      const { topic, partition, offset, timestamp } = message
      const head = {
        type: EXPLAIN_TYPE,
        version: EXPLAIN_VERSION,
        at: { topic, partition, offset, timestamp: timeText(timestamp) },
        receiver: options.receiver_id,
        encoding,
      } as const
      return explainMessage({ lane, message, head, receiver, ask, drops_non_calls })
    },
    stop: (deadline) => ask.stop(deadline),
  }
}

interface Lane {
  readonly format: Format
  readonly explainer: Explainer
  readonly concealment: Concealment
}

function createLane(
  encoding: Encoding,
  receiver: KafkaReceiverConfig,
  processors: WorkerConfig['processors'],
): Lane {
  const attribution = Object.entries(processors).find(
    ([id]) => componentType(id) === 'attribution',
  )?.[1] as AttributionConfig
  const record = recordOptions(encoding, receiver)
  const { minimum_confidence, detail, fingerprint_key } = attribution
  const concealment = createConcealment(processors, record.sources, fingerprint_key)
  const explainer = createExplainer(
    {
      ...record,
      minimum_confidence,
      detail,
      ...(fingerprint_key === undefined ? {} : { fingerprint_key: Buffer.from(fingerprint_key) }),
    },
    concealment.nameOf,
  )
  const { rules } = explainer
  const wrappers = receiver.wrappers ?? rules.wrappers
  const { depth_max, message_bytes_max, events_max } = receiver.limits
  const format = createFormat(encoding, {
    ...(wrappers.length > 0 ? { wrappers } : {}),
    ...{ depth_max, message_bytes_max, events_max },
    signals: rules.signals,
    fields: rules.fields,
  })
  return { format, explainer, concealment }
}

interface Job {
  readonly lane: Lane
  readonly message: ExplainMessage
  readonly head: Pick<ExplainDocument, 'type' | 'version' | 'at' | 'receiver' | 'encoding'>
  readonly receiver: KafkaReceiverConfig
  readonly ask: Ask
  readonly drops_non_calls: boolean
}

const NO_LINES = { evidence: [], lookups: [], rungs: [], rules: [], advice: [] } as const

async function explainMessage(job: Job): Promise<readonly ExplainDocument[]> {
  const { lane, message, head, receiver, drops_non_calls } = job
  const { value } = message
  const { unreadable } = message
  if (unreadable !== undefined) {
    const failure = { code: unreadable, why: 'its record batch cannot be unpacked' }
    return [{ ...head, fate: 'dead_lettered', code: unreadable, failure, ...NO_LINES }]
  }
  if (value === null) return [{ ...head, fate: 'filtered', code: 'tombstone', ...NO_LINES }]
  const view = lane.format.scan({
    count: 1,
    bytes: value,
    value_starts: Int32Array.of(0),
    value_ends: Int32Array.of(value.length),
  })
  const failure = view.failure(0)
  if (failure !== undefined) {
    const why = whyUnreadable(failure, value, head.encoding, receiver)
    const failed = {
      fate: 'dead_lettered',
      code: failure,
      failure: { code: failure, why },
    } as const
    return [{ ...head, ...failed, ...NO_LINES }]
  }
  const readings = readAll(view, lane.explainer)
  const fate = fateOf(view, readings, drops_non_calls)
  if (readings.length === 0) {
    const is_empty = view.isEmpty(0) ? { class: { class: 'empty' } } : {}
    return [{ ...head, ...fate, ...is_empty, ...NO_LINES }]
  }
  const answers = await job.ask.answersOf(readings.flatMap(keysOf))
  return readings.map((reading, index): ExplainDocument => {
    const of = { ...head, index, ...fate }
    const { failure: code } = reading.evidence
    if (code !== undefined) {
      const why = whyUnrecognised(code, recordOptions(head.encoding, receiver).sources)
      return { ...of, failure: { code, why }, ...NO_LINES }
    }
    const { explainer, concealment } = lane
    const { timestamp } = message
    return { ...of, ...explainEvent({ explainer, concealment, reading, answers, timestamp }) }
  })
}

/** Values are valid only until the next event is read, and never across an `await`. */
function readAll(view: View, explainer: Explainer): readonly Reading[] {
  return Array.from({ length: view.event_count }, (_, event) => explainer.read(view.values(event)))
}

function keysOf({ evidence, triage }: Reading): readonly Key[] {
  return [...evidence.keys, ...triage.hints]
}

/** As the pipeline has it: one event that cannot be read is enough for the whole message. */
function fateOf(
  view: View,
  readings: readonly Reading[],
  drops_non_calls: boolean,
): { readonly fate: Fate; readonly code?: DeadLetterReason | Class } {
  const failed = readings.find(({ evidence }) => evidence.failure !== undefined)
  if (failed?.evidence.failure !== undefined)
    return { fate: 'dead_lettered', code: failed.evidence.failure }
  if (!drops_non_calls) return { fate: 'published' }
  if (view.isEmpty(0)) return { fate: 'filtered', code: 'empty' }
  const classes = readings.map(({ evidence }) => evidence.class)
  const [first] = classes
  const is_call = classes.some((one) => one === undefined || one === 'usage_bucket')
  return is_call || first === undefined ? { fate: 'published' } : { fate: 'filtered', code: first }
}
