/**
 * What is sent and what must come of it. Message n is made from the seed and n alone, so the audit can make it again and
 * knows without looking anything up what may be decided about it while the directory answers and while it does not.
 */
import type { DeadLetterReason, Outcome, Reason } from '#/core/words.ts'
import { createRandom, type Random } from '../../support/random.ts'

export const PARTITIONS = 4
/** Beside the numbers, every so many messages a tombstone goes out, which must be filtered. */
export const TOMBSTONE_EVERY = 50

export interface Plan {
  readonly messages: number
  readonly seed: number
  /** Registered identities. */
  readonly identities: number
}

export interface Planned {
  readonly n: number
  readonly kind: Kind
  readonly value: Buffer
  readonly expected: Expected
}

export type Expected =
  | { readonly fate: 'dead_lettered'; readonly reason: DeadLetterReason }
  | {
      readonly fate: 'published'
      readonly outcome: Outcome
      readonly reason: Reason | undefined
      readonly owner: string | undefined
      /** The decision needs the directory: without it the number is `unresolved`. */
      readonly looked_up: boolean
    }

const KINDS = {
  owned: 60,
  bound_shared: 5,
  unowned: 4,
  unknown: 8,
  master_key: 6,
  ip_only: 9,
  nobody: 2,
  truncated: 2,
  invalid_utf8: 1,
  wrong_shape: 3,
} as const
export type Kind = keyof typeof KINDS

export function planned(plan: Plan, n: number): Planned {
  const random = createRandom(plan.seed * 1_000_003 + n)
  const kind = kindOf(random.whole(0, 99))
  const identity = random.whole(0, plan.identities - 1)
  return {
    n,
    kind,
    value: valueOf(n, kind, identity, random),
    expected: expectedOf(kind, identity),
  }
}

export function keyOf(n: number): string {
  return `n${n}`
}

/** The number in a key; `undefined` when it has none. */
export function numberOf(key: Buffer | null): number | undefined {
  const found = /^n(\d+)$/.exec(key?.toString() ?? '')
  return found === null ? undefined : Number(found[1])
}

/** The owner file that the registry serves, as JSON. */
export function ownerFile(plan: Plan): string {
  const bindings: object[] = []
  for (let identity = 0; identity < plan.identities; identity += 1)
    bindings.push({
      kind: 'api_key',
      key: `litellm/key-${identity}`,
      owner: {
        id: ownerOf(identity),
        team: `t-${identity % 400}`,
        cost_center: `CC-${identity % 90}`,
      },
    })
  for (let identity = 0; identity < FLAGGED; identity += 1) {
    bindings.push({ kind: 'api_key', key: `litellm/shared-${identity}`, ownership: 'shared' })
    bindings.push({ kind: 'api_key', key: `litellm/test-${identity}`, ownership: 'unowned' })
  }
  return JSON.stringify({ bindings })
}

/** Identities that are bound as shared, and as unowned. */
const FLAGGED = 200

function ownerOf(identity: number): string {
  return `team:t-${identity % 400}`
}

function kindOf(draw: number): Kind {
  let below = 0
  for (const [kind, share] of Object.entries(KINDS)) {
    below += share
    if (draw < below && isKind(kind)) return kind
  }
  throw new Error('the shares of the kinds do not add up')
}

function isKind(text: string): text is Kind {
  return text in KINDS
}

function expectedOf(kind: Kind, identity: number): Expected {
  const published = { fate: 'published', outcome: 'unattributed', owner: undefined } as const
  const expected: Readonly<Record<Kind, Expected>> = {
    owned: {
      fate: 'published',
      outcome: 'attributed',
      reason: undefined,
      owner: ownerOf(identity),
      looked_up: true,
    },
    bound_shared: { ...published, reason: 'shared_account', looked_up: true },
    unowned: { ...published, reason: 'unowned', looked_up: true },
    unknown: { ...published, reason: 'unknown_identity', looked_up: true },
    master_key: { ...published, reason: 'shared_account', looked_up: false },
    ip_only: { ...published, reason: 'ip_only', looked_up: false },
    nobody: { ...published, reason: 'no_identity', looked_up: false },
    truncated: { fate: 'dead_lettered', reason: 'malformed' },
    invalid_utf8: { fate: 'dead_lettered', reason: 'malformed' },
    wrong_shape: { fate: 'dead_lettered', reason: 'wrong_shape' },
  }
  return expected[kind]
}

const WORDS =
  'the claim was filed late and needs a second look before anybody can say what it is worth to us or to them'.split(
    ' ',
  )

function valueOf(n: number, kind: Kind, identity: number, random: Random): Buffer {
  const prompt = Array.from({ length: random.whole(20, 120) }, () => random.pick(WORDS)).join(' ')
  const call_type = kind === 'wrong_shape' ? '' : '"call_type":"acompletion",'
  const key = keyHashOf(kind, n, identity)
  const hash = key === undefined ? 'null' : JSON.stringify(key)
  const ip = kind === 'nobody' ? 'null' : `"198.51.100.${n % 256}"`
  // Numbers beyond 2^53, odd escapes and doubled members: what parsing and printing again would not keep.
  const text =
    `{"n":${n},"litellm_call_id":"call-${n}",${call_type}"model":"claude-\\u0073onnet","model":"gpt\\/4o",` +
    `"prompt_tokens":${random.whole(1, 9_000)},"completion_tokens":${random.whole(1, 900)},` +
    `"spend":9${n}0000000000000000001,"startTime":${1_795_089_600 + n}.104,` +
    `"metadata":{"user_api_key_hash":${hash},"user_api_key_team_id":null, "requester_ip_address":${ip}},` +
    `"messages":[{"role":"user","content":"${prompt} \\"${n}\\"\\n"}]}`
  if (kind === 'truncated')
    return Buffer.from(text.slice(0, random.whole(text.length >> 1, text.length - 1)))
  const bytes = Buffer.from(n % 5 === 0 ? ` ${text.replaceAll(',"', ' , "')}\n` : text)
  if (kind === 'invalid_utf8') bytes[bytes.length - 20] = 0xff
  return bytes
}

function keyHashOf(kind: Kind, n: number, identity: number): string | undefined {
  const hashes: Readonly<Partial<Record<Kind, string>>> = {
    bound_shared: `shared-${identity % FLAGGED}`,
    unowned: `test-${identity % FLAGGED}`,
    unknown: `stranger-${n % 5_000}`,
    master_key: 'litellm_proxy_master_key',
  }
  if (kind === 'ip_only' || kind === 'nobody') return undefined
  return hashes[kind] ?? `key-${identity}`
}
