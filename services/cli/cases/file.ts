import { Type, type TSchema } from 'typebox'
import {
  CLASSES,
  CONFIDENCES,
  DEAD_LETTER_REASONS,
  FATES,
  INITIATORS,
  KEY_KINDS,
  LEVELS,
  METHODS,
  OUTCOMES,
  REASONS,
  TRAFFIC_CLASSES,
} from '#/core/words.ts'
import { SOURCES } from '#/sources/index.ts'
import { PROCESSORS } from '#/worker/processors/index.ts'
import { KafkaReceiverConfig } from '#/worker/receivers/kafka/config.ts'

/**
 * What stands in a file of tests: cases, each one message and what must become of it, and what they have in common. Only what
 * an expectation states is compared; `none` states that something is absent.
 */

const NONE = 'none'
const Text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))
const Word = (words: readonly string[], description: string) =>
  Type.Optional(Type.Enum([...words], { description }))
const Instant = (description: string) =>
  Type.Optional(
    Type.String({ description, expects: 'a date, or a time with its zone (2026-01-31T08:00:00Z)' }),
  )
const closed = { additionalProperties: false } as const

/** Of a receiver, what tells how its records are read. */
const { logs, ...RECEIVER } = KafkaReceiverConfig.properties
const ReceiverOptions = Type.Object(
  {
    encoding: logs.properties.encoding,
    custom: RECEIVER.custom,
    trust: RECEIVER.trust,
    issuer: RECEIVER.issuer,
    cluster: RECEIVER.cluster,
    tenant: RECEIVER.tenant,
    trusted_resource_attributes: RECEIVER.trusted_resource_attributes,
    trusted_brokers: RECEIVER.trusted_brokers,
    trusted_proxies: RECEIVER.trusted_proxies,
    forwarded_hops: RECEIVER.forwarded_hops,
    nobody_words: RECEIVER.nobody_words,
    shared_words: RECEIVER.shared_words,
    wrappers: RECEIVER.wrappers,
    limits: RECEIVER.limits,
  },
  { ...closed, description: 'Options of the receiver that reads the message.' },
)

const LOOKUPS = ['unavailable', 'stale'] as const
const Lookup = Type.Enum([...LOOKUPS])

const SETTINGS = {
  receiver: Text('Receiver of the config, by id; not needed where there is one.'),
  source: Word(
    [...SOURCES.map(({ name }) => name), 'custom', 'auto'],
    'Who wrote the message, in place of a receiver of a config.',
  ),
  options: Type.Optional(ReceiverOptions),
  attribution: Type.Optional(PROCESSORS.attribution.Config),
  redaction: Type.Optional(PROCESSORS.redaction.Config),
  directory: Type.Optional(
    Type.Array(Type.Unknown(), {
      maxItems: 10_000,
      description: 'Rows as in an owner file, in place of the owners of the config.',
    }),
  ),
  lookup: Type.Optional(
    Type.Union(
      [
        Lookup,
        Type.Object(
          Object.fromEntries(KEY_KINDS.map((kind) => [kind, Type.Optional(Lookup)])),
          closed,
        ),
      ],
      { description: 'How the owners answer: all keys, or by kind of key.' },
    ),
  ),
  now: Instant('What the clock says; without it the time of the run.'),
  timestamp: Instant('Kafka timestamp: the time of a call that says none. Default: `now`.'),
}

const Message = Type.Object(
  {
    json: Type.Optional(Type.Unknown({ description: 'The message as an object or a list.' })),
    text: Type.Optional(Type.String({ description: 'The message as it is.' })),
    base64: Type.Optional(Type.String({ description: 'The bytes of the message.' })),
    file: Text('File that holds the message, relative to this one.'),
    line: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Line of the file; without it the whole file.' }),
    ),
    tombstone: Type.Optional(Type.Boolean({ description: 'A message without a value.' })),
  },
  { ...closed, description: 'The message: one of json, text, base64, file, tombstone.' },
)

const orNone = (words: readonly string[]) => [...words, NONE]
const EVENT = {
  class: Word(orNone(CLASSES), 'What the event is when it is no call.'),
  outcome: Word(orNone(OUTCOMES), 'Outcome of the event.'),
  reason: Word(orNone(REASONS), 'Why it is not attributed.'),
  owner: Text('Id of the owner.'),
  team: Text('Of the owner.'),
  product: Text('Of the owner.'),
  application: Text('Of the owner.'),
  tenant: Text('Of the owner.'),
  cost_center: Text('Of the owner.'),
  business_unit: Text('Of the owner.'),
  method: Word(orNone(METHODS), 'The kind of evidence that won.'),
  level: Word(orNone(LEVELS), 'What the attribution is about.'),
  confidence: Word(orNone(CONFIDENCES), 'How sure it is.'),
  evidence: Text('The winning key, as kind=value.'),
  on_behalf_of: Text('The consumer, as kind=value.'),
  initiator: Word(orNone(INITIATORS), 'What started the call.'),
  environment: Text('Of the call.'),
  traffic_class: Word(orNone(TRAFFIC_CLASSES), 'For whom the call was made.'),
  suggested_owner: Text('Whom to ask.'),
  conflicts: Type.Optional(
    Type.Array(Type.String(), { description: 'Owners that contradict, in any order.' }),
  ),
  chain: Type.Optional(Type.Array(Type.String(), { description: 'Hops, in order.' })),
  ip_only: Type.Optional(Type.Boolean({ description: 'Known by an address only.' })),
}

const Event = Type.Object(EVENT, closed)

const Expect = Type.Object(
  {
    fate: Word(FATES, 'Fate of the message.'),
    code: Word(
      orNone([...DEAD_LETTER_REASONS, ...CLASSES]),
      'Dead-letter reason, or class of a filtered message.',
    ),
    ...EVENT,
    events: Type.Optional(
      Type.Array(Event, { description: 'All events of the message, in their order.' }),
    ),
    counters: Type.Optional(
      Type.Record(Type.String({ pattern: '^whosecall_' }), Type.Number(), {
        description:
          'What is counted, by metric: a name, or a name{label="value"}; series that fit are added up.',
      }),
    ),
  },
  {
    ...closed,
    minProperties: 1,
    description: 'What must become of it; only what is stated is compared.',
  },
)

const Case = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'What the case says, in a sentence.' }),
    ...SETTINGS,
    message: Message,
    expect: Expect,
  },
  closed,
)
export type Case = Type.Static<typeof Case>
export type EventExpectation = Type.Static<typeof Event>
export type Settings = Partial<Omit<Case, 'name' | 'message' | 'expect'>>

export const TestFile = Type.Object(
  {
    config: Text('Worker config that the cases run through, relative to this file.'),
    defaults: Type.Optional(
      Type.Object(SETTINGS, {
        ...closed,
        description: 'For each case that does not say it itself.',
      }),
    ),
    cases: Type.Array(Case, { minItems: 1, maxItems: 1_000, description: 'The tests.' }),
  },
  closed,
) satisfies TSchema
export type TestFile = Type.Static<typeof TestFile>
