/**
 * Attribution of a batch. The rules are pure and not free, so a decision is remembered by the identity of its event (the
 * number that stands for all deciding values, see `View.identity`) for as long as the answers it rests on are good and
 * for the interval of call times in which it holds. A remembered decision costs a few comparisons; only what is new, or
 * no longer good, runs through the rules.
 *
 * The address and the hints of an event are not part of its identity: they are read only when nobody was found.
 */
import {
  BILL_COLUMNS,
  BILL_COST,
  toRecord,
  type BillReader,
  type Decided,
  type Evidence,
  type Rules,
  type Triage,
} from '#/attribution/index.ts'
import type { AttributionRecord, Decision } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Answer, Key, Owners } from '#/core/owners.ts'
import type { Clock, Meter } from '#/core/ports.ts'
import type { EventValues, Format } from '#/core/view.ts'
import type { Detail } from '#/core/words.ts'
import type { NamedIdentity } from '#/formats/shapes/index.ts'
import type { Labels } from '../../pipeline/labels.ts'
import { NO_MARKS, type Mark, type Marker } from '../../findings/marks.ts'
import type { Tally } from '../../pipeline/tally.ts'
import { NOTHING_TO_LOOK_UP, type Batch, type LabelledEvent, type Processor } from '../processor.ts'
import { billed } from './billed.ts'
import { identitiesOf, lookedAt } from './identities.ts'
import { createSecretCounts } from './secret-counts.ts'
import { createSettled, forgetSettled, settle } from './settled.ts'
import { holdsAt, keepTriaged, kindOf, triageName, type Verdict } from './verdict.ts'

export interface AttributionDeps {
  readonly rules: Rules
  readonly owners: Owners
  readonly format: Format
  readonly tally: Tally
  readonly labels: Labels
  readonly clock: Clock
  readonly meter: Meter
  readonly detail: Detail
  readonly remembered_identities_max: number
  /** Whether records are wanted as such, beside what is encoded of them. */
  readonly keeps_records: boolean
  /** Present when findings are wanted. */
  readonly marker?: Marker | undefined
  /** Conceals persons in what is written, when redaction is on. */
  readonly conceal?: ((record: AttributionRecord) => AttributionRecord) | undefined
}

interface Remembered {
  readonly evidence: Evidence
  verdicts: Verdict[]
  good_until_ms: number
  /** When the verdicts were made, see `epochNow`. */
  epoch: number
  /** The batch that made them: within it they hold even when an answer was `unavailable`. */
  batch: number
  /** Made when messages leave in a shape that has fields for them. */
  identities?: readonly NamedIdentity[]
}

/** Most verdicts that are remembered for one identity. */
const VERDICTS_MAX = 8

const UNANSWERED: Answer = { state: 'unavailable', bindings: [], good_until_ms: 0 }

