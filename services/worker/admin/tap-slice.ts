/** Shows the events of one slice to those who look on, at each stage that its messages come to. */
import type { PartitionId } from '#/core/bus.ts'
import type { Run } from '#/core/run.ts'
import type { Fate } from '#/core/words.ts'
import type { DeadLetterReason, Stage } from '#/core/words.ts'
import type { LookedAt } from '../processors/processor.ts'
import type { TapStage } from './tap-filter.ts'
import type { TapSink } from './tap.ts'
import { tappedEvent, type TappedEvent } from './tapped-event.ts'

export interface SliceTap {
  /** What is to become of message m. */
  decided(m: number, verdict: FateOf): void
  /** Message m was written. */
  published(m: number): void
}

type FateOf =
  | { readonly fate: Exclude<Fate, 'dead_lettered'> }
  | { readonly fate: 'dead_lettered'; readonly reason: DeadLetterReason; readonly stage: Stage }

export interface TappedSlice {
  readonly run: Pick<Run, 'topic' | 'partition' | 'offsets'>
  /** Number of the slice's first message in its run. */
  readonly first: number
  readonly event_starts: Int32Array
  readonly looked_at: readonly (LookedAt | undefined)[]
}

export function createSliceTap(
  tap: TapSink,
  { run, first, event_starts, looked_at }: TappedSlice,
): SliceTap {
  function offer(stage: TapStage, m: number, fate: Pick<TappedEvent, 'fate'>): void {
    const { topic, partition } = run
    const offset = run.offsets[first + m]!
    for (let event = event_starts[m]!; event < event_starts[m + 1]!; event += 1) {
      const about = looked_at[event]
      if (about === undefined) continue
      const place = { topic, partition, offset, event: event - event_starts[m]! }
      const shown = (with_evidence: boolean) =>
        tappedEvent(stage, place, fate, about, with_evidence)
      tap.offer(shown(false), shown)
    }
  }
  return {
    decided(m, verdict) {
      if (verdict.fate !== 'dead_lettered') return offer('decided', m, { fate: verdict.fate })
      const { topic, partition } = run
      tapMessage(tap, 'decided', { topic, partition, offset: run.offsets[first + m]! }, verdict)
    },
    published: (m) => offer('published', m, { fate: 'published' }),
  }
}

/** A dead letter, which is about a message as a whole. */
export function tapMessage(
  tap: TapSink,
  stage: TapStage,
  { topic, partition, offset }: PartitionId & { readonly offset: number },
  letter: { readonly reason: DeadLetterReason; readonly stage: Stage },
): void {
  const event: TappedEvent = {
    stage,
    topic,
    partition,
    offset,
    fate: 'dead_lettered',
    dead_letter_reason: letter.reason,
    dead_letter_stage: letter.stage,
  }
  tap.offer(event, () => event)
}
