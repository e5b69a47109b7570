import { looksLikeMail, looksLikeSecret, normaliseKey } from '#/core/keys.ts'
import type { Key } from '#/core/owners.ts'
import type { By, KeyRule, Path } from '#/core/source.ts'
import { LISTED_TAGS, type Tag } from '#/core/tags.ts'
import type { EventValues, FieldRead } from '#/core/view.ts'
import type { KeyKind } from '#/core/words.ts'
import type { Field, Fields, TextField } from './fields.ts'
import { deviceOf } from './handles.ts'
import { matcherOf } from './patterns.ts'
import { isTrust } from './probe.ts'
import { bareSecret, fingerprint } from './secrets.ts'
import { TRANSFORM_FUNCTIONS } from './transforms.ts'

/** Compiles the key rules of a source file: from the values of an event to a key in normal form. */

export type KeyRead =
  | { readonly type: 'keys'; readonly keys: readonly Key[]; readonly is_trusted: boolean }
  /** A shared value: it builds no key. */
  | { readonly type: 'shared' }
  /** Something that is no nobody word, but fits no key. */
  | { readonly type: 'unkeyed' }
  /** The handle of a device, where a user should stand. */
  | { readonly type: 'hint'; readonly key: Key }

/** `undefined`: the field is absent, or holds nothing of that sort. */
export type KeyReader = (values: EventValues, by: By) => KeyRead | undefined

/** What a value is worth on its own: a key, a hint, or nothing usable. */
export type Built = Key | { readonly hint: Key } | undefined

/** The first rule whose field is present builds the key. */
export function compileFirst(
  rules: readonly KeyRule[],
  fields: Fields,
  use: FieldRead['use'],
): KeyReader {
  const readers = rules.map((rule) => compileKeyRule(rule, fields, use))
  return (values, by) => {
    for (const read of readers) {
      const result = read(values, by)
      if (result !== undefined) return result
    }
    return undefined
  }
}

/** Everything that a rule's field builds: of a list, what each item does. */
export function compileAll(
  rule: KeyRule,
  fields: Fields,
  use: FieldRead['use'],
): (values: EventValues, by: By) => readonly KeyRead[] {
  if (!rule.field.includes('[]')) {
    const readOne = compileKeyRule(rule, fields, use)
    return (values, by) => {
      const read = readOne(values, by)
      return read === undefined ? [] : [read]
    }
  }
  const list = fields.items(rule.field, use)
  const readText = compileText(rule, list, fields, use)
  return (values, by) => list.read(values).flatMap((item) => readText(values, by, item) ?? [])
}

function compileKeyRule(rule: KeyRule, fields: Fields, use: FieldRead['use']): KeyReader {
  if (rule.field.includes('[]')) {
    const readAll = compileAll(rule, fields, use)
    return (values, by) => readAll(values, by)[0]
  }
  const field = fields.text(rule.field, use)
  const readText = compileText(rule, field, fields, use)
  const { then } = rule
  const more = then === undefined ? undefined : fields.text(then.field, use)
  return (values, by) => {
    const text = field.read(values)
    if (text === undefined) return undefined
    if (then === undefined || more === undefined) return readText(values, by, text)
    const rest = more.read(values)
    if (rest === undefined) return undefined
    const read = readText(values, by, `${text}${then.by}${rest}`)
    if (read?.type !== 'keys') return read
    return { ...read, is_trusted: read.is_trusted && more.isTrusted(values, by) }
  }
}

/** What one text of a field builds; told to the probe, if there is one. */
function compileText(
  rule: KeyRule,
  field: Field,
  fields: Fields,
  use: FieldRead['use'],
): (values: EventValues, by: By, text: string) => KeyRead | undefined {
  const readText = compilePlainText(rule, field, fields, use)
  const { probe } = fields
  if (probe === undefined) return readText
  return (values, by, text) => {
    const read = readText(values, by, text)
    const trust = field.trustOf(values, by)
    const seen = { field: rule.field, trust, keys: keysOfRead(read) }
    if (read?.type === 'keys')
      probe.see({ ...seen, kind: 'key', ...(isTrust(trust) && !read.is_trusted ? PART : {}) })
    else if (read?.type === 'shared') probe.see({ ...seen, kind: 'shared', word: text })
    else probe.see({ ...seen, kind: read?.type ?? 'passed' })
    return read
  }
}
const PART = { trust: 'part_claimed' } as const

