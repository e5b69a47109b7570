/**
 * The commit gate: an offset moves forward only when every message below it has its fate.
 *
 * It orders the runs that were handed out, not integers, because offsets have gaps. Per partition a run is
 *   open → settled (all its messages have a fate) → committed, or
 *   open → released (the partition was revoked first; fates that arrive later are late and dropped).
 * At every moment, per partition: consumed = published + dead_lettered + filtered + released + in_flight.
 */
import type { PartitionId, Position } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import { FATES, type Fate } from '#/core/words.ts'

export interface Ticket {
  readonly partition: PartitionId
  readonly epoch: number
  /** Where the next read begins once this run is done. */
  readonly next_offset: number
  /** Messages whose fate is not known yet. */
  open: number
  /** The partition was revoked: nothing of this run may be published or counted any more. */
  released: boolean
}

export type FateCounts = Readonly<Record<Fate, number>>

export interface Commits {
  readonly epoch: number
  readonly positions: readonly Position[]
}

export interface Gate {
  assign(partitions: readonly PartitionId[], epoch: number): void
  revoke(partitions: readonly PartitionId[]): void
  /** Registers a run. `undefined`: its epoch is over, the run must be dropped unread. */
  open(
    partition: PartitionId,
    count: number,
    next_offset: number,
    epoch: number,
  ): Ticket | undefined
  /** Settles some messages of a run. Fates of a released run are late and change nothing. */
  settle(ticket: Ticket, fates: FateCounts): void
  /** Offsets that hold no messages for us: the position moves over them when all before is settled. */
  skip(partition: PartitionId, next_offset: number, epoch: number): void
  /** Positions that moved since the last call. */
  takeCommits(): Commits | undefined
  /** Positions of a failed commit are offered again. */
  returnCommits(commits: Commits): void
  readonly in_flight: number
  assigned(): readonly PartitionId[]
}

interface PartitionState {
  readonly id: PartitionId
  epoch: number
  assigned: boolean
  /** Runs in the order they were handed out; settled ones leave from the front. */
  readonly runs: Ticket[]
  position: number | undefined
  committed: number | undefined
  consumed: number
  readonly fates: Record<Fate, number>
  released: number
}

export function createGate(ports: Pick<Ports, 'meter'>): Gate {
  const states = new Map<string, PartitionState>()
  let epoch = 0
  exportCounts(states, ports)

  function stateOf(id: PartitionId): PartitionState {
    const name = `${id.topic}/${id.partition}`
    let state = states.get(name)
    if (state === undefined) {
      state = {
        id,
        epoch: -1,
        assigned: false,
        runs: [],
        position: undefined,
        committed: undefined,
        consumed: 0,
        fates: { published: 0, dead_lettered: 0, filtered: 0 },
        released: 0,
      }
      states.set(name, state)
    }
    return state
  }

  function register(
    id: PartitionId,
    count: number,
    next_offset: number,
    run_epoch: number,
  ): Ticket | undefined {
    const state = stateOf(id)
    if (!state.assigned || state.epoch !== run_epoch) return undefined
    const ticket: Ticket = {
      partition: id,
      epoch: run_epoch,
      next_offset,
      open: count,
      released: false,
    }
    state.consumed += count
    state.runs.push(ticket)
    advance(state)
    return ticket
  }

  return {
    assign(partitions, new_epoch) {
      epoch = new_epoch
      for (const id of partitions) {
        const state = stateOf(id)
        release(state)
        state.assigned = true
        state.epoch = new_epoch
        state.position = undefined
        state.committed = undefined
      }
    },
    revoke(partitions) {
      for (const id of partitions) {
        const state = stateOf(id)
        release(state)
        state.assigned = false
      }
    },
    open: register,
    settle(ticket, fates) {
      if (ticket.released) return
      const state = stateOf(ticket.partition)
      for (const fate of FATES) {
        state.fates[fate] += fates[fate]
        ticket.open -= fates[fate]
      }
      if (ticket.open < 0) throw new Error('a message was given two fates')
      advance(state)
    },
    skip(id, next_offset, run_epoch) {
      register(id, 0, next_offset, run_epoch)
    },
    takeCommits() {
      const positions: Position[] = []
      for (const state of states.values()) {
        if (!state.assigned || state.position === undefined) continue
        if (state.position === state.committed) continue
        state.committed = state.position
        positions.push({ ...state.id, offset: state.position })
      }
      return positions.length > 0 ? { epoch, positions } : undefined
    },
    returnCommits(commits) {
      if (commits.epoch !== epoch) return
      for (const position of commits.positions) stateOf(position).committed = undefined
    },
    get in_flight() {
      let sum = 0
      for (const state of states.values()) sum += inFlight(state)
      return sum
    },
    assigned() {
      return [...states.values()].filter((state) => state.assigned).map((state) => state.id)
    },
  }
}

/** Moves the position over settled runs at the front. */
function advance(state: PartitionState): void {
  let settled = 0
  for (const run of state.runs) {
    if (run.open > 0) break
    state.position = run.next_offset
    settled += 1
  }
  if (settled > 0) state.runs.splice(0, settled)
}

function release(state: PartitionState): void {
  for (const run of state.runs) {
    state.released += run.open
    run.released = true
  }
  state.runs.length = 0
}

function inFlight(state: PartitionState): number {
  let open = 0
  for (const run of state.runs) open += run.open
  return open
}

/** Counters are brought up to date at the scrape, all in one go, so that the equation holds in every answer. */
function exportCounts(
  states: ReadonlyMap<string, PartitionState>,
  { meter }: Pick<Ports, 'meter'>,
): void {
  const counters = {
    consumed: meter.counter('whosecall_consumed_messages_total'),
    published: meter.counter('whosecall_published_messages_total'),
    dead_lettered: meter.counter('whosecall_dead_lettered_messages_total'),
    filtered: meter.counter('whosecall_filtered_messages_total'),
    released: meter.counter('whosecall_released_messages_total'),
  }
  const in_flight = meter.gauge('whosecall_in_flight_messages')
  const told = new Map<PartitionState, Record<keyof typeof counters, number>>()
  meter.onScrape(() => {
    for (const state of states.values()) {
      const labels = { topic: state.id.topic, partition: String(state.id.partition) }
      const now = { consumed: state.consumed, ...state.fates, released: state.released }
      const before = told.get(state)
      for (const name of Object.keys(counters) as (keyof typeof counters)[])
        counters[name].add(now[name] - (before?.[name] ?? 0), labels)
      in_flight.set(inFlight(state), labels)
      told.set(state, now)
    }
  })
}
