/**
 * What `redrive` remembers of one partition of the dead-letter topic. Some letters stay while those behind them are sent, so
 * one offset cannot say it all. The group's offset stands at the first letter that is still there to be sent: a later run
 * reads from it. The metadata of the commit says what lies beyond.
 *
 * Most letters stay because of the topic they came from or because of how often they were re-driven. Both make up the kind of
 * a letter, and what a run decides it decides for all letters of a kind: so one offset per kind is enough, from which on its
 * letters are open. What the redrive topic refused is remembered letter by letter. Metadata has a bound; who does not
 * fit into it ends the reading of the partition, because then a later run could not know what was sent.
 */
import type { Commit } from '#/core/bus.ts'

/** Brokers take 4096 characters of metadata unless they are told otherwise. */
const METADATA_CHARS_MAX = 4000

type Committed = Pick<Commit, 'offset' | 'metadata'>

export interface RedriveProgress {
  /** Was not sent, and was not yet looked at in this run. */
  isOpen(offset: number, kind: string): boolean
  /** The letter stays, as all open ones of its kind. False when there is no room to remember it. */
  stay(offset: number, kind: string): boolean
  /** The letter stays, and says nothing of others of its kind. False when there is no room to remember it. */
  refuse(offset: number): boolean
  /** Everything below was looked at. */
  reach(next_offset: number): void
  /** What a later run goes on from. */
  toCommit(): Committed
}

interface Memory {
  /** Everything below was sent, except what the others name. */
  readonly next: number
  /** Kind → the first letter of it that stays. */
  readonly staying: ReadonlyMap<string, number>
  readonly refused: readonly number[]
}

/** `end` is where the log ends; a commit beyond it is of another log under the same name. */
export function createRedriveProgress(committed: Committed, end: number): RedriveProgress {
  const stated = decode(committed)
  const before: Memory = stated.next > end ? { next: 0, staying: new Map(), refused: [] } : stated
  const refused_before = new Set(before.refused)
  const staying = new Map<string, number>()
  const refused = new Set<number>()
  let position = 0

  function memory(): Memory {
    if (position >= before.next) return { next: position, staying, refused: [...refused] }
    const rest = [...before.staying].map(
      ([kind, first]) => [kind, staying.get(kind) ?? Math.max(first, position)] as const,
    )
    const unread = before.refused.filter((offset) => offset >= position && !refused.has(offset))
    return { next: before.next, staying: new Map(rest), refused: [...refused, ...unread] }
  }

  function isOneOfItsKind(offset: number, kind: string): boolean {
    return offset >= (before.staying.get(kind) ?? before.next)
  }

  function refuse(offset: number): boolean {
    refused.add(offset)
    if (fits(memory())) return true
    refused.delete(offset)
    return false
  }

  return {
    isOpen: (offset, kind) =>
      offset >= position && (refused_before.has(offset) || isOneOfItsKind(offset, kind)),
    stay(offset, kind) {
      // Others of its kind, between this one and where the kind is open, were sent.
      if (!isOneOfItsKind(offset, kind)) return refuse(offset)
      if (staying.has(kind)) return true
      staying.set(kind, offset)
      if (fits(memory())) return true
      staying.delete(kind)
      return false
    },
    refuse,
    reach(next_offset) {
      position = Math.max(position, next_offset)
    },
    toCommit() {
      const now = memory()
      const offset = Math.min(now.next, ...now.staying.values(), ...now.refused)
      return offset === now.next ? { offset } : { offset, metadata: encode(now) }
    },
  }
}

function fits(memory: Memory): boolean {
  return encode(memory).length <= METADATA_CHARS_MAX
}

/** `{"next":90,"staying":{"0 ai.calls.kong":17},"refused":[20,1,5]}`; refused offsets as steps from one to the next. */
function encode({ next, staying, refused }: Memory): string {
  const sorted = refused.toSorted((a, b) => a - b)
  return JSON.stringify({
    next,
    ...(staying.size === 0 ? {} : { staying: Object.fromEntries(staying) }),
    ...(sorted.length === 0 ? {} : { refused: sorted.map((at, i) => at - (sorted[i - 1] ?? 0)) }),
  })
}

/** What is not of our writing, such as an offset that an operator has set, counts as the offset alone. */
function decode({ offset, metadata }: Committed): Memory {
  const alone = { next: Math.max(0, offset), staying: new Map<string, number>(), refused: [] }
  const stated = parse(metadata)
  if (!isObject(stated) || !isOffset(stated['next']) || stated['next'] < offset) return alone
  const { next, staying = {}, refused = [] } = stated
  if (!isObject(staying) || !Array.isArray(refused) || !refused.every(isOffset)) return alone
  const firsts = Object.entries(staying).flatMap(([kind, at]) =>
    isOffset(at) ? [[kind, at] as const] : [],
  )
  let at = 0
  return { next, staying: new Map(firsts), refused: refused.map((step) => (at += step)) }
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
