import type { PartitionId } from '#/core/bus.ts'
import type { Run } from '#/core/run.ts'

/**
 * What the consumer knows of each assigned partition, for one epoch: where it stands, what it still has to hand over, and
 * what is known of the group's commits. A new epoch begins with new states.
 */

export type Item =
  | { readonly type: 'run'; readonly run: Run }
  | { readonly type: 'skip'; readonly next_offset: number }

export interface PartitionState {
  readonly id: PartitionId
  readonly epoch: number
  /** To be handed over, in order. */
  readonly items: Item[]
  /** Runs are being handed over; the partition is fetched again when it is done. */
  busy: boolean
  /** Offset of the first fetch of this epoch. */
  first: number | undefined
  /** The next offset: where the group's commit stands, then as far as we have read. */
  next: number | undefined
  /** Last commit of ours in this epoch. */
  committed: number | undefined
  /** The handler knows where reading begins, or has been given what lies there. */
  placed: boolean
}

/** The oldest offset that can be read, and the one behind the newest. */
export interface Bounds extends PartitionId {
  readonly start: number
  readonly end: number
}

export function newState(id: PartitionId, epoch: number): PartitionState {
  return {
    id,
    epoch,
    items: [],
    busy: false,
    first: undefined,
    next: undefined,
    committed: undefined,
    placed: false,
  }
}

/** Where reading must go on at the latest, so that nothing is left out; undefined when nothing was read. */
export function safePosition(state: PartitionState): number | undefined {
  return state.committed ?? state.first
}

export function keyOf({ topic, partition }: PartitionId): string {
  return `${partition}/${topic}`
}
