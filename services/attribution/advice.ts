import { keyText } from '#/core/keys.ts'
import type { Binding, Key } from '#/core/owners.ts'
import type { Identity } from '#/core/source.ts'
import { ownedBindings } from './ladder.ts'
import type { Sighting } from './probe.ts'
import { STEPS, type Candidate } from './types.ts'
import type { Facts } from './why.ts'

/** What would attribute the event, or make its attribution surer: the smallest changes first. */

export const ADVICE_CODES = [
  'bind',
  'extend',
  'keep_one',
  'own',
  'restore_lookup',
  'lower_minimum',
  'trust_topic',
  'trust_resource',
  'fix_field',
  'own_key',
  'send_field',
] as const
export type AdviceCode = (typeof ADVICE_CODES)[number]

export interface Advice {
  readonly code: AdviceCode
  readonly text: string
  readonly key?: Key
  /** Row to add to the owner file, with a place for the owner where nobody can be suggested. */
  readonly row?: string
}

const BINDINGS_ADVISED_MAX = 3
const FIELDS_ADVISED_MAX = 4
const OWNER_PLACE = 'team:NAME'

export function adviceOf(facts: Facts): readonly Advice[] {
  const { rule } = facts.decided
  if (rule === 'not_a_call') return []
  if (rule === 'outage' || rule === 'outage_before_owner') return restore(facts)
  if (rule === 'two_owners') return keepOne(facts)
  if (rule === 'highest_owner') return lowTrust(facts)
  if (rule === 'below_minimum') {
    const text = `set minimum_confidence to low, or have a key above it bound`
    return [...lowTrust(facts), ...bind(facts), { code: 'lower_minimum', text }]
  }
  if (rule === 'unowned') return own(facts)
  return [...bind(facts), ...fixFields(facts), ...ownKeys(facts), ...sendField(facts)]
}

function restore({ evidence, ladder, nameOf }: Facts): readonly Advice[] {
  const keys = evidence.keys.filter(
    (_, number) => ladder.resolutions[number]?.state === 'unavailable',
  )
  const named = keys.map(nameOf).join(', ')
  return [{ code: 'restore_lookup', text: `the owner directory has to answer for ${named}` }]
}

function keepOne({ evidence, ladder, nameOf }: Facts): readonly Advice[] {
  const step = ladder.found?.step
  const numbers = new Set(evidence.candidates.filter((c) => c.step === step).map(({ key }) => key))
  const named = [...numbers].flatMap((number) => {
    const at = ladder.resolutions[number]
    const key = evidence.keys[number]
    const owners = ownedBindings(at).map((binding) => ownerText(binding))
    return key === undefined || owners.length === 0 ? [] : [`${nameOf(key)} (${owners.join(', ')})`]
  })
  return [
    { code: 'keep_one', text: `one of these must not hold at this time: ${named.join('; ')}` },
  ]
}

function ownerText({ owner, id }: Binding): string {
  return `${owner?.id ?? 'nobody'} by row ${id}`
}

function own({ evidence, ladder, decided, nameOf }: Facts): readonly Advice[] {
  return evidence.keys.flatMap((key, number): Advice[] => {
    const at = ladder.resolutions[number]
    if (at?.state !== 'unowned') return []
    const text = `give ${nameOf(key)} an owner in place of ownership: unowned`
    return [{ code: 'own', text, ...rowOf(key, nameOf, decided.decision.suggested_owner) }]
  })
}

/** Keys that the directory does not know, those of the highest rung first. */
function bind(facts: Facts): readonly Advice[] {
  const { evidence, ladder } = facts
  const seen = new Set<number>()
  const unknown = evidence.candidates.filter(({ key }) => {
    const is_new = !seen.has(key) && ladder.resolutions[key]?.state === 'unknown'
    seen.add(key)
    return is_new
  })
  return unknown.slice(0, BINDINGS_ADVISED_MAX).flatMap((one) => bindOne(one, facts))
}

