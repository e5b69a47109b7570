import { keyText } from '#/core/keys.ts'
import type { Key } from '#/core/owners.ts'
import type { Circumstance } from '#/core/tags.ts'
import type { Slot } from '#/core/words.ts'
import type { TagRead } from './tag-maps.ts'
import { STEPS, type Candidate, type Evidence } from './types.ts'

/** Gathers what the readers of a source find in one event, each key once and each candidate at its place on the ladder. */

export interface Collector {
  candidates: Candidate[]
  keys: Key[]
  numbers: Map<string, number>
  identities: number
  unkeyed: number[]
  shared: boolean
  /** The role that authenticated is a trusted broker. */
  brokered: boolean
  hops: Key[]
  hints: Key[]
  stated: TagRead<Circumstance>[]
  lost: number
}

export function createCollector(): Collector {
  return {
    candidates: [],
    keys: [],
    numbers: new Map(),
    identities: 0,
    unkeyed: [],
    shared: false,
    brokered: false,
    hops: [],
    hints: [],
    stated: [],
    lost: 0,
  }
}

export function evidenceOf(
  found: Collector,
  rest: Pick<Evidence, 'source' | 'account' | 'secrets'>,
): Evidence {
  const { candidates, keys, unkeyed, shared, hops, hints, lost } = found
  candidates.sort((a, b) => a.step - b.step)
  return { ...rest, candidates, keys, unkeyed, shared, hops, hints, lost }
}

export interface Place {
  readonly slot: Slot
  readonly identity: number
  readonly is_trusted: boolean
}
export function add(
  found: Collector,
  keys: readonly Key[],
  place: Place & { readonly only_if_known: boolean },
): void {
  const step = stepOf(place.slot, place.is_trusted)
  const { slot, identity, only_if_known } = place
  for (const key of keys) {
    const text = keyText(key)
    let number = found.numbers.get(text)
    if (number === undefined) {
      number = found.keys.push(key) - 1
      found.numbers.set(text, number)
    }
    found.candidates.push({ step, slot, key: number, identity, only_if_known })
  }
}

const TRUSTED_STEPS: Readonly<Record<Slot, (typeof STEPS)[number]>> = {
  workload: '1',
  principal: '2',
  credential: '3',
  scope: '4',
  claim: '6',
  consumer: '7c',
  agent: '7c',
  account: '7c',
  net: '7c',
}

/** Index in `STEPS` of evidence in a slot. */
export function stepOf(slot: Slot, is_trusted: boolean): number {
  const trusted = TRUSTED_STEPS[slot]
  if (is_trusted || trusted === '7c') return STEPS.indexOf(trusted)
  return STEPS.indexOf(slot === 'claim' ? '7b' : '7a')
}
