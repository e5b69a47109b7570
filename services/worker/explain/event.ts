/** From what the rules say of one event to its document: keys by name, times as text, concealed what is concealed. */
import type { Explained, Explainer, Reading } from '#/attribution/explain.ts'
import { toRecord } from '#/attribution/index.ts'
import { keyText } from '#/core/keys.ts'
import type { Answer, Binding, Key } from '#/core/owners.ts'
import type { Concealment } from './conceal.ts'
import type { BindingLine, ExplainDocument, LookupLine } from './document.ts'
import type { Answered } from './lookups.ts'

export interface EventJob {
  readonly explainer: Explainer
  readonly concealment: Concealment
  readonly reading: Reading
  readonly answers: ReadonlyMap<string, Answered>
  /** Of the message, epoch milliseconds. */
  readonly timestamp: number
}

type EventPart = Pick<
  ExplainDocument,
  | 'source'
  | 'class'
  | 'call_time'
  | 'decision'
  | 'rule'
  | 'evidence'
  | 'lookups'
  | 'rungs'
  | 'rules'
  | 'advice'
>

export function explainEvent(job: EventJob): EventPart {
  const { explainer, concealment, reading, answers, timestamp } = job
  const { nameOf } = concealment
  const at_ms = reading.call_time_ms ?? timestamp
  const explained = explainer.explain(reading, at_ms, (key) => answerOf(answers, key))
  const { decided, source, class: event_class, rules } = explained
  const { decision } = decided
  const written = decision.outcome === undefined ? undefined : toRecord(decision, 'full')
  return {
    ...(source === undefined ? {} : { source }),
    ...(event_class === undefined ? {} : { class: event_class }),
    call_time: {
      time: timeText(at_ms),
      from: reading.call_time_ms === undefined ? 'message' : 'event',
    },
    ...(written === undefined ? {} : { decision: concealment.record(written) }),
    rule: decided.rule,
    evidence: explained.evidence.map((one) => evidenceLine(one, concealment)),
    lookups: explained.lookups.map((one) => lookupLine(one, answers, nameOf, at_ms)),
    rungs: explained.rungs.map((rung) => ({
      ...rung,
      keys: rung.keys.map((one) => ({ ...one, key: nameOf(one.key) })),
    })),
    rules,
    advice: explained.advice.map(({ key, ...rest }) => ({
      ...rest,
      ...(key === undefined ? {} : { key: nameOf(key) }),
    })),
  }
}

function answerOf(answers: EventJob['answers'], key: Key): Answer {
  const answered = answers.get(keyText(key))
  if (answered === undefined) throw new Error(`nobody was asked about a key of kind ${key.kind}`)
  return answered.answer
}

function evidenceLine(
  { word, ...one }: Explained['evidence'][number],
  { nameOf, word: shown }: Concealment,
): ExplainDocument['evidence'][number] {
  const text = word === undefined ? undefined : shown(word)
  return { ...one, keys: one.keys.map(nameOf), ...(text === undefined ? {} : { word: text }) }
}

function lookupLine(
  { key, answer, at }: Explained['lookups'][number],
  answers: EventJob['answers'],
  nameOf: (key: Key) => string,
  at_ms: number,
): LookupLine {
  const { state, bindings, revision } = answer
  return {
    key: nameOf(key),
    state,
    means: at.state,
    tier: answers.get(keyText(key))?.tier ?? 'none',
    ...(revision === undefined ? {} : { revision }),
    bindings: bindings.map((binding) => bindingLine(binding, at_ms)),
  }
}

function bindingLine(binding: Binding, at_ms: number): BindingLine {
  const { id, ownership, owner, valid_from_ms, valid_to_ms } = binding
  return {
    id,
    ownership,
    ...(owner === undefined ? {} : { owner: owner.id }),
    ...(valid_from_ms === -Infinity ? {} : { valid_from: timeText(valid_from_ms) }),
    ...(valid_to_ms === Infinity ? {} : { valid_to: timeText(valid_to_ms) }),
    in_force: at_ms >= valid_from_ms && at_ms < valid_to_ms,
  }
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
