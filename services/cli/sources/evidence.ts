import { stepOf } from '#/attribution/collector.ts'
import { STEPS } from '#/attribution/index.ts'
import type { By, Identity, Source, TagMap } from '#/core/source.ts'
import { TAG_SLOTS, TAGS } from '#/core/tags.ts'
import { SLOTS, type Slot } from '#/core/words.ts'
import { whenText } from '#/attribution/index.ts'
import { keyText, ruleRemarks } from './words.ts'

/** The fields of a source that may name somebody, each with the slot, the key and the rung that it stands on. */

export interface EvidenceField {
  readonly field: string
  readonly slots: readonly Slot[]
  readonly key: string
  readonly by: By
  /** Of a trusted receiver. */
  readonly rung: (typeof STEPS)[number]
  /** Where it stands when the receiver says that the platform stamps this resource attribute. */
  readonly stamped_rung?: (typeof STEPS)[number]
  readonly remarks: readonly string[]
}

export function evidenceFields(source: Source): readonly EvidenceField[] {
  const fields = [
    ...source.identities.flatMap((identity) => identityFields(identity, source)),
    ...source.tag_maps.flatMap((map) => tagFields(map, source)),
  ]
  const step = ({ rung }: EvidenceField) => STEPS.indexOf(rung)
  return fields.toSorted((a, b) => step(a) - step(b))
}

/** Slots in the order of the ladder. */
export function slotsOf(fields: readonly EvidenceField[]): readonly Slot[] {
  const found = new Set(fields.flatMap(({ slots }) => slots))
  return SLOTS.filter((slot) => found.has(slot))
}

function identityFields(identity: Identity, source: Source): readonly EvidenceField[] {
  const { slot, by, aliases, when, each, broker } = identity
  const is_stampable =
    source.encoding !== 'json' &&
    by === 'caller' &&
    aliases.some(({ first }) => first.some(({ field }) => field.startsWith('/resource/')))
  const shared_remarks = [
    ...(when === undefined ? [] : [`when ${whenText(when)}`]),
    ...(each === true ? ['each item'] : []),
    ...(broker === 'session' ? ['principal behind a trusted broker'] : []),
  ]
  return aliases.flatMap(({ first, only_if_known, shared }) =>
    first.map((rule, index) => ({
      field: rule.field,
      slots: [slot],
      key: keyText(rule),
      by,
      ...rungsOf(slot, by, is_stampable),
      remarks: [
        ...(index === 0 ? [] : ['else']),
        ...(only_if_known === true ? ['only if known'] : []),
        ...ruleRemarks(rule),
        ...shared_remarks,
        ...(shared === undefined ? [] : [`shared when ${shared.map(whenText).join(' or ')}`]),
      ],
    })),
  )
}

/** One map holds tags of several slots, and these stand on rungs of their own. */
function tagFields(map: TagMap, source: Source): readonly EvidenceField[] {
  const { field, by, prefix, tags } = map
  const slots = new Set(
    TAGS.filter((tag) => tags === 'all' || !(tag === 'user' || tag === 'agent')).map(
      (tag) => TAG_SLOTS[tag],
    ),
  )
  const is_stampable = source.encoding !== 'json' && by === 'caller' && field === '/resource'
  const remarks = [
    ...(prefix === undefined ? [] : [`names that begin with ${prefix}`]),
    ...(tags === 'owner' ? ['without users and agents'] : []),
  ]
  const bodies = [
    { slots: (['claim'] as const).filter((slot) => slots.has(slot)) },
    { slots: (['consumer', 'agent'] as const).filter((slot) => slots.has(slot)) },
  ]
  return bodies
    .filter((body) => body.slots.length > 0)
    .map((body) => ({
      field: field === '' ? 'other members of the event' : field,
      slots: body.slots,
      key: 'tags',
      by,
      ...rungsOf(body.slots[0] ?? 'claim', by, is_stampable),
      remarks,
    }))
}

function rungsOf(
  slot: Slot,
  by: By,
  is_stampable: boolean,
): Pick<EvidenceField, 'rung' | 'stamped_rung'> {
  const rung = rungOf(slot, by === 'system')
  const stamped_rung = rungOf(slot, true)
  return is_stampable && stamped_rung !== rung ? { rung, stamped_rung } : { rung }
}

function rungOf(slot: Slot, is_trusted: boolean): (typeof STEPS)[number] {
  return STEPS[stepOf(slot, is_trusted)] ?? '7c'
}
