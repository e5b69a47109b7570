import type { Commit, ConsumerHandler, PartitionId } from '#/core/bus.ts'
import type { PartitionLog } from './log.ts'

/**
 * A consumer group of the in-process bus. It rebalances eagerly, as the classic protocol does: whenever a member comes or
 * goes, or a pattern finds another topic, all partitions are revoked, the epoch goes up, partitions are dealt out anew, and everybody reads on from the
 * last commit.
 */

export interface GroupMember {
  readonly handler: ConsumerHandler
  readonly initial_offset: 'earliest' | 'latest'
  /** What it is subscribed to, as the topics are now. */
  partitions(): readonly PartitionId[]
}

export interface GroupMembership {
  halt(): Promise<void>
  commit(positions: readonly Commit[], epoch: number): void
  leave(): void
}

export interface Group {
  join(member: GroupMember): GroupMembership
  /** A partition has grown. */
  wake(partition: PartitionId): void
  /** There are other topics now: rebalances if some member is subscribed to one of them. */
  refresh(): void
  committed(partition: PartitionId): Pick<Commit, 'offset' | 'metadata'> | undefined
}

interface Joined {
  readonly member: GroupMember
  subscribed: readonly PartitionId[]
  assigned: readonly PartitionId[]
  halted: boolean
}

export function createGroup(logOf: (partition: PartitionId) => PartitionLog): Group {
  const positions = new Map<string, Pick<Commit, 'offset' | 'metadata'>>()
  /** At most one per partition, whoever it is assigned to. */
  const readers = new Map<string, Reader>()
  let members: readonly Joined[] = []
  let epoch = 0

  function rebalance(next: readonly Joined[]): void {
    for (const each of members) revoke(each)
    members = next
    epoch++
    assign(next)
    for (const each of next) {
      each.member.handler.onAssigned(each.assigned, epoch)
      for (const partition of each.halted ? [] : each.assigned) startReading(each, partition)
    }
  }

  function revoke(each: Joined): void {
    stopReading(each)
    if (each.assigned.length > 0) each.member.handler.onRevoked(each.assigned)
    each.assigned = []
  }

  function stopReading(each: Joined): void {
    for (const partition of each.assigned) readers.get(keyOf(partition))?.stop()
  }

  function startReading({ member }: Joined, partition: PartitionId): void {
    const log = logOf(partition)
    const initial = () => (member.initial_offset === 'earliest' ? log.start() : log.end())
    const from = positions.get(keyOf(partition))?.offset ?? initial()
    const { handler } = member
    readers.set(keyOf(partition), startReader({ log, partition, epoch, handler, initial, from }))
  }

  return {
    join(member) {
      const subscribed = member.partitions()
      const joined: Joined = { member, subscribed, assigned: [], halted: false }
      rebalance([...members, joined])
      return {
        async halt() {
          joined.halted = true
          stopReading(joined)
        },
        commit(of, at_epoch) {
          if (at_epoch !== epoch || !members.includes(joined)) return
          for (const { offset, metadata, ...partition } of of)
            positions.set(keyOf(partition), metadata ? { offset, metadata } : { offset })
        },
        leave() {
          if (members.includes(joined)) rebalance(members.filter((each) => each !== joined))
        },
      }
    },
    refresh() {
      const found = members.map((each) =>
        each.halted ? each.subscribed : each.member.partitions(),
      )
      if (members.every(({ subscribed }, i) => subscribed.length === found[i]?.length)) return
      for (const [i, each] of members.entries()) each.subscribed = found[i] ?? []
      // Whoever began at the end goes on where it began, not at the new end.
      for (const [key, reader] of readers) {
        if (!positions.has(key)) positions.set(key, { offset: reader.first })
      }
      rebalance(members)
    },
    wake: (partition) => readers.get(keyOf(partition))?.wake(),
    committed: (partition) => positions.get(keyOf(partition)),
  }
}

/** Deals the partitions out in turn among the members that subscribe to them. */
function assign(members: readonly Joined[]): void {
  const all = members.flatMap(({ subscribed }) => subscribed)
  const partitions = [...new Map(all.map((each) => [keyOf(each), each])).values()]
  for (const [i, partition] of partitions.entries()) {
    const candidates = members.filter(({ subscribed }) =>
      subscribed.some((own) => keyOf(own) === keyOf(partition)),
    )
    const chosen = candidates[i % candidates.length]
    if (chosen !== undefined) chosen.assigned = [...chosen.assigned, partition]
  }
}

interface Reader {
  /** Where it began. */
  readonly first: number
  /** The log has grown. */
  wake(): void
  stop(): void
}

/** Hands out the runs of one partition until it is stopped, beginning on the next turn. */
function startReader(of: {
  readonly log: PartitionLog
  readonly partition: PartitionId
  readonly epoch: number
  readonly handler: ConsumerHandler
  readonly from: number
  /** Where to go on when the position is out of range. */
  initial(): number
}): Reader {
  const { log, partition, handler, epoch } = of
  const state = { stopped: false }
  let position = of.from
  /** Ends the wait that the reader is in, whatever it waits for. */
  let interrupt = (): void => {}
  let idle = false

  async function read(): Promise<void> {
    await Promise.resolve()
    if (!state.stopped) handler.onBegun({ ...partition, offset: inRange(position) }, epoch)
    while (!state.stopped) {
      if (inRange(position) !== position) {
        const lost_from = position
        position = inRange(position)
        handler.onOutOfRange(partition, lost_from, position)
      }
      handler.onEnd(partition, log.end())
      const run = log.run({ ...partition, offset: position })
      if (run !== undefined) {
        position = (run.offsets[run.count - 1] ?? position) + 1
        await interruptible(handler.onRun(run, epoch))
      } else if (position < log.end()) {
        position = log.end()
        handler.onSkipped(partition, position, epoch)
      } else {
        idle = true
        await interruptible(undefined)
        idle = false
      }
    }
  }

  function inRange(offset: number): number {
    return offset < log.start() || offset > log.end() ? of.initial() : offset
  }

  function interruptible(until: Promise<void> | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      interrupt = resolve
      until?.then(resolve, reject)
    })
  }

  read().catch((error: unknown) => handler.onFailure(error))
  return {
    first: of.from,
    wake: () => {
      if (idle) interrupt()
    },
    stop: () => {
      state.stopped = true
      interrupt()
    },
  }
}

export function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`
}
