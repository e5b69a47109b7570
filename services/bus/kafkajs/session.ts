import type { EachBatchPayload } from 'kafkajs'
import type { ConsumerHandler, PartitionId, Position } from '#/core/bus.ts'
import { keyOf, newState, safePosition, type Bounds, type PartitionState } from './positions.ts'
import { runsOf as runsOfKafkajs, type RunsOf } from './runs.ts'

/**
 * What a consumer holds between joining a group and leaving it: the epoch, the assigned partitions, and what each still has
 * to hand over.
 *
 * kafkajs fetches from a broker only when all batches of its last fetch are handled, so a handler that waits would hold up
 * the neighbours. A batch is therefore taken at once, and its partition paused until the handler has taken the last run
 * of it. There is at most one batch per partition in our hands.
 *
 * After a rebalance kafkajs reads every partition from the last commit. One kind of batch is dangerous then: one that was
 * fetched before, by another broker's loop, and arrives after. It would move the position over messages that were never
 * handed out in this epoch. So a rebalance that did not stop the loops (`loops_ran`) seeks to the last safe position:
 * kafkajs drops what was fetched before a seek.
 */

/** What the session needs of the kafkajs consumer. */
export interface SessionControl {
  pause(partition: PartitionId): void
  resume(partition: PartitionId): void
  seek(position: Position): void
}

export interface Session {
  epoch(): number
  assigned(): readonly PartitionId[]
  /** Whether a partition waits for its handler. */
  isHeld(): boolean
  joined(partitions: readonly PartitionId[], how: { readonly loops_ran: boolean }): void
  /** The partitions are no longer ours, or will be assigned anew. */
  revoke(): void
  /** Takes a batch; resolves at once or, when the handler is about to be ready, a little later. */
  take(payload: EachBatchPayload): Promise<void>
  /** A batch held nothing for readers, and kafkajs has moved over it. */
  skipped(partition: PartitionId, first_offset: number, next_offset: number): void
  /**
   * The commits of the group as they were when the epoch began (-1 for none), and the bounds of the logs, as far as they
   * could be learned; reading begins only now. Who begins at the end begins at the one that is told here. kafkajs
   * overwrites a commit whose offset is gone, so what was lost can only be known from before.
   */
  begin(found: readonly Position[], epoch: number, bounds?: readonly Bounds[]): void
  /** The same, for what was learned when reading had begun already. */
  place(found: readonly Position[], epoch: number, bounds: readonly Bounds[]): void
  /** Partitions of which nobody knows yet where reading begins. */
  unplaced(): readonly PartitionId[]
  end(partition: PartitionId, end_offset: number): void
  committed(positions: readonly Position[], epoch: number): void
  /** Where reading began in this epoch, for partitions without a commit of ours in it. */
  begunAt(): readonly Position[]
  /** Hands out no more. */
  halt(): void
}

/** A handler that is ready within this time is waited for; it saves the pause, which costs a round of fetching. */
const PATIENCE_MS = 20

