/**
 * Whom events are counted for, beside outcome and reason: their owner, if owners are wanted as a label, or the gap that they
 * belong to. A gap is a group of unattributed events that look alike: one source, one reason, the same strongest evidence
 * (or the same network). It is what a person triages, so it has first and last seen, sums, and a place where an example
 * can be read again, but no identity and no address.
 *
 * A party is found when a decision is made, not for every event: its number is part of the code that the decision leaves.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Evidence, Triage } from '#/attribution/index.ts'
import { canonicalNetwork } from '#/core/address.ts'
import type { Decision } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Ports } from '#/core/ports.ts'
import type { EventPlace } from '#/core/status.ts'
import type { KeyKind, Reason } from '#/core/words.ts'

export interface OwnerParty {
  readonly type: 'owner'
  /** Owner id, or `__other__`. */
  readonly name: string
}

export interface GapParty {
  readonly type: 'gap'
  /** Unique among the gaps that are kept. */
  readonly name: string
  readonly fingerprint: string
  readonly source: string
  readonly reason: Reason
  readonly evidence: readonly KeyKind[]
  readonly first_seen_ms: number
  last_seen_ms: number
  example: EventPlace
  events: number
  tokens: number
  readonly cost: Record<string, number>
}

export type Party = OwnerParty | GapParty

export interface PartyOptions {
  /** Owners with a series of their own; 0 for none. */
  readonly owners_max?: number
  /** Makes fingerprints of gaps; equal keys make equal ones. Default: random. */
  readonly fingerprint_key?: string | Buffer
}

export interface Sighting {
  readonly decision: Decision
  readonly evidence: Evidence
  readonly triage: Triage | undefined
  readonly place: () => EventPlace
}

export interface Parties {
  /** `undefined`: the event is counted for nobody in particular. */
  of(sighting: Sighting): Party | undefined
  /** Those that were seen in the last `GAP_IDLE_MS`. */
  recentGaps(): readonly GapParty[]
  /** Grows when gaps were forgotten: a number that was found before may stand for another one now. */
  readonly generation: number
  /** Called with each gap that is forgotten. */
  onForgotten: (gap: GapParty) => void
}

/** Gaps with a name; what comes when there are so many is joined by source and reason. */
export const GAPS_MAX = 1024
/** A gap that nobody saw for so long makes room. */
export const GAP_IDLE_MS = 3_600_000
/** Making room looks at all gaps, so it is not tried more often. */
const FORGET_INTERVAL_MS = 60_000
export const OTHER_OWNERS = '__other__'
const FINGERPRINT_LENGTH = 12
const KINDS_MAX = 6

export function createParties(
  { clock, meter }: Pick<Ports, 'clock' | 'meter'>,
  options: PartyOptions = {},
): Parties {
  const { owners_max = 0, fingerprint_key = randomBytes(32) } = options
  const first_seen = meter.counter('whosecall_triage_sources_first_seen_total')
  const capped = meter.counter('whosecall_series_capped_total')
  const owners = new Map<string, OwnerParty>()
  const gaps = new Map<string, GapParty>()
  let generation = 0
  let forgot_ms = -Infinity

  function ownerOf(id: string): OwnerParty | undefined {
    if (owners_max === 0) return undefined
    const known = owners.get(id)
    if (known !== undefined) return known
    const is_room = owners.size < owners_max
    if (!is_room) capped.add(1, { metric: 'whosecall_owner_events_total' })
    const name = is_room ? id : OTHER_OWNERS
    const party = owners.get(name) ?? ({ type: 'owner', name } as const)
    if (is_room || !owners.has(name)) owners.set(name, party)
    return party
  }

  function gapOf(reason: Reason, sighting: Sighting): GapParty {
    const source = sighting.evidence.source?.name ?? 'unknown'
    const own = `${source}\n${reason}\n${evidenceText(reason, sighting)}`
    const known = gaps.get(own)
    if (known !== undefined) return seenAgain(known, sighting)
    if (gaps.size >= GAPS_MAX) makeRoom()
    const is_room = gaps.size < GAPS_MAX
    const name = is_room ? own : `${source}\n${reason}`
    const other = gaps.get(name)
    if (other !== undefined) return seenAgain(other, sighting)
    const gap: GapParty = {
      type: 'gap',
      name,
      fingerprint: createHmac('sha256', fingerprint_key)
        .update(name)
        .digest('hex')
        .slice(0, FINGERPRINT_LENGTH),
      source,
      reason,
      evidence: is_room ? kindsOf(reason, sighting.evidence) : [],
      first_seen_ms: clock.now(),
      last_seen_ms: clock.now(),
      example: sighting.place(),
      events: 0,
      tokens: 0,
      cost: {},
    }
    gaps.set(name, gap)
    first_seen.add(1, { reason })
    return gap
  }

  function seenAgain(gap: GapParty, { place }: Sighting): GapParty {
    gap.example = place()
    gap.last_seen_ms = clock.now()
    return gap
  }

  function makeRoom(): void {
    const now_ms = clock.now()
    if (now_ms < forgot_ms + FORGET_INTERVAL_MS) return
    forgot_ms = now_ms
    let forgotten = 0
    for (const [name, gap] of gaps) {
      if (gap.last_seen_ms > now_ms - GAP_IDLE_MS) continue
      gaps.delete(name)
      parties.onForgotten(gap)
      forgotten += 1
    }
    if (forgotten > 0) generation += 1
  }

  const parties: Parties = {
    of(sighting) {
      const { outcome, reason, owner, class: event_class } = sighting.decision
      if (event_class !== undefined) return undefined
      if (outcome === 'attributed' && owner !== undefined) return ownerOf(owner.id)
      if (outcome === 'unattributed' && reason !== undefined) return gapOf(reason, sighting)
      return undefined
    },
    recentGaps() {
      const since_ms = clock.now() - GAP_IDLE_MS
      return [...gaps.values()].filter(({ last_seen_ms }) => last_seen_ms > since_ms)
    },
    get generation() {
      return generation
    },
    onForgotten() {},
  }
  return parties
}

/** What makes events of one source and reason look alike. */
function evidenceText(reason: Reason, { evidence, triage }: Sighting): string {
  if (reason === 'ip_only') {
    const address = triage?.hints.findLast(({ kind }) => kind === 'ip')?.value
    return address === undefined ? '' : networkOf(address)
  }
  const [strongest] = evidence.candidates
  if (strongest === undefined) return ''
  return evidence.candidates
    .filter(({ step }) => step === strongest.step)
    .map(({ key }) => keyText(evidence.keys[key]!))
    .join('\n')
}

/** The usual size of a site: 256 addresses of IPv4, a /48 of IPv6. */
function networkOf(address: string): string {
  return canonicalNetwork(`${address}/${address.includes(':') ? 48 : 24}`) ?? ''
}

function kindsOf(reason: Reason, { keys }: Evidence): readonly KeyKind[] {
  const kinds = keys.map(({ kind }) => kind)
  if (reason === 'ip_only') kinds.push('ip')
  return [...new Set(kinds)].slice(0, KINDS_MAX)
}
