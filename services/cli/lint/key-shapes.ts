/**
 * Which keys the events of the configured receivers can build: their kinds and how they begin, read off the data files of
 * the sources and the options of the receivers. What a record itself may supply (an issuer, a cluster) is left open.
 */
import { componentType } from '#/config/index.ts'
import type { Key } from '#/core/owners.ts'
import type { Hint, KeyRule, Path, Source } from '#/core/source.ts'
import { LISTED_TAGS, lowerAscii, TAG_SLOTS, TAGS, type Tag } from '#/core/tags.ts'
import type { KeyKind } from '#/core/words.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import type { KafkaReceiverConfig } from '#/worker/receivers/kafka/config.ts'
import { candidatesOf } from '#/worker/receivers/kafka/receiver.ts'

export interface KeyShape {
  /** Id of the receiver. */
  readonly receiver: string
  readonly kind: KeyKind
  /** How the normal form begins; open without it. */
  readonly starts?: string
  /** The field that the rest of it comes from, or the map whose member does. */
  readonly field: Path
}

export function keyShapes({ receivers, processors }: WorkerConfig): readonly KeyShape[] {
  const has_fingerprints = Object.entries(processors).some(
    ([id, processor]) =>
      componentType(id) === 'attribution' &&
      'fingerprint_key' in processor &&
      processor.fingerprint_key !== undefined,
  )
  return Object.entries(receivers).flatMap(([receiver, options]) =>
    candidatesOf(options).sources.flatMap((source) =>
      shapesOf(source, options, has_fingerprints).map((shape) => ({ receiver, ...shape })),
    ),
  )
}

/** Whether some event could ask for the key. */
export function canAsk(shapes: readonly KeyShape[], { kind, value }: Key): boolean {
  return shapes.some(
    (shape) =>
      shape.kind === kind && (shape.starts === undefined || value.startsWith(shape.starts)),
  )
}

/** The part of a key that came from the field of its shape. */
export function idOf({ kind, starts }: KeyShape, value: string): string {
  if (starts !== undefined) return value.slice(starts.length)
  if (kind === 'user' || kind === 'oauth_client') return value.slice(value.indexOf('|') + 1)
  if (kind === 'agent') return value.slice(value.indexOf('/') + 1)
  if (kind === 'service') return value.slice(value.indexOf('/') + 1, value.lastIndexOf('/'))
  if (kind === 'k8s_workload') return value.slice(value.lastIndexOf('/') + 1)
  return value
}

type Shape = Omit<KeyShape, 'receiver'>
type Options = Pick<KafkaReceiverConfig, 'issuer' | 'cluster' | 'tenant'>

function shapesOf(source: Source, options: Options, has_fingerprints: boolean): readonly Shape[] {
  const rules = source.identities.flatMap(({ aliases }) => aliases.flatMap(({ first }) => first))
  const { system, secrets = [] } = source
  const sent = secrets.filter(({ holds }) => holds !== 'text')
  const prints = has_fingerprints
    ? sent.map(({ field }): Shape => ({ kind: 'api_key', starts: `${system}/fp:`, field }))
    : []
  const addresses = [
    ...source.net.map((taken) => (typeof taken === 'string' ? taken : taken.field)),
    ...source.tag_maps.map(({ field }) => field),
  ]
  return [
    ...rules.flatMap((rule) => ruleShapes(rule, source, options)),
    ...source.tag_maps.flatMap(({ field, tags }) =>
      TAGS.filter((tag) => tags === 'all' || !(tag === 'user' || tag === 'agent')).flatMap((tag) =>
        tagShapes(tag, field, source, options),
      ),
    ),
    ...source.hints.flatMap((hint) => hintShapes(hint, source, options)),
    ...addresses.map((field): Shape => ({ kind: 'ip', field })),
    ...prints,
  ]
}

function hintShapes(hint: Hint, source: Source, options: Options): readonly Shape[] {
  if ('first' in hint) return hint.first.flatMap((rule) => ruleShapes(rule, source, options))
  return TAGS.filter((tag) => tag !== 'user' && tag !== 'agent').flatMap((tag) =>
    tagShapes(tag, hint.tag_map, source, options),
  )
}

function tagShapes(tag: Tag, field: Path, source: Source, options: Options): readonly Shape[] {
  if (tag === 'user') return ruleShapes({ field, kind: 'user_or_mail' }, source, options)
  if (tag === 'agent') return ruleShapes({ field, kind: 'agent' }, source, options)
  if (TAG_SLOTS[tag] === 'net') return []
  const listed = LISTED_TAGS.filter((kind) => kind === tag)
  return [
    { kind: 'tenant_tag', starts: `${tag}=`, field },
    ...listed.map((kind): Shape => ({ kind, field })),
  ]
}

function ruleShapes(rule: KeyRule, source: Source, options: Options): readonly Shape[] {
  const { kind, field, tag = 'team' } = rule
  if (kind === 'tag') return tagShapes(tag, field, source, options)
  if (kind === 'user_or_mail')
    return [{ kind: 'mail', field }, ...ruleShapes({ ...rule, kind: 'user' }, source, options)]
  const starts = startOf({ ...rule, kind }, source, options)
  return [starts === undefined ? { kind, field } : { kind, starts, field }]
}

/** What stands before the id in the normal form; `undefined` when the record may say. */
function startOf(
  rule: KeyRule & { readonly kind: KeyKind },
  { system, agent_namespace }: Source,
  { issuer = system, cluster = system, tenant = system }: Options,
): string | undefined {
  const issued = rule.issuer === undefined ? `${issuer}|` : undefined
  const starts: Partial<Record<KeyKind, string | undefined>> = {
    api_key: `${system}/`,
    scope: `${system}/${rule.type ?? 'scope'}/`,
    user: issued,
    oauth_client: issued,
    agent: agent_namespace === undefined ? `${system}/` : undefined,
    k8s_sa: `${cluster}/`,
    k8s_workload: rule.cluster === undefined ? `${cluster}/` : undefined,
    azure_sp: lowerAscii(`${tenant}/`),
  }
  return starts[rule.kind]
}
