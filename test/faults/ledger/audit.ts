/**
 * Reads the topics back and proves what a ledger run promises. It trusts nothing that the worker says: numbers, owners and
 * bytes come from the plan, coordinates from the input topic.
 */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readTopic, type ReadMessage } from '../../stack/topic.ts'
import { numberOf, planned, type Plan } from './plan.ts'
import type { Offsets, Topics } from './topics.ts'

/** The state of the topics while no worker was alive. */
export interface Death {
  readonly committed: Offsets
  readonly output_ends: Offsets
  readonly dead_letter_ends: Offsets
}

export interface AuditCounts {
  readonly lost: number
  /** By the last copy of each number. */
  readonly attributed: number
  readonly unattributed: number
  readonly unresolved: number
  readonly dead_lettered: number
  readonly copies: number
  /** As many copies as the kills explain: what stood on the topics beyond the commit when a worker died. */
  readonly copies_allowed: number
  /** Numbers whose copies differ in outcome (the directory came or went between them). */
  readonly differing: number
  /** Numbers with copies that differ in what may never differ: `event_id` or fate. */
  readonly unequal_copies: number
  readonly wrongly_unattributed: number
  readonly wrong_decisions: number
  readonly changed_bytes: number
  readonly wrong_coordinates: number
  readonly invalid_outputs: number
  /** Examples of what is wrong, in words. */
  readonly findings: readonly string[]
}

export interface Audit {
  readonly counts: AuditCounts
  /** What stands on the topics from these ends on, by the labels of the metrics. */
  since(death: Death): Gains
}

export interface Gains {
  readonly published: number
  readonly dead_lettered: number
  /** Tombstones that the group had not committed. */
  readonly filtered: number
  readonly events: Readonly<Record<string, number>>
  readonly dead_letters: Readonly<Record<string, number>>
}

interface Place {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
}

interface Copy {
  readonly place: Place
  readonly fate: 'published' | 'dead_lettered'
  readonly event_id: string
  /** `attributed/none`, `unattributed/ip_only`, …, or the reason of a dead letter. */
  readonly label: string
}

export const ORIGIN = 'ledger'
const FINDINGS_MAX = 20

export async function audit(
  brokers: string,
  topics: Topics,
  plan: Plan,
  deaths: readonly Death[],
): Promise<Audit> {
  const [input, output, letters] = [
    await readTopic(topics.input, { brokers }),
    await readTopic(topics.output, { brokers }),
    await readTopic(topics.dead_letter, { brokers }),
  ]
  const book = createBook(topics, plan, input)
  for (const message of output) book.addOutput(message)
  for (const message of letters) book.addDeadLetter(message)
  return {
    counts: book.close(deaths),
    since: (death) => gainsSince(death, input, book.copies),
  }
}

function createBook(topics: Topics, plan: Plan, input: readonly ReadMessage[]) {
  const places = new Map<number, Place>()
  for (const message of input) {
    const n = numberOf(message.key)
    if (n !== undefined) places.set(n, message)
  }
  const isAttribution = new Ajv2020({ allErrors: true }).compile(
    JSON.parse(
      readFileSync(new URL('../../../schemas/attribution.schema.json', import.meta.url), 'utf8'),
    ),
  )
  const copies = new Map<number, Copy[]>()
  const counts = {
    wrongly_unattributed: 0,
    wrong_decisions: 0,
    changed_bytes: 0,
    wrong_coordinates: 0,
    invalid_outputs: 0,
  }
  const findings: string[] = []
  const find = (what: keyof typeof counts, text: string): void => {
    counts[what] += 1
    if (findings.length < FINDINGS_MAX) findings.push(`${what}: ${text}`)
  }

  function addCopy(n: number, copy: Copy): void {
    const known = copies.get(n)
    if (known === undefined) copies.set(n, [copy])
    else known.push(copy)
  }

  function addOutput(message: ReadMessage): void {
    const n = numberOf(message.key)
    const origin = n === undefined ? undefined : places.get(n)
    const where = `output ${message.partition}/${message.offset}`
    if (n === undefined || origin === undefined)
      return find('wrong_coordinates', `${where} has no number`)
    const { value, expected } = planned(plan, n)
    const appended = appendedTo(value, message.value ?? Buffer.alloc(0))
    if (appended === undefined)
      return find('changed_bytes', `number ${n} is not what was sent plus an attribution`)
    if (!isAttribution(appended))
      find('invalid_outputs', `number ${n}: ${JSON.stringify(isAttribution.errors)}`)
    const { outcome, reason, owner, event_id } = readAttribution(appended)
    const id = `${ORIGIN}/${topics.input}/${origin.partition}/${origin.offset}/0@${origin.timestamp}`
    if (event_id !== id || message.timestamp !== origin.timestamp)
      find('wrong_coordinates', `number ${n} has ${event_id}, not ${id}`)
    addCopy(n, {
      place: message,
      fate: 'published',
      event_id: event_id ?? '',
      label: `${outcome}/${reason ?? 'none'}`,
    })
    if (expected.fate !== 'published')
      return find('wrong_decisions', `number ${n} was to be a dead letter`)
    if (outcome === 'unresolved' && expected.looked_up) return
    if (expected.owner !== undefined && (outcome !== 'attributed' || owner !== expected.owner))
      find(
        'wrongly_unattributed',
        `number ${n} of ${expected.owner}: ${outcome} ${reason} ${owner}`,
      )
    else if (outcome !== expected.outcome || reason !== expected.reason)
      find('wrong_decisions', `number ${n}: ${outcome} ${reason}, not ${expected.reason}`)
  }

  function addDeadLetter(message: ReadMessage): void {
    const n = numberOf(message.key)
    const origin = n === undefined ? undefined : places.get(n)
    const where = `dead letter ${message.partition}/${message.offset}`
    if (n === undefined || origin === undefined)
      return find('wrong_coordinates', `${where} has no number`)
    const { value, expected } = planned(plan, n)
    const headers = new Map(message.headers.map(([name, text]) => [name, text?.toString() ?? '']))
    const reason = headers.get('whosecall-reason') ?? ''
    const id = ['origin', 'topic', 'partition', 'offset', 'timestamp']
      .map((name) => headers.get(`whosecall-${name}`))
      .join('/')
    if (id !== `${ORIGIN}/${topics.input}/${origin.partition}/${origin.offset}/${origin.timestamp}`)
      find('wrong_coordinates', `dead letter of number ${n} says ${id}`)
    if (message.value?.equals(value) !== true)
      find('changed_bytes', `dead letter of number ${n} is not what was sent`)
    if (expected.fate !== 'dead_lettered' || expected.reason !== reason)
      find('wrong_decisions', `number ${n} is a dead letter: ${reason}`)
    addCopy(n, { place: message, fate: 'dead_lettered', event_id: id, label: reason })
  }

  function close(deaths: readonly Death[]) {
    const fates = { attributed: 0, unattributed: 0, unresolved: 0, dead_lettered: 0 }
    let lost = 0
    let extra = 0
    let differing = 0
    let unequal_copies = 0
    for (let n = 0; n < plan.messages; n += 1) {
      const all = copies.get(n)
      const last = all?.toSorted(byTime).at(-1)
      if (all === undefined || last === undefined) {
        lost += 1
        if (findings.length < FINDINGS_MAX) findings.push(`lost: number ${n}`)
        continue
      }
      extra += all.length - 1
      if (new Set(all.map(({ label }) => label)).size > 1) differing += 1
      if (new Set(all.map(({ fate, event_id }) => `${fate} ${event_id}`)).size > 1)
        unequal_copies += 1
      if (last.fate === 'dead_lettered') fates.dead_lettered += 1
      else if (last.label.startsWith('attributed/')) fates.attributed += 1
      else if (last.label.startsWith('unattributed/')) fates.unattributed += 1
      else if (last.label.startsWith('unresolved/')) fates.unresolved += 1
    }
    return {
      ...fates,
      ...counts,
      lost,
      copies: extra,
      copies_allowed: explained(deaths, places, copies),
      differing,
      unequal_copies,
      findings,
    }
  }
  return { addOutput, addDeadLetter, close, copies }
}

