import type { Key } from '#/core/owners.ts'
import type { Alias, Identity, KeyRule, Path, Source, Taken } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import type { Class } from '#/core/words.ts'
import { compileBrokers } from './brokers.ts'
import { compileCircumstances } from './circumstances.ts'
import { add, createCollector, evidenceOf, type Collector, type Place } from './collector.ts'
import { compileAny, compileWhen } from './conditions.ts'
import type { Fields } from './fields.ts'
import {
  buildKey,
  compileAgentNamespace,
  compileAll,
  compileFirst,
  keysOfTag,
  type KeyRead,
} from './key-rules.ts'
import { compileKeyIdSecrets, compileSentKeys } from './secrets.ts'
import { compileTagMap, slotOfTag } from './tag-maps.ts'
import type { Evidence } from './types.ts'

/**
 * From the deciding fields of an event to its evidence: which keys stand at which place of the ladder, and what else the
 * record holds that is no key.
 */

export type EvidenceReader = (values: EventValues) => Evidence

export function compileEvidence(fields: Fields): EvidenceReader {
  const { source } = fields
  const classOf = compileClass(fields)
  const isShared = compileAny(source.shared_when ?? [], fields)
  const readers = [
    ...source.identities.map((identity) => compileIdentity(identity, fields)),
    ...source.tag_maps.map((_, index) => compileTagIdentities(index, fields)),
    ...(source.hops ?? []).map((rule) => compileHop(rule, fields)),
    ...textsOf(source).map((path) => compileText(path, fields)),
    ...sentKeyReaders(fields),
  ]
  const secretsIn = compileKeyIdSecrets(fields)
  const circumstancesOf = compileCircumstances(fields)
  const accounts = source.account === 'always' ? [] : source.account
  const account_fields = accounts.map((from) => fields.taken(from, 'decides'))
  return (values) => {
    const event_class = classOf(values)
    const secrets = secretsIn(values)
    if (event_class !== undefined && event_class !== 'usage_bucket') {
      return { ...NOTHING, source, class: event_class, secrets }
    }
    const found = createCollector()
    for (const read of readers) read(values, found)
    fields.probe?.leave()
    if (isShared(values)) found.shared = true
    const account_at =
      source.account === 'always'
        ? -1
        : account_fields.findIndex((read) => read(values) !== undefined)
    const account = source.account === 'always' || account_at >= 0
    if (account)
      fields.probe?.see({ field: fieldOf(accounts[account_at]), kind: 'account', ...NO_SLOT })
    const evidence = evidenceOf(found, { source, account, secrets })
    return event_class === undefined
      ? { ...evidence, circumstances: circumstancesOf(values, found) }
      : { ...evidence, class: event_class }
  }
}

const NO_SLOT = { slot: undefined, by: undefined } as const

function fieldOf(taken: Taken | undefined): Path {
  return typeof taken === 'object' ? taken.field : (taken ?? '')
}

export const NOTHING: Evidence = {
  candidates: [],
  keys: [],
  unkeyed: [],
  shared: false,
  account: false,
  hops: [],
  hints: [],
  lost: 0,
  secrets: [],
}

type Reader = (values: EventValues, found: Collector) => void

function compileClass(fields: Fields): (values: EventValues) => Class | undefined {
  const { classes, otherwise } = fields.source
  const rules = classes.map((rule) => ({
    test: compileWhen(rule.when, fields),
    class: rule.class,
  }))
  return (values) => {
    const at = rules.findIndex(({ test }) => test.holds(values))
    const word = rules[at]?.class ?? otherwise
    fields.probe?.classed(classes[at] ?? { class: otherwise })
    return word === 'call' ? undefined : word
  }
}

/**
 * Keys that the caller sent. Nobody checked them here, so they stand with what callers say, and count only if the directory
 * knows their fingerprint.
 */
function sentKeyReaders(fields: Fields): readonly Reader[] {
  const readKeys = compileSentKeys(fields)
  if (readKeys === undefined) return []
  const [first] = fields.source.secrets ?? []
  return [
    (values, found) => {
      fields.probe?.enter('credential', 'caller')
      for (const print of readKeys(values)) {
        const key: Key = { kind: 'api_key', value: `${fields.source.system}/${print}` }
        fields.probe?.see({ field: first?.field ?? '', kind: 'key', trust: 'caller', keys: [key] })
        const place = { slot: 'credential' as const, identity: found.identities++ }
        add(found, [key], { ...place, is_trusted: false, only_if_known: true })
      }
    },
  ]
}

/** A tag map counts its own loss. */
function textsOf(source: Source): readonly Path[] {
  const maps = source.tag_maps.map((map) => map.field)
  return (source.texts ?? []).filter((text) => !maps.includes(text))
}

/** A text that holds no object is still a text; one that does counts as the object. */
function compileText(path: Path, fields: Fields): Reader {
  const { number } = fields.text(path, 'presence')
  return (values, found) => {
    if (values.type(number) === 'string') found.lost += 1
  }
}

