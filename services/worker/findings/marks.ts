/**
 * Marks: what the rules of findings have to say about the events of one identity. They are made once for a decision, from
 * the same evidence and answers, and say nothing that redaction conceals.
 */
import { isIP } from 'node:net'
import { resolveAt, STEPS, type Evidence, type Triage } from '#/attribution/index.ts'
import type { AttributionRecord, Decision } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Answer, Binding, Key } from '#/core/owners.ts'
import type { FindingRule, SecretKind } from '#/core/words.ts'
import type { NamedIdentity } from '#/formats/shapes/index.ts'

export interface Mark {
  readonly rule: FindingRule
  /** Where the receiver reads: findings of two clusters are two. */
  readonly origin: string
  /** What the finding is about, `kind=value`: there is one finding for it in a window. */
  readonly subject: string
  /** The source that the record was recognised as. */
  readonly source: string
  /** The accountable owner of the subject, as far as there is one. */
  readonly owner_id?: string | undefined
  /** Canonical, or what redaction made of it. */
  readonly address?: string | undefined
  /** More of what was seen, in words of the rule. */
  readonly details: Readonly<Record<string, string>>
  /** The finding is raised when so many different ones were seen. */
  readonly member?: string
}

export interface MarkInput {
  readonly evidence: Evidence
  readonly identities: readonly NamedIdentity[]
  readonly decision: Decision
  readonly at_ms: number
  readonly triage: Triage | undefined
  readonly answerOf: (key: Key) => Answer
}

export interface MarkerOptions {
  readonly origin: string
  /** What redaction leaves of a decision. */
  readonly conceal: (record: AttributionRecord) => AttributionRecord
  /** What redaction leaves of an address; `undefined`: nothing. */
  readonly concealAddress: (address: string) => string | undefined
}

export interface Marker {
  marksOf(input: MarkInput): readonly Mark[]
  /** About a raw secret that stands in a record of these identities. */
  secret(source: string, kind: SecretKind, identities: readonly NamedIdentity[]): Mark
}

export const NO_MARKS: readonly Mark[] = []

const FIRST_CLAIMED = STEPS.indexOf('7a')
const TRUSTED_METHODS: readonly unknown[] = ['workload', 'principal', 'credential', 'scope']
/** On whose behalf a call is made may well be somebody else's customer, and an agent may work for many. */
const CONTRADICTING_SLOTS: readonly unknown[] = [
  'workload',
  'principal',
  'credential',
  'scope',
  'claim',
]