export function createSession(
  handler: ConsumerHandler,
  control: SessionControl,
  /** Without a commit the topic is read from its beginning, not from its end. */
  isReadFromStart: (topic: string) => boolean = () => true,
  runsOf: RunsOf = runsOfKafkajs,
): Session {
  let epoch = 0
  let states: ReadonlyMap<string, PartitionState> = new Map()
  let halted = false

  function isCurrent(state: PartitionState): boolean {
    return !halted && state.epoch === epoch && states.get(keyOf(state.id)) === state
  }

  /** Hands over what the partition holds, run after run, as long as it is ours. */
  async function handOver(state: PartitionState): Promise<void> {
    state.busy = true
    for (let item = state.items.shift(); item !== undefined; item = state.items.shift()) {
      if (!isCurrent(state)) return
      if (item.type === 'run') await handler.onRun(item.run, state.epoch)
      else handler.onSkipped(state.id, item.next_offset, state.epoch)
    }
    state.busy = false
  }

  function revoke(): void {
    const partitions = [...states.values()].map(({ id }) => id)
    if (partitions.length > 0) handler.onRevoked(partitions)
    states = new Map()
  }

  /** Says where reading begins in each partition of which that is known now. */
  function placeAll(
    found: readonly Position[],
    bounds: readonly Bounds[],
    how: { readonly may_seek: boolean },
  ): void {
    const commits = new Map(found.map((position) => [keyOf(position), position.offset]))
    for (const { start, end, ...id } of bounds) {
      const state = states.get(keyOf(id))
      if (state === undefined || state.placed) continue
      const from = state.next ?? commits.get(keyOf(id))
      if (from === undefined) continue
      const offset = from >= start && from <= end ? from : isReadFromStart(id.topic) ? start : end
      // By itself kafkajs would ask for the end later, and what came meanwhile would count as waiting for ever.
      if (how.may_seek && from < 0 && offset === end) control.seek({ ...state.id, offset })
      state.placed = true
      handler.onBegun({ ...state.id, offset }, epoch)
    }
  }

  function noteFetch(state: PartitionState, fetched_offset: number): void {
    state.first ??= fetched_offset
    state.placed = true
    if (state.next !== undefined && state.next !== fetched_offset) {
      handler.onOutOfRange(state.id, state.next, fetched_offset)
    }
  }

  return {
    epoch: () => epoch,
    assigned: () => [...states.values()].map(({ id }) => id),
    isHeld: () => [...states.values()].some(({ busy }) => busy),
    joined(partitions, { loops_ran }) {
      const before = states
      revoke()
      epoch++
      const next = new Map<string, PartitionState>()
      for (const partition of partitions) {
        const state = newState(partition, epoch)
        next.set(keyOf(partition), state)
        const old = before.get(keyOf(partition))
        const safe = loops_ran && old !== undefined ? safePosition(old) : undefined
        if (safe !== undefined) {
          state.next = safe
          control.seek({ ...partition, offset: safe })
        }
        control.pause(partition)
      }
      states = next
      handler.onAssigned(partitions, epoch)
    },
    revoke,
    async take({ batch, resolveOffset, isRunning, isStale }) {
      const state = states.get(keyOf(batch))
      if (state === undefined || halted || state.busy || !isRunning() || isStale()) return
      const last = batch.messages.at(-1)
      if (last === undefined) return
      noteFetch(state, fetchedOffset(batch))
      for (const run of runsOf(batch.topic, batch.partition, batch.messages)) {
        state.items.push({ type: 'run', run })
      }
      const next_offset = Number(batch.lastOffset()) + 1
      if (next_offset > Number(last.offset) + 1) state.items.push({ type: 'skip', next_offset })
      state.next = next_offset
      resolveOffset(last.offset)
      handler.onEnd(state.id, Number(batch.highWatermark))
      await orPause(state)
    },
    skipped(partition, first_offset, next_offset) {
      const state = states.get(keyOf(partition))
      if (state === undefined || halted) return
      state.first ??= first_offset
      state.placed = true
      state.next = next_offset
      handler.onSkipped(partition, next_offset, epoch)
    },
    begin(found, at_epoch, bounds = []) {
      if (at_epoch !== epoch || halted) return
      placeAll(found, bounds, { may_seek: true })
      for (const position of found) {
        const state = states.get(keyOf(position))
        if (state !== undefined && position.offset >= 0) state.next ??= position.offset
      }
      for (const state of states.values()) control.resume(state.id)
    },
    place(found, at_epoch, bounds) {
      if (at_epoch === epoch && !halted) placeAll(found, bounds, { may_seek: false })
    },
    unplaced: () => [...states.values()].filter(({ placed }) => !placed).map(({ id }) => id),
    end(partition, end_offset) {
      if (states.has(keyOf(partition))) handler.onEnd(partition, end_offset)
    },
    committed(positions, at_epoch) {
      if (at_epoch !== epoch) return
      for (const position of positions) {
        const state = states.get(keyOf(position))
        if (state !== undefined) state.committed = position.offset
      }
    },
    begunAt: () =>
      [...states.values()].flatMap(({ id, first, committed }) =>
        first === undefined || committed !== undefined ? [] : [{ ...id, offset: first }],
      ),
    halt() {
      halted = true
      for (const state of states.values()) control.pause(state.id)
    },
  }

  async function orPause(state: PartitionState): Promise<void> {
    const done = handOver(state)
    done.catch((error: unknown) => handler.onFailure(error))
    if (await within(PATIENCE_MS, done)) return
    if (!isCurrent(state)) return
    control.pause(state.id)
    const resume = (): void => {
      if (isCurrent(state)) control.resume(state.id)
    }
    done.then(resume, () => {})
  }
}

/** kafkajs has it on its batches, though not in its types: where the fetch began. */
function fetchedOffset(batch: EachBatchPayload['batch']): number {
  return 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : Number(batch.firstOffset())
}

async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const done = work.then(
    () => true,
    () => true,
  )
  const first = await Promise.race([done, late])
  clearTimeout(timer)
  return first
}