function keysOfRead(read: KeyRead | undefined): readonly Key[] {
  if (read?.type === 'keys') return read.keys
  return read?.type === 'hint' ? [read.key] : []
}

function compilePlainText(
  rule: KeyRule,
  field: Field,
  fields: Fields,
  use: FieldRead['use'],
): (values: EventValues, by: By, text: string) => KeyRead | undefined {
  const transform = rule.transform === undefined ? undefined : TRANSFORM_FUNCTIONS[rule.transform]
  const matches =
    rule.matches === undefined ? undefined : matcherOf(rule.matches, { ignore_case: false })
  const nobody = matcherOf(rule.nobody ?? [], { ignore_case: true })
  const build = compileBuild(rule, fields, use)
  return (values, by, text) => {
    if (field.isShared(text)) return { type: 'shared' }
    if (matches?.(text) === false) return undefined
    const id = transform === undefined ? text : transform(text)
    if (id === undefined || fields.isNobody(id) || nobody(id)) return undefined
    if (field.isShared(id)) return { type: 'shared' }
    return build(values, id, by, field.isTrusted(values, by))
  }
}

type Build = (values: EventValues, id: string, by: By, is_trusted: boolean) => KeyRead | undefined

function compileBuild(rule: KeyRule, fields: Fields, use: FieldRead['use']): Build {
  if (rule.kind === 'service') return compileService(rule, fields, use)
  if (rule.kind === 'k8s_workload' && rule.namespace !== undefined)
    return compileWorkload(rule, fields, use)
  const { kind, type, prefix, tag = 'team' } = rule
  const issuer = optionalField(rule.issuer, fields, use)
  const agentNamespace = compileAgentNamespace(fields, use)
  if (kind === 'tag') {
    return (values, id, _by, is_trusted) => {
      const keys = keysOfTag(tag, id, fields, agentNamespace(values))
      return keys.length === 0 ? { type: 'unkeyed' } : { type: 'keys', keys, is_trusted }
    }
  }
  return (values, id, by, is_trusted) => {
    const record_issuer = issuer?.read(values)
    const issuer_trusted = record_issuer === undefined || issuer?.isTrusted(values, by) === true
    const namespace = kind === 'agent' ? agentNamespace(values) : undefined
    const built = buildKey(kind, id, { issuer: record_issuer, type, prefix, namespace }, fields)
    return readOf(built, is_trusted && issuer_trusted)
  }
}

export interface KeyParts {
  readonly issuer?: string | undefined
  readonly type?: string | undefined
  readonly prefix?: string | undefined
  readonly namespace?: string | undefined
}

/** Kinds whose normal form has more parts than the value. */
const COMPOSED: Readonly<
  Partial<Record<KeyKind, (id: string, parts: KeyParts, fields: Fields) => string>>
> = {
  user: (id, parts, fields) => `${issuerOf(parts, fields)}|${id}`,
  oauth_client: (id, parts, fields) => `${issuerOf(parts, fields)}|${id}`,
  scope: (id, parts, { source }) => `${source.system}/${parts.type ?? 'scope'}/${id}`,
  agent: (id, parts, { source }) => `${parts.namespace ?? source.system}/${id}`,
  k8s_sa: (id, _, { options, source }) => `${options.cluster ?? source.system}/${id}`,
  k8s_workload: (id, _, { options, source }) => `${options.cluster ?? source.system}/${id}`,
  azure_sp: (id, _, { options, source }) => `${options.tenant ?? source.system}/${id}`,
}

function issuerOf(parts: KeyParts, { options, source }: Fields): string {
  return parts.issuer ?? options.issuer ?? source.system
}

/** One value and the parts around it, put into the normal form of a kind. */
export function buildKey(
  kind: KeyKind | 'user_or_mail',
  id: string,
  parts: KeyParts,
  fields: Fields,
): Built {
  if (kind === 'user_or_mail') {
    return buildKey(looksLikeMail(id) ? 'mail' : 'user', id, parts, fields)
  }
  if (kind === 'api_key') return apiKey(id, parts.prefix ?? '', fields)
  const device = kind === 'user' ? deviceOf(id) : undefined
  const compose = COMPOSED[kind]
  const key = normalised(kind, compose === undefined ? id : compose(device ?? id, parts, fields))
  return device === undefined || key === undefined ? key : { hint: key }
}