export function createAttribution(deps: AttributionDeps): Processor {
  const { rules, owners, format, tally, clock, detail } = deps
  const conceal = deps.conceal ?? ((record: AttributionRecord) => record)
  const always_timed = detail === 'full'
  /** The event in which secrets are looked for. */
  let searched: { batch: Batch; message: number; event: number; entry: Remembered | undefined }
  const { marker } = deps
  const secrets = createSecretCounts(
    rules,
    deps.meter,
    marker &&
      ((source, kind) => {
        const { batch, message, event, entry } = searched
        const identities = entry === undefined ? [] : identitiesIn(entry)
        sight(batch, marker.secret(source, kind, identities), message, event)
      }),
  )
  let memo: (Remembered | undefined)[] = []
  const settled = createSettled()
  let settled_epoch = -1
  let generation = -1
  let batches = 0
  /** Keys that the batch in work lacks; filled by `answerOf`. */
  let missing: Map<string, Key> = new Map()
  /** What is in work: where an example of a gap can be read again. */
  let batch_in_work: Batch | undefined
  let message_in_work = 0
  let event_in_work = 0
  const placeInWork = () => batch_in_work!.place(message_in_work, event_in_work)
  let answers: Batch['answers'] = new Map()

  /** Grows when answers may have changed, or when codes may stand for other gaps. */
  const epochNow = () => owners.epoch + tally.parties.generation

  function answerOf(key: Key): Answer {
    const peeked = owners.peek(key)
    if (peeked !== undefined) return peeked
    const text = keyText(key)
    const looked_up = answers.get(text)
    if (looked_up !== undefined) return looked_up
    missing.set(text, key)
    return UNANSWERED
  }

  function remember(identity: number, values: EventValues): Remembered {
    const entry: Remembered = {
      evidence: rules.evidence(values),
      verdicts: [],
      good_until_ms: 0,
      epoch: -1,
      batch: -1,
    }
    if (identity >= 0 && identity < deps.remembered_identities_max) memo[identity] = entry
    return entry
  }

  /** Runs the rules; `undefined` when answers are missing. */
  function decide(entry: Remembered, at_ms: number, triage?: Triage): Decided | undefined {
    const before = missing.size
    for (const key of rules.keys(entry.evidence)) answerOf(key)
    if (triage !== undefined) for (const key of triage.hints) answerOf(key)
    if (missing.size > before) return undefined
    return rules.decide(entry.evidence, at_ms, answerOf, triage)
  }

  function verdictOf(
    decided: Decided,
    at_ms: number,
    entry: Remembered,
    triage: Triage | undefined,
  ): Verdict {
    const { decision } = decided
    const { evidence } = entry
    const party = decided.needs_triage
      ? undefined
      : tally.parties.of({ decision, evidence, triage, place: placeInWork })
    // What still waits for its address is written by the verdict of that address.
    const written = decision.outcome !== undefined && !decided.needs_triage
    const record = written ? conceal(toRecord(decision, detail)) : undefined
    const fragment = record && format.fragment(record)
    return {
      from_ms: decided.from_ms,
      to_ms: decided.to_ms,
      code: tally.codeOf(kindOf(decision, party)),
      decision,
      fragment: fragment && always_timed ? { ...fragment, as_of_ms: at_ms } : fragment,
      record: deps.keeps_records || always_timed ? record : undefined,
      label: deps.labels.of(decision),
      needs_triage: decided.needs_triage,
      marks: decided.needs_triage ? NO_MARKS : marksOf(entry, decision, at_ms, triage),
      triaged: decided.needs_triage ? { by_text: new Map(), by_name: new Map() } : undefined,
    }
  }

  function judge(entry: Remembered, values: EventValues, at_ms: number): Verdict | undefined {
    const decided = decide(entry, at_ms)
    if (decided === undefined) return undefined
    const verdict = verdictOf(decided, at_ms, entry, undefined)
    entry.good_until_ms =
      entry.verdicts.length === 0
        ? decided.good_until_ms
        : Math.min(entry.good_until_ms, decided.good_until_ms)
    entry.epoch = epochNow()
    entry.batch = batches
    if (entry.verdicts.length < VERDICTS_MAX) entry.verdicts.push(verdict)
    return verdict.needs_triage ? judgeTriaged(entry, verdict, values, at_ms) : verdict
  }

  function judgeTriaged(
    entry: Remembered,
    verdict: Verdict,
    values: EventValues,
    at_ms: number,
  ): Verdict | undefined {
    const { triaged } = verdict
    const text = rules.triageText(values, entry.evidence)
    const same = triaged?.by_text.get(text)
    if (same !== undefined && holdsAt(same, at_ms)) return same
    const triage = rules.triage(values, entry.evidence)
    const name = triageName(triage)
    const known = triaged?.by_name.get(name)
    if (known !== undefined && holdsAt(known, at_ms)) {
      keepTriaged(triaged?.by_text, text, known)
      return known
    }
    const decided = decide(entry, at_ms, triage)
    if (decided === undefined) return undefined
    const result = verdictOf({ ...decided, needs_triage: false }, at_ms, entry, triage)
    if (decided.good_until_ms < entry.good_until_ms) entry.good_until_ms = decided.good_until_ms
    keepTriaged(triaged?.by_text, text, result)
    keepTriaged(triaged?.by_name, name, result)
    return result
  }

  /** The verdict of an event that needs triage, if it is known and holds at all times; then nobody need read the time. */
  function triagedAlready(
    verdict: Verdict | undefined,
    values: EventValues,
    evidence: Evidence,
  ): Verdict | undefined {
    if (verdict?.triaged === undefined || isTimed(verdict)) return undefined
    const known = verdict.triaged.by_text.get(rules.triageText(values, evidence))
    return known === undefined || isTimed(known) ? undefined : known
  }

  function attribution(batch: Batch): readonly Key[] {
    const { view } = batch
    const now_ms = clock.now()
    if (view.identity_generation !== generation) {
      generation = view.identity_generation
      memo = []
      forgetSettled(settled)
    }
    if (epochNow() !== settled_epoch) {
      settled_epoch = epochNow()
      forgetSettled(settled)
    }
    if (missing.size > 0) missing = new Map()
    answers = batch.answers
    batches += 1
    let hits = 0
    let lost = 0
    secrets.clear()
    const { decisions, shaped, looked_at } = batch
    const takes_settled = (decisions ?? shaped ?? looked_at) === undefined
    for (let message = 0; message < view.message_count; message += 1) {
      if (batch.failure(message) !== undefined) continue
      const start = view.event_starts[message]!
      const end = view.event_starts[message + 1]!
      const is_single = end - start === 1
      for (let event = start; event < end; event += 1) {
        const identity = view.identity(event)
        const values = view.values(event)
        if (takes_settled && now_ms < settled.good_until_ms[identity]!) {
          hits += 1
          const findSecrets = secrets.readers[identity]
          if (findSecrets !== undefined) {
            if (marker !== undefined) searched = { batch, message, event, entry: memo[identity] }
            findSecrets(values, secrets.see)
          }
          const fragment = settled.fragments[identity]
          if (fragment !== undefined) view.write(event, fragment)
          if (is_single) batch.labels[message] = settled.labels[identity]
          count(batch, event, settled.codes[identity]!, settled.bills[identity]!, values)
          continue
        }
        let entry = identity >= 0 ? memo[identity] : undefined
        if (entry === undefined) entry = remember(identity, values)
        else if (!isGood(entry, now_ms)) entry.verdicts = []
        const { evidence } = entry
        lost += evidence.lost
        if (marker !== undefined) searched = { batch, message, event, entry }
        secrets.add(evidence, values)
        if (evidence.failure !== undefined) {
          batch.fail(message, evidence.failure)
          break
        }
        let verdict = triagedAlready(entry.verdicts[0], values, evidence) ?? entry.verdicts[0]
        if (verdict === undefined || verdict.needs_triage || isTimed(verdict)) {
          const at_ms = rules.callTime(values, evidence) ?? batch.timestamp(message)
          verdict = entry.verdicts.find((one) => holdsAt(one, at_ms))
          batch_in_work = batch
          message_in_work = message
          event_in_work = event
          if (verdict === undefined) verdict = judge(entry, values, at_ms)
          else {
            hits += 1
            if (verdict.needs_triage) verdict = judgeTriaged(entry, verdict, values, at_ms)
          }
          if (verdict === undefined) continue
          if (always_timed && verdict.record !== undefined) {
            // With all its detail a record differs from event to event.
            const record = billed(verdict.record, rules.billOf(evidence), values)
            view.write(event, { ...format.fragment(record), as_of_ms: at_ms })
          } else if (verdict.fragment !== undefined) view.write(event, verdict.fragment)
        } else {
          hits += 1
          if (verdict.fragment !== undefined) view.write(event, verdict.fragment)
          // What is found in the id of a key is counted with each event, so those take the longer way.
          if (evidence.secrets.length === 0) settleEntry(identity, entry, verdict)
        }
        for (const mark of verdict.marks) sight(batch, mark, message, event)
        if (is_single) batch.labels[message] = verdict.label
        count(batch, event, verdict.code, rules.billOf(evidence), values)
        if (decisions !== undefined) decisions[event] = verdict.decision
        if (looked_at !== undefined) looked_at[event] = lookedAt(evidence, verdict, conceal, detail)
        if (shaped !== undefined) {
          const time_ms = rules.callTime(values, evidence) ?? batch.timestamp(message)
          shaped[event] = shapedEvent(entry, verdict, time_ms, values)
        }
      }
    }
    if (missing.size > 0) return [...missing.values()]
    tally.addLookupMemo(hits, view.event_count - hits)
    tally.addLost(lost)
    secrets.tell()
    return NOTHING_TO_LOOK_UP
  }

  function identitiesIn(entry: Remembered): readonly NamedIdentity[] {
    return (entry.identities ??= identitiesOf(entry.evidence, conceal))
  }

  function marksOf(
    entry: Remembered,
    decision: Decision,
    at_ms: number,
    triage: Triage | undefined,
  ): readonly Mark[] {
    if (marker === undefined) return NO_MARKS
    const { evidence } = entry
    const identities = identitiesIn(entry)
    return marker.marksOf({ evidence, identities, decision, at_ms, triage, answerOf })
  }

  function shapedEvent(
    entry: Remembered,
    verdict: Verdict,
    time_ms: number,
    values: EventValues,
  ): LabelledEvent {
    const { evidence } = entry
    const { label } = verdict
    const record =
      always_timed && verdict.record !== undefined
        ? billed(verdict.record, rules.billOf(evidence), values)
        : verdict.record
    return {
      source: evidence.source?.name ?? 'unknown',
      class: evidence.class,
      identities: identitiesIn(entry),
      time_ms,
      record,
      as_of_ms: record !== undefined && always_timed ? time_ms : undefined,
      label,
    }
  }

  function isGood(entry: Remembered, now_ms: number): boolean {
    if (entry.epoch !== epochNow()) return false
    return now_ms < entry.good_until_ms || entry.batch === batches
  }

  function isTimed(verdict: Verdict): boolean {
    return always_timed || verdict.from_ms !== -Infinity || verdict.to_ms !== Infinity
  }

  /** Only what the next event of this identity would get in the same way: see `isGood` and `isTimed`. */
  function settleEntry(identity: number, entry: Remembered, verdict: Verdict): void {
    const { evidence, good_until_ms, epoch } = entry
    secrets.readers[identity] = rules.secretsOf(evidence)
    if (entry.verdicts[0] !== verdict) return
    if (memo[identity] !== entry || evidence.lost > 0 || epoch !== settled_epoch) return
    if (verdict.marks.length > 0) return
    const bill = rules.billOf(evidence)
    const { code, fragment, label } = verdict
    settle(settled, identity, { good_until_ms, code, fragment, label, bill })
  }

  function count(
    batch: Batch,
    event: number,
    code: number,
    bill: BillReader,
    values: EventValues,
  ): void {
    const events = batch.tally
    const row = event * BILL_COLUMNS
    events.codes[event] = code
    events.tokens[event] = bill.read(values, events.bills, row)
    if (events.bills[row + BILL_COST]! < 0) return
    const money = bill.money(values)
    if (money !== undefined) events.moneys[event] = tally.moneyOf(money)
  }

  return attribution
}

function sight({ sightings }: Batch, mark: Mark, message: number, event: number): void {
  sightings?.marks.push(mark)
  sightings?.messages.push(message)
  sightings?.events.push(event)
}