/**
 * A number is written twice only if it stood on a topic when a worker died whose commit did not cover it. For each death
 * these numbers are counted; no run may have more copies than that.
 */
function explained(
  deaths: readonly Death[],
  places: ReadonlyMap<number, Place>,
  copies: ReadonlyMap<number, readonly Copy[]>,
): number {
  let sum = 0
  for (const [n, all] of copies) {
    const origin = places.get(n)
    if (origin === undefined) continue
    for (const death of deaths)
      if (
        origin.offset >= (death.committed[origin.partition] ?? 0) &&
        all.some((copy) => isBefore(copy, death))
      )
        sum += 1
  }
  return sum
}

function isBefore({ place, fate }: Copy, death: Death): boolean {
  const ends = fate === 'published' ? death.output_ends : death.dead_letter_ends
  return place.offset < (ends[place.partition] ?? 0)
}

/** Copies of one number stand in one partition, so their offsets are their order. */
function byTime(a: Copy, b: Copy): number {
  return a.place.offset - b.place.offset
}

function gainsSince(
  death: Death,
  input: readonly ReadMessage[],
  copies: ReadonlyMap<number, readonly Copy[]>,
): Gains {
  const events: Record<string, number> = {}
  const dead_letters: Record<string, number> = {}
  let published = 0
  let dead_lettered = 0
  for (const copy of [...copies.values()].flat()) {
    if (isBefore(copy, death)) continue
    const sums = copy.fate === 'published' ? events : dead_letters
    sums[copy.label] = (sums[copy.label] ?? 0) + 1
    if (copy.fate === 'published') published += 1
    else dead_lettered += 1
  }
  const filtered = input.filter(
    ({ value, partition, offset }) => value === null && offset >= (death.committed[partition] ?? 0),
  ).length
  return { published, dead_lettered, filtered, events, dead_letters }
}

/** The attribution that was put into `original`; `undefined` if anything else differs. */
function appendedTo(original: Buffer, output: Buffer): unknown {
  let same = 0
  while (same < original.length && original[same] === output[same]) same += 1
  const added = output.length - original.length
  if (added <= 0 || !output.subarray(same + added).equals(original.subarray(same))) return undefined
  const found = /^,\s*"attribution":(.*)$/s.exec(output.toString('utf8', same, same + added))
  if (found === null) return undefined
  try {
    return JSON.parse(found[1] ?? '')
  } catch {
    return undefined
  }
}

function readAttribution(value: unknown) {
  const at = (of: unknown, name: string): unknown =>
    typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
  const text = (of: unknown): string | undefined => (typeof of === 'string' ? of : undefined)
  return {
    outcome: text(at(value, 'outcome')),
    reason: text(at(value, 'reason')),
    owner: text(at(at(value, 'owner'), 'id')),
    event_id: text(at(value, 'event_id')),
  }
}