function compileHop(rule: KeyRule, fields: Fields): Reader {
  const readAll = compileAll(rule, fields, 'decides')
  return (values, found) => {
    fields.probe?.enter(undefined, 'system')
    for (const read of readAll(values, 'system')) {
      if (read.type !== 'keys') continue
      found.hops.push(...read.keys)
      fields.probe?.see({ field: rule.field, kind: 'hop', keys: read.keys })
    }
  }
}

/** Of a list, each item is somebody of its own. */
function compileEach(identity: Identity, fields: Fields): Reader {
  const when = compileWhen(identity.when ?? [], fields)
  const readers = identity.aliases.flatMap(({ first, only_if_known }) =>
    first.map((rule) => ({ readAll: compileAll(rule, fields, 'decides'), only_if_known })),
  )
  return (values, found) => {
    fields.probe?.leave()
    if (!when.holds(values)) return
    fields.probe?.enter(identity.slot, identity.by)
    const is_trusted = when.isTrusted(values, identity.by)
    for (const { readAll, only_if_known = false } of readers) {
      for (const read of readAll(values, identity.by)) {
        const place = { slot: identity.slot, identity: found.identities++, is_trusted }
        const keys = take(read, found, place, only_if_known)
        if (keys !== undefined) add(found, keys.keys, { ...place, ...keys })
      }
    }
  }
}

function compileIdentity(identity: Identity, fields: Fields): Reader {
  if (identity.each === true) return compileEach(identity, fields)
  const when = compileWhen(identity.when ?? [], fields)
  const aliases = identity.aliases.map((alias) => compileAlias(alias, identity, fields))
  const isBroker = compileBrokers(fields.options)
  return (values, found) => {
    fields.probe?.leave()
    if (!when.holds(values)) return
    const is_session = identity.broker === 'session' && found.brokered
    const slot = is_session ? 'principal' : identity.slot
    fields.probe?.enter(slot, identity.by)
    const place = {
      slot,
      identity: found.identities++,
      is_trusted: when.isTrusted(values, identity.by),
    }
    let is_broker = false
    for (const readAlias of aliases) {
      const read = readAlias(values, found, place)
      const key = read?.keys[0]
      if (read === undefined || key === undefined) continue
      // The other names of a broker are the broker, too.
      if (identity.broker === 'role' && isBroker(key)) is_broker = true
      if (is_broker) {
        found.hops.push(...read.keys)
        fields.probe?.see({ field: fieldOfAlias(identity), kind: 'hop', keys: read.keys })
      } else add(found, read.keys, { ...place, ...read })
    }
    if (is_broker) found.brokered = true
  }
}

/** Of a broker, whichever of its names was read. */
function fieldOfAlias({ aliases }: Identity): Path {
  return aliases[0]?.first[0]?.field ?? ''
}

interface AliasRead {
  readonly keys: readonly Key[]
  readonly is_trusted: boolean
  readonly only_if_known: boolean
}

function compileAlias(
  alias: Alias,
  identity: Identity,
  fields: Fields,
): (values: EventValues, found: Collector, place: Place) => AliasRead | undefined {
  const isShared = compileAny(alias.shared ?? [], fields)
  const readFirst = compileFirst(alias.first, fields, 'decides')
  const only_if_known = alias.only_if_known === true
  return (values, found, place) => {
    if (isShared(values)) {
      found.shared = true
      fields.probe?.see({ field: alias.first[0]?.field ?? '', kind: 'shared' })
      return undefined
    }
    const read = readFirst(values, identity.by)
    return read === undefined ? undefined : take(read, found, place, only_if_known)
  }
}

/** The keys of what was read; what builds none is noted. */
function take(
  read: KeyRead,
  found: Collector,
  place: Place,
  only_if_known: boolean,
): AliasRead | undefined {
  if (read.type === 'keys') {
    return { keys: read.keys, is_trusted: place.is_trusted && read.is_trusted, only_if_known }
  }
  if (read.type === 'shared') found.shared = true
  else if (read.type === 'hint') found.hints.push(read.key)
  else if (!only_if_known) found.unkeyed.push(place.identity)
  return undefined
}

function compileTagIdentities(index: number, fields: Fields): Reader {
  const map = fields.source.tag_maps[index]
  if (map === undefined) return () => {}
  const reader = compileTagMap(map, fields)
  const agentNamespace = compileAgentNamespace(fields, 'decides')
  return (values, found) => {
    fields.probe?.enter(undefined, map.by)
    const { tags, circumstances, is_lost } = reader.read(values)
    if (is_lost) found.lost += 1
    found.stated.push(...circumstances)
    for (const { tag, name, value, is_trusted } of tags) {
      const keys = keysOfTag(tag, value, fields, agentNamespace(values))
      if (keys.length === 0 && tag === 'user') {
        const built = buildKey('user', value, {}, fields)
        if (built !== undefined && 'hint' in built) found.hints.push(built.hint)
      }
      const place = { slot: slotOfTag(tag), identity: found.identities++, is_trusted }
      const trust = is_trusted ? 'system' : map.by === 'caller' ? 'caller' : 'topic_claimed'
      const field = `${map.field}/${name}`
      fields.probe?.see({ field, kind: 'key', slot: place.slot, trust, keys })
      add(found, keys, { ...place, only_if_known: false })
    }
  }
}
