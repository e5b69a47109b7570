/**
 * The commit gate: an offset moves forward only when every message below it has its fate.
 *
 * It orders the runs that were handed out, not integers, because offsets have gaps. A run is registered whole, so that
 * nothing that comes after it can pass it, and worked on in parts, which are taken off its front. Per partition a run or
 * part is
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
  /** Where the next read begins once this and all before it is done. */
  readonly next_offset: number
  /** Messages whose fate is not known yet, without those of parts that were taken off. */
  open: number
  /** The partition was revoked: nothing of it may be published or counted any more. */
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
  /**
   * Takes the first `count` open messages of a run off it, as a ticket of their own: the position may move to their
   * `next_offset` while the rest is open. No message of the run may have a fate yet but those of parts.
   */
  takePart(run: Ticket, count: number, next_offset: number): Ticket
  /** Settles some messages of a ticket. Fates of a released one are late and change nothing. */
  settle(ticket: Ticket, fates: FateCounts): void
  /** Offsets that hold no messages for us: the position moves over them when all before is settled. */
  skip(partition: PartitionId, next_offset: number, epoch: number): void
  /** Positions that moved since the last call. */
  takeCommits(): Commits | undefined
  /** Positions of a failed commit are offered again. */
  returnCommits(commits: Commits): void
  readonly in_flight: number
  /** Messages that were handed out, over all partitions, since the start. */
  readonly consumed: number
  /** The partitions that are ours, and how each gets on. */
  assigned(): readonly AssignedPartition[]
  /** Runs and parts that are kept, over all partitions. */
  readonly tickets: number
}

export interface AssignedPartition extends PartitionId {
  readonly in_flight: number
  /** Below it every message has its fate; `undefined` until the first run is settled. */
  readonly position: number | undefined
  /**
   * When the partition last got on (epoch ms): a message got its fate, nothing was to be read over a stretch, work came in
   * while there was none, or the partition was assigned.
   */
  readonly progress_ms: number
}

interface PartitionState {
  readonly id: PartitionId
  epoch: number
  assigned: boolean
  /** Runs and their parts in the order of the log; settled ones leave from the front. */
  readonly tickets: Ticket[]
  position: number | undefined
  committed: number | undefined
  consumed: number
  readonly fates: Record<Fate, number>
  released: number
  progress_ms: number
}

export function createGate(ports: Pick<Ports, 'meter' | 'clock'>): Gate {
  const { clock } = ports
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
        tickets: [],
        position: undefined,
        committed: undefined,
        consumed: 0,
        fates: { published: 0, dead_lettered: 0, filtered: 0 },
        released: 0,
        progress_ms: clock.now(),
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
    if (inFlight(state) === 0) state.progress_ms = clock.now()
    state.consumed += count
    state.tickets.push(ticket)
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
        state.progress_ms = clock.now()
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
    takePart(run, count, next_offset) {
      if (count > run.open) throw new Error('a part is larger than what is left of its run')
      const part: Ticket = { ...run, next_offset, open: count }
      run.open -= count
      if (run.released) return part
      const { tickets } = stateOf(run.partition)
      tickets.splice(tickets.lastIndexOf(run), 0, part)
      return part
    },
    settle(ticket, fates) {
      if (ticket.released) return
      const state = stateOf(ticket.partition)
      for (const fate of FATES) {
        state.fates[fate] += fates[fate]
        ticket.open -= fates[fate]
      }
      if (ticket.open < 0) throw new Error('a message was given two fates')
      if (FATES.some((fate) => fates[fate] > 0)) state.progress_ms = clock.now()
      advance(state)
      if (ticket.open === 0) joinSettled(state, ticket)
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
    get consumed() {
      let sum = 0
      for (const state of states.values()) sum += state.consumed
      return sum
    },
    get tickets() {
      let sum = 0
      for (const state of states.values()) sum += state.tickets.length
      return sum
    },
    assigned() {
      return [...states.values()]
        .filter((state) => state.assigned)
        .map((state) => ({
          ...state.id,
          in_flight: inFlight(state),
          position: state.position,
          progress_ms: state.progress_ms,
        }))
    },
  }
}

/** Moves the position over settled tickets at the front. */
function advance(state: PartitionState): void {
  let settled = 0
  for (const ticket of state.tickets) {
    if (ticket.open > 0) break
    state.position = ticket.next_offset
    settled += 1
  }
  if (settled > 0) state.tickets.splice(0, settled)
}

/**
 * Settled tickets side by side are one, or everything behind a message that waits for its fate for long would pile up: the
 * later one says how far the position may move.
 */
function joinSettled({ tickets }: PartitionState, ticket: Ticket): void {
  const at = tickets.indexOf(ticket)
  if (at < 0) return
  if (tickets[at + 1]?.open === 0) tickets.splice(at, 1)
  if (tickets[at - 1]?.open === 0) tickets.splice(at - 1, 1)
}

function release(state: PartitionState): void {
  for (const ticket of state.tickets) {
    state.released += ticket.open
    ticket.released = true
  }
  state.tickets.length = 0
}

function inFlight(state: PartitionState): number {
  let open = 0
  for (const ticket of state.tickets) open += ticket.open
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
