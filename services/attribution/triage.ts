import { networkContains, readAddress } from '#/core/address.ts'
import { keyText } from '#/core/keys.ts'
import type { Key } from '#/core/owners.ts'
import type { EventValues } from '#/core/view.ts'
import { createFields, type Fields } from './fields.ts'
import { compileFirst, keysOfTag } from './key-rules.ts'
import { notingPlan, type Plan } from './plan.ts'
import { compileAddressTags, compileHintTags } from './tag-maps.ts'
import type { Evidence, RulesOptions, Triage } from './types.ts'

/**
 * What is read only of events that are not attributed: the network address, whose presence makes a call `ip_only`, and the
 * keys that suggest an owner to the person who triages. None of it ever identifies anybody.
 */

export interface TriageReader {
  read(values: EventValues, evidence: Evidence): Triage
  /** Of two events of one identity with equal texts, `read` makes the same. */
  text(values: EventValues): string
}

/** Most entries of a forwarded list that are looked at, from the right: a client can write any number to the left. */
const FORWARDED_ENTRIES_MAX = 64

export function compileTriage(all: Fields): TriageReader {
  const { source, options } = all
  const plan = notingPlan(all.plan)
  const fields = createFields(source, options, plan, all.probe)
  const net = source.net.map((from) => fields.taken(from, 'reads'))
  const address_tags = source.tag_maps.map((map) => compileAddressTags(map, fields))
  const hint_readers = source.hints.map((hint) => compileHint(hint, fields))

  function triageOf(values: EventValues, evidence: Evidence): Triage {
    const texts: string[] = []
    all.probe?.leave()
    for (const [at, read] of net.entries()) {
      const text = read(values)
      if (text === undefined) continue
      texts.push(text)
      all.probe?.see({ field: fieldOf(source.net[at]), kind: 'address', slot: 'net' })
    }
    for (const reader of address_tags) {
      for (const { value } of reader.read(values).tags) texts.push(value)
    }
    const { address, ip } = chooseAddress(texts, options)
    const hints = new Map<string, Key>()
    const ip_key: readonly Key[] = ip === undefined ? [] : [{ kind: 'ip', value: ip }]
    const found = hint_readers.flatMap((read) => read(values))
    for (const key of [...evidence.hints, ...found, ...ip_key]) hints.set(keyText(key), key)
    return { address, hints: [...hints.values()] }
  }

  return { read: triageOf, text: compileTextOf(plan, plan.noted) }
}

function fieldOf(taken: Fields['source']['net'][number] | undefined): string {
  return typeof taken === 'object' ? taken.field : (taken ?? '')
}

/** What stands in the fields, each with its length, so that no two events can be taken for each other. */
function compileTextOf(plan: Plan, numbers: ReadonlySet<number>): TriageReader['text'] {
  let undecided: readonly number[] | undefined
  return (values) => {
    // Only now is every use of every field known.
    undecided ??= [...numbers].filter((number) => plan.fields[number]?.use !== 'decides')
    let all = ''
    for (const number of undecided) {
      const shape = plan.fields[number]?.shape
      if (shape === 'value') all += measured(values.text(number))
      else if (shape === 'map') {
        const { tags } = values.tags(number)
        all += `${values.type(number)}${tags.length}`
        for (const [tag, value] of tags) all += measured(tag) + measured(value)
      } else {
        const items = values.list(number)
        all += items.length
        for (const item of items) all += measured(item)
      }
    }
    return all
  }
}

function measured(text: string | undefined): string {
  return text === undefined ? ';' : `;${text.length}:${text}`
}

/** The first text that holds an address gives it; a masked one only counts as being there. */
export function chooseAddress(
  texts: readonly string[],
  options: Pick<RulesOptions, 'trusted_proxies' | 'forwarded_hops'>,
): { readonly address: Triage['address']; readonly ip?: string } {
  let is_masked = false
  for (const text of texts) {
    const entries = text.split(',').slice(-FORWARDED_ENTRIES_MAX).map(readAddress)
    const chosen = clientOf(entries, options)
    if (chosen?.type === 'address') return { address: 'present', ip: chosen.value }
    if (chosen?.type === 'masked') is_masked = true
  }
  return { address: is_masked ? 'masked' : 'none' }
}

type Entry = ReturnType<typeof readAddress>

/**
 * Of a forwarded list, the entry that the outermost trusted proxy saw. What stands to the left of it is the client's own
 * word, so without any knowledge of proxies it is the last one. An entry may be a word (`unknown`): it has its place in the
 * list when hops are counted, and is passed over when proxies are known by their address. A list in which the right place
 * holds a word still has an address if any other does.
 */
function clientOf(
  entries: readonly Entry[],
  options: Pick<RulesOptions, 'trusted_proxies' | 'forwarded_hops'>,
): Entry {
  const { trusted_proxies = [], forwarded_hops } = options
  const found = entries.filter((entry) => entry !== undefined)
  if (forwarded_hops !== undefined) {
    return entries[Math.max(0, entries.length - forwarded_hops)] ?? found.at(-1)
  }
  const isOurs = (entry: Entry) =>
    entry?.type === 'address' && trusted_proxies.some((net) => networkContains(net, entry.value))
  return found.findLast((entry) => !isOurs(entry)) ?? found[0]
}

function compileHint(
  hint: Fields['source']['hints'][number],
  fields: Fields,
): (values: EventValues) => readonly Key[] {
  if ('first' in hint) {
    const readFirst = compileFirst(hint.first, fields, 'reads')
    return (values) => {
      const read = readFirst(values, 'caller')
      if (read?.type === 'keys') return read.keys
      return read?.type === 'hint' ? [read.key] : []
    }
  }
  const reader = compileHintTags(hint, fields)
  return (values) =>
    reader.read(values).tags.flatMap(({ tag, name, value }) => {
      const keys = keysOfTag(tag, value, fields, undefined)
      fields.probe?.see({ field: `${hint.tag_map}/${name}`, kind: 'hint', keys })
      return keys
    })
}