function bindOne(
  { key: number, step }: Candidate,
  { evidence, ladder, decided, nameOf }: Facts,
): readonly Advice[] {
  const key = evidence.keys[number]
  if (key === undefined) return []
  const expired = ladder.answers[number]?.bindings.find((binding) => binding.owner !== undefined)
  if (expired !== undefined) {
    const text = `the row of ${nameOf(key)} (${ownerText(expired)}) does not hold at the time of the call`
    return [{ code: 'extend', text, ...rowOf(key, nameOf, expired.owner?.id) }]
  }
  const text = `bind ${nameOf(key)} to an owner (rung ${STEPS[step] ?? '7c'})`
  return [{ code: 'bind', text, ...rowOf(key, nameOf, decided.decision.suggested_owner) }]
}

/** A line of an owner file in YAML; none for a key that is concealed. */
function rowOf(
  key: Key,
  nameOf: Facts['nameOf'],
  owner_id = OWNER_PLACE,
): { readonly key: Key; readonly row?: string } {
  return nameOf(key) === keyText(key) ? { key, row: rowText(key, owner_id) } : { key }
}

function rowText({ kind, value }: Key, owner_id: string): string {
  const [key, id] = [value, owner_id].map((text) => JSON.stringify(text))
  return `- { kind: ${kind}, key: ${key}, owner: { id: ${id} } }`
}

/** Evidence that counts less than it could. */
function lowTrust({ seen, evidence }: Facts): readonly Advice[] {
  const first = evidence.candidates.find(({ step }) => step <= STEPS.indexOf('4'))
  if (first !== undefined) return []
  const claimed = seen.sightings.filter(({ kind }) => kind === 'key')
  const by_topic = claimed.find(({ trust }) => trust === 'topic_claimed')
  const in_resource = claimed.find(
    ({ trust, field }) => trust === 'caller' && field.startsWith('/resource/'),
  )
  return [
    ...(by_topic === undefined
      ? []
      : [
          {
            code: 'trust_topic' as const,
            text: `configure trust: trusted in the receiver, if the write ACL of the topic names its producers: ${by_topic.field} then counts in full`,
          },
        ]),
    ...(in_resource === undefined
      ? []
      : [
          {
            code: 'trust_resource' as const,
            text: `list ${in_resource.field.slice('/resource/'.length)} in trusted_resource_attributes, if your Collector stamps it`,
          },
        ]),
  ]
}

function fixFields({ seen }: Facts): readonly Advice[] {
  const unkeyed = seen.sightings.filter(({ kind }) => kind === 'unkeyed')
  return unkeyed.slice(0, FIELDS_ADVISED_MAX).map((sighting) => ({
    code: 'fix_field' as const,
    text: fixText(sighting),
  }))
}

function fixText({ field, slot }: Sighting): string {
  if (slot !== 'credential') return `${field} holds something of which no key can be made`
  return `${field} holds no id of a key; if it is the raw key, set fingerprint_key in the attribution processor`
}

/** What many share cannot be given to one of them. */
function ownKeys({ evidence, ladder, nameOf }: Facts): readonly Advice[] {
  return evidence.keys.flatMap((key, number): Advice[] => {
    if (ladder.resolutions[number]?.state !== 'shared') return []
    const text = `give each caller of ${nameOf(key)} one of its own: the directory says that it is shared`
    return [{ code: 'own_key', text, key }]
  })
}

/** Fields that would name somebody, those that the system writes first. */
function sendField({ evidence: { source, candidates } }: Facts): readonly Advice[] {
  if (source === undefined || candidates.length > 0) return []
  const { identities } = source
  const sorted = [...identities.filter(isSystem), ...identities.filter((one) => !isSystem(one))]
  const fields = sorted.flatMap(({ slot, aliases }) => {
    const field = aliases[0]?.first[0]?.field
    return field === undefined ? [] : [`${field} (${slot})`]
  })
  const some = [...new Set(fields)].slice(0, FIELDS_ADVISED_MAX)
  if (some.length === 0)
    return [{ code: 'send_field', text: `records of ${source.name} name nobody` }]
  return [{ code: 'send_field', text: `have ${source.name} write one of ${some.join(', ')}` }]
}

function isSystem({ by }: Identity): boolean {
  return by === 'system'
}
