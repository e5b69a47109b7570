import { Type, type Static } from 'typebox'
import { TIME_UNITS } from '#/core/source.ts'
import { TAGS } from '#/core/tags.ts'
import {
  CLASSES,
  COST_BASES,
  ENCODINGS,
  INITIATORS,
  KEY_KINDS,
  TRAFFIC_CLASSES,
} from '#/core/words.ts'

/**
 * How an operator describes a source in YAML: which field is which evidence, who writes it, and which values mean nobody or
 * everybody. It may name fields that no shipped source has, never kinds of keys that the directory would not know.
 */

const CUSTOM_SLOTS = [
  'workload',
  'principal',
  'credential',
  'scope',
  'consumer',
  'agent',
  'claim',
  'hint',
] as const

/** An event that is an address of the whole, and `ip`, build no key; a tag is named by `tag`. */
const CUSTOM_KEYS = [...KEY_KINDS.filter((kind) => kind !== 'ip'), 'user_or_mail'] as const

const Pointer = (description: string) => Type.String({ pattern: '^/', description })
const Pointers = (description: string) =>
  Type.Array(Type.String({ pattern: '^/' }), { default: [], maxItems: 64, description })
const Patterns = (description: string) =>
  Type.Array(Type.String({ minLength: 1 }), { default: [], maxItems: 256, description })
const By = Type.Enum(['system', 'caller'], {
  description: 'Who writes the field: the platform, after authenticating, or the caller.',
})

const flag = (description: string) => Type.Boolean({ default: false, description })
/** What the event is when a field holds one of these values. */
const ruleOf = <Properties extends Type.TProperties>(properties: Properties) =>
  Type.Object(
    {
      field: Pointer('Field that tells it.'),
      matches: Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        maxItems: 64,
        description: 'Values that mean it; `*` is any text.',
      }),
      ...properties,
    },
    { additionalProperties: false },
  )