/**
 * The keys that a tag builds: the tag itself and, where the directory may list such a thing, the thing. None for a device
 * handle in place of a user.
 */
export function keysOfTag(
  tag: Tag,
  value: string,
  fields: Fields,
  namespace: string | undefined,
): Key[] {
  if (tag === 'user' || tag === 'agent') {
    const built = buildKey(tag === 'user' ? 'user_or_mail' : 'agent', value, { namespace }, fields)
    return built === undefined || 'hint' in built ? [] : [built]
  }
  const kinds: readonly KeyKind[] = isListed(tag) ? ['tenant_tag', tag] : ['tenant_tag']
  const keys: Key[] = []
  for (const kind of kinds) {
    const key = normalised(kind, kind === 'tenant_tag' ? `${tag}=${value}` : value)
    if (key !== undefined) keys.push(key)
  }
  return keys
}

/** Reads the namespace of agents; `undefined` when the source has none or the record does not say. */
export function compileAgentNamespace(
  fields: Fields,
  use: FieldRead['use'],
): (values: EventValues) => string | undefined {
  const field = optionalField(fields.source.agent_namespace, fields, use)
  return (values) => field?.read(values)
}

function compileService(rule: KeyRule, fields: Fields, use: FieldRead['use']): Build {
  const namespace = optionalField(rule.namespace, fields, use)
  const environments = (rule.environment ?? []).map((path) => fields.text(path, use))
  return (values, id, by, is_trusted) => {
    const namespace_text = namespace?.read(values)
    const environment = environments.find((field) => field.read(values) !== undefined)
    const parts_trusted =
      (namespace_text === undefined || namespace?.isTrusted(values, by) === true) &&
      environment?.isTrusted(values, by) !== false
    const value = `${namespace_text ?? ''}/${id}/${environment?.read(values) ?? ''}`
    return readOf(normalised('service', value), is_trusted && parts_trusted)
  }
}

function compileWorkload(rule: KeyRule, fields: Fields, use: FieldRead['use']): Build {
  const { workload = 'deployment' } = rule
  const namespace = optionalField(rule.namespace, fields, use)
  const cluster = optionalField(rule.cluster, fields, use)
  const fallback = fields.options.cluster ?? fields.source.system
  return (values, id, by, is_trusted) => {
    const namespace_text = namespace?.read(values)
    if (namespace_text === undefined) return undefined
    const cluster_text = cluster?.read(values)
    const parts_trusted =
      namespace?.isTrusted(values, by) === true &&
      (cluster_text === undefined || cluster?.isTrusted(values, by) === true)
    const value = `${cluster_text ?? fallback}/${namespace_text}/${workload}/${id}`
    return readOf(normalised('k8s_workload', value), is_trusted && parts_trusted)
  }
}

function apiKey(id: string, prefix: string, fields: Fields): Key | undefined {
  const { system } = fields.source
  if (!looksLikeSecret(id)) return normalised('api_key', `${system}/${prefix}${id}`)
  const { fingerprint_key } = fields.options
  const secret = bareSecret(id)
  if (fingerprint_key === undefined || secret === undefined) return undefined
  return normalised('api_key', `${system}/${fingerprint(secret, fingerprint_key)}`)
}

function readOf(built: Built, is_trusted: boolean): KeyRead {
  if (built === undefined) return { type: 'unkeyed' }
  return 'hint' in built
    ? { type: 'hint', key: built.hint }
    : { type: 'keys', keys: [built], is_trusted }
}

function normalised(kind: KeyKind, value: string): Key | undefined {
  const normal = normaliseKey(kind, value)
  return normal.ok ? { kind, value: normal.value } : undefined
}

function isListed(tag: Tag): tag is (typeof LISTED_TAGS)[number] {
  return (LISTED_TAGS as readonly Tag[]).includes(tag)
}

function optionalField(
  path: Path | undefined,
  fields: Fields,
  use: FieldRead['use'],
): TextField | undefined {
  return path === undefined ? undefined : fields.text(path, use)
}
