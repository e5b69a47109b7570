import { Type, type Static } from 'typebox'
import { WhosecallError } from '#/core/errors.ts'
import {
  TIME_UNITS,
  type Alias,
  type Hint,
  type Identity,
  type KeyRule,
  type Source,
  type TokenRules,
} from '#/core/source.ts'
import { TAGS } from '#/core/tags.ts'
import { CLASSES, ENCODINGS, KEY_KINDS } from '#/core/words.ts'

/**
 * A source that an operator describes in YAML: which field is which evidence, who writes it, and which values mean nobody
 * or everybody. It may name fields that no shipped source has, never kinds of keys that the directory would not know.
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

const CustomField = Type.Object(
  {
    field: Pointer('JSON Pointer of the field, such as `/auth/sub`.'),
    or: Pointers('Fields that are tried in this order when the first is absent.'),
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
    only_if_known: Type.Boolean({
      default: false,
      description: 'A value that the directory does not know names nobody.',
    }),
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
type CustomField = Static<typeof CustomField>

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
      Type.Object(
        {
          field: Pointer('Field that tells the class.'),
          matches: Type.Array(Type.String({ minLength: 1 }), {
            minItems: 1,
            maxItems: 64,
            description: 'Values of this class; `*` is any text.',
          }),
          class: Type.Enum(['call', ...CLASSES], { description: 'What such an event is.' }),
        },
        { additionalProperties: false },
      ),
      { default: [], maxItems: 64, description: 'The first that holds decides.' },
    ),
    otherwise: Type.Enum(['call', ...CLASSES], {
      default: 'call',
      description: 'What an event is when no class holds.',
    }),
    tokens: Type.Optional(
      Type.Object(
        {
          input: Pointers('Fields that add up to input tokens, cached ones included.'),
          output: Pointers('Fields that add up to output tokens.'),
        },
        { additionalProperties: false, description: 'Token counts.' },
      ),
    ),
  },
  { additionalProperties: false, description: 'A source described here.' },
)
export type CustomSourceConfig = Static<typeof CustomSourceConfig>

/** Makes a source of a config that passed the schema. Throws `config_invalid` for what the schema cannot say. */
export function sourceFromConfig(config: CustomSourceConfig): Source {
  const { name, fields, time, tokens } = config
  const evidence = fields.filter((field) => field.slot !== 'hint')
  return {
    name,
    system: config.system ?? name,
    encoding: config.encoding,
    wrappers: config.wrappers,
    detect: [],
    needs: config.needs.map((field) => [{ field, is: 'present' }]),
    classes: config.classes.map((rule) => ({
      when: [{ field: rule.field, matches: rule.matches }],
      class: rule.class,
    })),
    otherwise: config.otherwise,
    identities: identitiesOf(evidence, name),
    tag_maps: config.tags,
    shared: sharedOf(fields),
    account: config.account,
    net: config.net,
    secrets: config.secrets,
    hints: fields
      .filter((field) => field.slot === 'hint')
      .map((field): Hint => ({ first: rulesOf(field, name) })),
    time: time === undefined ? [] : [time],
    ...(tokens === undefined ? {} : { tokens: [tokensOf(tokens)] }),
  }
}

/** Fields of one identity must agree on slot and writer, because an identity stands on one rung. */
function identitiesOf(fields: readonly CustomField[], source: string): Identity[] {
  const groups = new Map<string, CustomField[]>()
  for (const [index, field] of fields.entries()) {
    const name = field.identity ?? `#${index}`
    groups.set(name, [...(groups.get(name) ?? []), field])
  }
  return [...groups].map(([name, members]) => {
    const { slot, by } = members[0] ?? { slot: 'claim', by: 'caller' }
    if (slot === 'hint' || members.some((field) => field.slot !== slot || field.by !== by)) {
      throw invalid(source, `the fields of identity ${name} differ in slot or by`)
    }
    return { slot, by, aliases: members.map((field) => aliasOf(field, source)) }
  })
}

function aliasOf(field: CustomField, source: string): Alias {
  const first = rulesOf(field, source)
  return field.only_if_known ? { first, only_if_known: true } : { first }
}

function rulesOf(field: CustomField, source: string): KeyRule[] {
  const { key, tag, scope_type, matches } = field
  if ((key === undefined) === (tag === undefined)) {
    throw invalid(source, `field ${field.field} needs either key or tag`)
  }
  if (key === 'scope' && scope_type === undefined) {
    throw invalid(source, `field ${field.field} builds a scope and needs scope_type`)
  }
  const { prefix, issuer, namespace, environment, cluster, workload } = field
  const nobody = key === 'service' ? [...field.nobody, 'unknown_service*'] : field.nobody
  return [field.field, ...field.or].map((path) => ({
    field: path,
    kind: key ?? 'tag',
    ...(tag === undefined ? {} : { tag }),
    ...(key === 'k8s_sa' ? { transform: 'service_account' as const } : {}),
    ...(matches.length === 0 ? {} : { matches }),
    ...(nobody.length === 0 ? {} : { nobody }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(scope_type === undefined ? {} : { type: scope_type }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(environment === undefined ? {} : { environment: [environment] }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(workload === undefined ? {} : { workload }),
  }))
}

function sharedOf(fields: readonly CustomField[]): Record<string, readonly string[]> {
  const shared: Record<string, readonly string[]> = {}
  for (const field of fields) {
    for (const path of [field.field, ...field.or]) {
      if (field.shared.length > 0) shared[path] = [...(shared[path] ?? []), ...field.shared]
    }
  }
  return shared
}

function tokensOf(tokens: NonNullable<CustomSourceConfig['tokens']>): TokenRules {
  return {
    input: tokens.input.map((field) => [field]),
    cached: 'inside',
    output: tokens.output.map((field) => [field]),
  }
}

function invalid(source: string, problem: string): WhosecallError {
  return new WhosecallError('config_invalid', `custom source ${source}: ${problem}`)
}