const CustomField = Type.Object(
  {
    field: Pointer(
      'JSON Pointer of the field, such as `/auth/sub`; `[]` behind a list is each of its items, as in `/teams[]/id`.',
    ),
    or: Pointers('Fields that are tried in this order when the first is absent.'),
    then: Type.Optional(
      Type.Object(
        {
          by: Type.String({ minLength: 1, description: 'Text between the two.' }),
          field: Pointer('Field with the rest; without it there is no key.'),
        },
        { additionalProperties: false, description: 'The value goes on in another field.' },
      ),
    ),
    each: flag(
      'Each item of the list is somebody of its own. Without it the first item that builds a key counts.',
    ),
    slot: Type.Enum(CUSTOM_SLOTS, { description: 'What the field is evidence of.' }),
    key: Type.Optional(
      Type.Enum(CUSTOM_KEYS, {
        description: 'Kind of the key; `user_or_mail` builds a mail of a value like `x@y`.',
      }),
    ),
    tag: Type.Optional(
      Type.Enum(TAGS, { description: 'Owner tag that the value stands for, in place of `key`.' }),
    ),
    by: By,
    identity: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Fields with the same word here are names of one identity.',
      }),
    ),
    only_if_known: flag('A value that the directory does not know names nobody.'),
    matches: Patterns('Only such values count; `*` is any text.'),
    nobody: Patterns('Values that mean that the field is absent, in any letter case.'),
    shared: Patterns('Values that many callers share.'),
    prefix: Type.Optional(
      Type.String({ minLength: 1, description: 'Put before the id in the key.' }),
    ),
    issuer: Type.Optional(Pointer('Field with the issuer of a `user` or `oauth_client`.')),
    scope_type: Type.Optional(
      Type.String({ pattern: '^[^/\\s]+$', description: 'Type of a `scope`, such as `project`.' }),
    ),
    namespace: Type.Optional(Pointer('Field with the namespace of a `service` or `k8s_workload`.')),
    environment: Type.Optional(Pointer('Field with the environment of a `service`.')),
    cluster: Type.Optional(Pointer('Field with the cluster of a `k8s_workload`.')),
    workload: Type.Optional(
      Type.Enum(['deployment', 'statefulset', 'daemonset', 'cronjob', 'job'], {
        description: 'What the field of a `k8s_workload` names.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type CustomField = Static<typeof CustomField>
export type CustomTokenCounts = Static<typeof CustomTokens>['or'][number]

const tokenCounts = {
  input: Pointers('Fields that add up to input tokens.'),
  cache_read: Pointers('Fields that add up to input tokens read from a cache.'),
  cache_write: Pointers('Fields that add up to input tokens written to a cache.'),
  cached: Type.Enum(['inside', 'beside', 'either'], {
    default: 'inside',
    description:
      'Whether `input` holds the cached tokens or they stand beside it; `either`: beside it when they are more than it.',
  }),
  output: Pointers('Fields that add up to output tokens.'),
  reasoning: Pointers('Fields that add up to reasoning tokens.'),
  reasoned: Type.Enum(['inside', 'beside'], {
    default: 'inside',
    description: 'Whether `output` holds the reasoning tokens or they stand beside it.',
  }),
  may_be_estimated: flag('The source may have guessed the counts.'),
}

const CustomTokens = Type.Object(
  {
    ...tokenCounts,
    or: Type.Array(Type.Object(tokenCounts, { additionalProperties: false }), {
      default: [],
      maxItems: 8,
      description: 'Other ways to state them, tried in this order when neither count is there.',
    }),
  },
  { additionalProperties: false, description: 'Token counts.' },
)

const CustomCost = Type.Object(
  {
    field: Pointer('Field with what the call cost.'),
    or: Pointers('Fields that are tried in this order when the first holds no number.'),
    unit: Type.Enum(['whole', 'cents'], {
      default: 'whole',
      description: 'Whole units of the currency or hundredths.',
    }),
    currency: Type.String({
      default: 'USD',
      pattern: '^([A-Z]{3}|/.*)$',
      description: 'ISO 4217, or the field that holds it.',
    }),
    basis: Type.Enum([...COST_BASES], {
      default: 'list',
      description: 'What it rests on: a price list, prices that were configured, or a bill.',
    }),
    zero_is_unknown: flag('A cost of zero means that nobody knows it.'),
  },
  { additionalProperties: false, description: 'What the record says that the call cost.' },
)

const CustomCall = Type.Object(
  {
    operation: Pointers('What was asked for, such as `chat`.'),
    provider: Pointers('Whose model it was.'),
    requested_model: Pointers('Model that the caller asked for.'),
    model: Pointers('Model that answered.'),
    request_id: Pointers('Id of the request.'),
    session_id: Pointers('Id of the conversation or session.'),
    trace_id: Pointers('Id of the trace.'),
    span_id: Pointers('Id of the span.'),
    user_agent: Pointers('Client, as its header says.'),
    agent_id: Pointers('Id of the agent.'),
    agent_name: Pointers('Name of the agent.'),
    status: Type.Array(
      Type.Object(
        {
          field: Pointer('Field that tells how the call ended.'),
          success: Patterns('Values of a success; `*` is any text.'),
          failure: Patterns('Values of a failure.'),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: 64, description: 'How the call ended; the first that is present.' },
    ),
  },
  {
    additionalProperties: false,
    description:
      'What the record says of the call itself, for the shapes of SIEMs. Of each list the first field that is present counts.',
  },
)

export const CustomSourceConfig = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]*$',
      description: 'Name of the source, in lower case.',
    }),
    system: Type.Optional(
      Type.String({
        pattern: '^[^/|\\s]+$',
        description: 'What stands for the system in keys; without it the name.',
      }),
    ),
    encoding: Type.Enum(ENCODINGS, { default: 'json', description: 'Its usual encoding.' }),
    wrappers: Pointers('Members that hold the list of events.'),
    texts: Pointers(
      'Members that may be JSON texts of objects: what lies in them is read like any other field.',
    ),
    needs: Pointers('A record without any of these is not of this source.'),
    fields: Type.Array(CustomField, {
      default: [],
      maxItems: 256,
      description: 'Fields that are evidence, strongest first.',
    }),
    tags: Type.Array(
      Type.Object(
        {
          field: Type.String({
            pattern: '^(/.*)?$',
            description: 'Object, JSON text or list of `key:value`; empty is the event itself.',
          }),
          by: By,
          prefix: Type.Optional(
            Type.String({ minLength: 1, description: 'Only names that begin so count.' }),
          ),
          tags: Type.Enum(['all', 'owner'], {
            default: 'all',
            description: '`owner`: without users and agents.',
          }),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: 64, description: 'Maps of owner tags.' },
    ),
    account: Pointers('Fields that name the account in which the log lies.'),
    net: Pointers('Fields with an address or a forwarded list.'),
    secrets: Type.Array(
      Type.Object(
        {
          field: Pointer('Field in which raw keys or tokens can stand.'),
          holds: Type.Enum(['headers', 'credential', 'text'], {
            description:
              'Request headers by name, one credential, or a text (such as a URL) that is searched.',
          }),
        },
        { additionalProperties: false },
      ),
      {
        default: [],
        maxItems: 64,
        description: 'Where raw secrets can stand; they are counted, and redacted with the rest.',
      },
    ),
    time: Type.Optional(
      Type.Object(
        {
          field: Pointer('Field with the start of the call.'),
          unit: Type.Enum(TIME_UNITS, {
            default: 'iso',
            description:
              'Epoch seconds, milliseconds or nanoseconds, .NET ticks, ISO 8601, or a date as browsers write it.',
          }),
        },
        { additionalProperties: false, description: 'Start of the call.' },
      ),
    ),
    classes: Type.Array(
      ruleOf({
        class: Type.Enum(['call', ...CLASSES], { description: 'What such an event is.' }),
      }),
      { default: [], maxItems: 64, description: 'The first that holds decides.' },
    ),
    otherwise: Type.Enum(['call', ...CLASSES], {
      default: 'call',
      description: 'What an event is when no class holds.',
    }),
    tokens: Type.Optional(CustomTokens),
    cost: Type.Optional(CustomCost),
    call: Type.Optional(CustomCall),
    initiators: Type.Array(
      ruleOf({ initiator: Type.Enum([...INITIATORS], { description: 'What started the call.' }) }),
      {
        default: [],
        maxItems: 64,
        description:
          'What started a call, where the kind of its evidence does not say it. The first that holds decides.',
      },
    ),
    environment: Pointers('Fields that name the environment; the first that is present counts.'),
    traffic: Type.Array(
      ruleOf({
        traffic_class: Type.Enum([...TRAFFIC_CLASSES], {
          description: 'For whom the call was made.',
        }),
      }),
      { default: [], maxItems: 64, description: 'The first that holds decides.' },
    ),
  },
  { additionalProperties: false, description: 'A source described here.' },
)
export type CustomSourceConfig = Static<typeof CustomSourceConfig>
