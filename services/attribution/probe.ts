import { keyText } from '#/core/keys.ts'
import type { Key } from '#/core/owners.ts'
import type { By, Path, When } from '#/core/source.ts'
import type { Class, Slot } from '#/core/words.ts'

/**
 * What the rules see on their way through one event, told to whoever wants to explain a decision. The rules call it where
 * they read; they read the same with and without it, and the worker runs without it.
 */

/** Why a field is trusted, or why it is only somebody's word. The first two are trust. */
export const TRUST_REASONS = [
  'system',
  'stamped',
  'caller',
  'topic_claimed',
  'repeated',
  'part_claimed',
] as const
export type TrustReason = (typeof TRUST_REASONS)[number]

export function isTrust(reason: TrustReason): boolean {
  return reason === 'system' || reason === 'stamped'
}

/**
 * `key`: it built keys. `hop`: it stood between, and only shows in the chain. `hint`: it only suggests. `nobody`, `shared`: a
 * word that means so. `unkeyed`: it names somebody, and no key can be made of it. `passed`: the rule takes only texts of
 * another form. `account`, `address`: there, and no identity.
 */
export type SightingKind =
  'key' | 'hop' | 'hint' | 'nobody' | 'shared' | 'unkeyed' | 'passed' | 'account' | 'address'

/** One thing that was read. */
export interface Sighting {
  readonly field: Path
  readonly kind: SightingKind
  readonly slot: Slot | undefined
  readonly by: By | undefined
  readonly trust: TrustReason | undefined
  readonly keys: readonly Key[]
  /** Of `nobody` and `shared`: the word; not told where it may be anything. */
  readonly word?: string
}

export interface Seen {
  readonly sightings: readonly Sighting[]
  /** The alternative by which the source was recognised; absent when it was not asked for, or takes what is left. */
  readonly detected?: When
  /** The rule that says that the event is no call; absent when there is none for it. */
  readonly classed?: { readonly class: Class | 'call'; readonly when?: When }
}

export interface Probe {
  /** What is read from here on belongs to this slot. */
  enter(slot: Slot | undefined, by: By | undefined): void
  /** Outside of a slot, words of conditions are read: they are no evidence. */
  leave(): void
  see(sighting: Pick<Sighting, 'field' | 'kind'> & Partial<Sighting>): void
  detected(when: When): void
  classed(rule: { readonly class: Class | 'call'; readonly when?: When }): void
}

export function createProbe(): Probe & {
  /** What was seen since the last call. */
  take(): Seen
} {
  let sightings: Sighting[] = []
  let names = new Set<string>()
  let slot: Slot | undefined
  let by: By | undefined
  let is_inside = false
  let detected: When | undefined
  let classed: Seen['classed']
  return {
    enter(entered, entered_by) {
      slot = entered
      by = entered_by
      is_inside = true
    },
    leave() {
      slot = undefined
      by = undefined
      is_inside = false
    },
    see({ kind, ...rest }) {
      if (!is_inside && kind === 'nobody') return
      const one: Sighting = { kind, slot, by, trust: undefined, keys: [], ...rest }
      // Several rules read one field; what they see is told once.
      const name = `${kind} ${one.field} ${one.slot} ${one.keys.map(keyText).join(' ')}`
      if (!names.has(name)) sightings.push(one)
      names.add(name)
    },
    detected(when) {
      detected = when
    },
    classed(rule) {
      classed = rule
    },
    take() {
      const seen = {
        sightings,
        ...(detected === undefined ? {} : { detected }),
        ...(classed === undefined ? {} : { classed }),
      }
      sightings = []
      names = new Set()
      detected = undefined
      classed = undefined
      return seen
    },
  }
}