export function createMarker(options: MarkerOptions): Marker {
  const { origin, conceal, concealAddress } = options

  /** `undefined`: redaction leaves nothing that names it. */
  function subjectOf(key: Key, { identities }: MarkInput): string | undefined {
    const { evidence } = conceal({ outcome: 'attributed', revision: 0, evidence: keyText(key) })
    const known = identities.find(({ kind, value }) => `${kind}=${value}` === evidence)
    return known && evidence
  }

  function ipOnly({ triage }: MarkInput, source: string): Omit<Mark, 'origin' | 'source'> {
    const raw = triage?.hints.findLast(({ kind }) => kind === 'ip')?.value
    const address = raw === undefined ? undefined : concealAddress(raw)
    const subject = address === undefined ? `source=${source}` : `${isAddress(address)}=${address}`
    return { rule: 'ip_only', subject, address, details: {} }
  }

  function sharedCredential(input: MarkInput): Omit<Mark, 'origin' | 'source'> | undefined {
    const { identities, decision } = input
    const textOf = ({ kind, value }: NamedIdentity) => `${kind}=${value}`
    const credential = identities.find(({ slot }) => slot === 'credential')
    // The pods of one deployment are one workload.
    const workload = identities.find(({ slot, kind }) => slot === 'workload' && kind !== 'k8s_pod')
    if (credential === undefined || workload === undefined) return undefined
    return {
      rule: 'shared_credential',
      subject: textOf(credential),
      owner_id: decision.method === 'credential' ? decision.owner?.id : undefined,
      member: textOf(workload),
      details: {},
    }
  }

  function contradictedClaim(input: MarkInput): Omit<Mark, 'origin' | 'source'> | undefined {
    const { evidence, decision, at_ms, answerOf } = input
    const { owner, evidence: winner } = decision
    if (winner === undefined || owner === undefined) return undefined
    if (!TRUSTED_METHODS.includes(decision.method)) return undefined
    const subject = subjectOf(winner, input)
    if (subject === undefined) return undefined
    for (const { step, slot, key } of evidence.candidates) {
      if (step < FIRST_CLAIMED || !CONTRADICTING_SLOTS.includes(slot)) continue
      const claimed = evidence.keys[key]!
      const resolution = resolveAt(answerOf(claimed), at_ms)
      if (resolution.state !== 'owned' || resolution.binding.owner?.id === owner.id) continue
      return {
        rule: 'contradicted_claim',
        subject,
        owner_id: owner.id,
        details: {
          claimed: subjectOf(claimed, input) ?? `${claimed.kind}=redacted`,
          claimed_owner: resolution.binding.owner!.id,
        },
      }
    }
    return undefined
  }

  /** Only identities that stand above what decided, and that nothing else on their rung speaks for. */
  function expiredOwner(input: MarkInput): Omit<Mark, 'origin' | 'source'> | undefined {
    const { evidence, decision, at_ms, answerOf } = input
    if (decision.outcome === 'unresolved') return undefined
    for (const { slot, key, step } of evidence.candidates) {
      if (slot === 'consumer' || slot === 'agent' || slot === 'claim') continue
      const named = evidence.keys[key]!
      const { bindings } = answerOf(named)
      if (decision.outcome === 'attributed' && !isAbove(step, input)) return undefined
      const last = lastExpired(bindings, at_ms)
      const subject = last && subjectOf(named, input)
      if (last === undefined || subject === undefined) continue
      return {
        rule: 'expired_owner',
        subject,
        owner_id: last.owner?.id,
        details: { valid_to: new Date(last.valid_to_ms).toISOString() },
      }
    }
    return undefined
  }

  function marksOf(input: MarkInput): readonly Mark[] {
    const { evidence, decision } = input
    if (decision.outcome === undefined) return NO_MARKS
    const source = evidence.source?.name ?? 'unknown'
    const found = [
      sharedCredential(input),
      contradictedClaim(input),
      expiredOwner(input),
      decision.reason === 'ip_only' ? ipOnly(input, source) : undefined,
    ].filter((mark) => mark !== undefined)
    return found.length === 0 ? NO_MARKS : found.map((mark) => ({ ...mark, origin, source }))
  }

  /** By source and kind, of which there are few. */
  const secrets = new Map<string, Mark>()

  /** A secret is named by its fingerprint where there is one, else by its kind and where it was seen. */
  function secret(source: string, kind: SecretKind, identities: readonly NamedIdentity[]): Mark {
    const base = { rule: 'raw_secret', origin, source, details: { secret_kind: kind } } as const
    const known = identities.find(({ value }) => /(?:^|\/)fp:/.test(value))
    if (known !== undefined) return { ...base, subject: `${known.kind}=${known.value}` }
    const name = `${source}/${kind}`
    const mark = secrets.get(name) ?? { ...base, subject: `secret=${name}` }
    secrets.set(name, mark)
    return mark
  }

  return { marksOf, secret }
}

function isAbove(step: number, { evidence, decision }: MarkInput): boolean {
  const winner = decision.evidence
  const won = evidence.candidates.find(({ key }) => evidence.keys[key] === winner)
  return won === undefined || step < won.step
}

/** The one that ended last, when all of them have ended. */
function lastExpired(bindings: readonly Binding[], at_ms: number): Binding | undefined {
  let last: Binding | undefined
  for (const binding of bindings) {
    if (binding.valid_to_ms > at_ms) return undefined
    if (last === undefined || binding.valid_to_ms > last.valid_to_ms) last = binding
  }
  return last?.ownership === 'owned' ? last : undefined
}

function isAddress(text: string): 'ip' | 'net' {
  return isIP(text) === 0 ? 'net' : 'ip'
}
