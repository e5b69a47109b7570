/**
 * A processor is a named step over a batch: it reads values by field and writes attributes. It is synchronous; what it
 * must look up it names first, and the pipeline resolves all of it in one lookup before it calls again.
 */
import type { Decision } from '#/core/decision.ts'
import type { Answer, Key } from '#/core/owners.ts'
import type { EventPlace } from '#/core/status.ts'
import type { Mark } from '../findings/marks.ts'
import type { Label } from '../pipeline/labels.ts'
import type { EventTally } from '../pipeline/event-tally.ts'
import type { FieldRead, Format, View } from '#/core/view.ts'
import type { DeadLetterReason, KeyKind } from '#/core/words.ts'
import type { ShapedEvent } from '#/formats/shapes/index.ts'

/** An event that may leave as a message of its own. */
export interface LabelledEvent extends ShapedEvent {
  readonly label: Label
}

/** What the rules of findings have to say, as structure of arrays: one entry for a mark of an event. */
export interface Sightings {
  readonly marks: Mark[]
  readonly messages: number[]
  readonly events: number[]
}

/** What an onlooker may know of an event. */
export interface LookedAt {
  readonly source: string | undefined
  readonly decision: Decision
  /** Kinds of the keys that it carries. */
  readonly kinds: () => readonly KeyKind[]
  /** What stands in `attribution.evidence` of what is written, after redaction. */
  readonly written: () => string | undefined
}

export interface Batch {
  readonly view: View
  /** Epoch milliseconds of message m, for events that carry no time. */
  timestamp(message: number): number
  /** Where an event can be read again; `event` is its index in the batch. */
  place(message: number, event: number): EventPlace
  readonly tally: EventTally
  /** The whole message goes to the dead letters. The first reason stays. */
  fail(message: number, reason: DeadLetterReason): void
  failure(message: number): DeadLetterReason | undefined
  /** What was decided about each event, kept only when somebody looks on. */
  readonly decisions: (Decision | undefined)[] | undefined
  /** The same and what it rests on, kept only while somebody looks on who may be shown an event now. */
  readonly looked_at?: (LookedAt | undefined)[] | undefined
  /** What is known about each event beside its bytes, kept only when messages leave in another shape. */
  readonly shaped: LabelledEvent[] | undefined
  /** Kept only when findings are wanted. */
  readonly sightings?: Sightings | undefined
  /** By message, the headers of one that holds exactly one event with an outcome. */
  readonly labels: (Label | undefined)[]
  /** Answers that this batch has looked up, by `keyText`; they complement the memory tier. */
  readonly answers: Pick<ReadonlyMap<string, Answer>, 'get'>
}

export interface Processor {
  readonly name: string
  /** Returns the keys that must be looked up before the batch can be done; it is then called again, from the start. */
  (batch: Batch): readonly Key[]
}

/** What a processor needs to know before a format exists. */
export interface ProcessorPlan {
  readonly fields: readonly FieldRead[]
  /** `first_field`: number of this processor's first field in the plan of the pipeline. */
  bind(context: { readonly first_field: number; readonly format: Format }): Processor
}

export const NOTHING_TO_LOOK_UP: readonly Key[] = []
