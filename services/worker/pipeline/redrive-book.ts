/**
 * Keeps the progress of a re-drive in the commits of its group. Two runs for one reason may go on at once and share the
 * partitions; whenever these are dealt out anew, what another run has committed meanwhile is taken over.
 */
import type { Admin, Commit, Consumer } from '#/core/bus.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Clock } from '#/core/ports.ts'
import { createRedriveProgress, type RedriveProgress } from './redrive-progress.ts'

export interface BookOptions {
  readonly group_id: string
  readonly topic: string
  /** Where the log of each partition ends. */
  readonly ends: ReadonlyMap<number, number>
  readonly admin: Pick<Admin, 'committed'>
  readonly clock: Clock
  /** Nothing is committed. */
  readonly dry_run: boolean
}

export interface RedriveBook {
  /** Partitions were assigned under this epoch. */
  assigned(epoch: number): void
  progressOf(partition: number): Promise<RedriveProgress>
  reach(partition: number, next_offset: number): void
  /** Rejects when the broker does not take it now; the next time will tell the same and more. */
  save(consumer: Consumer | undefined): Promise<void>
  /** Tries for seconds, because a group that rebalances takes commits again soon. */
  saveAtLast(consumer: Consumer): Promise<void>
}

const LAST_SAVES_MAX = 20
const LAST_SAVES_INTERVAL_MS = 250

interface Page {
  readonly progress: RedriveProgress
  /** The commit that it goes on from. */
  commit: string
}

export function createRedriveBook(options: BookOptions): RedriveBook {
  const { group_id, topic, ends, admin, clock } = options
  const pages = new Map<number, Page>()
  const unsaved = new Set<number>()
  let epoch = 0
  let read_at_epoch = -1

  async function readCommits(): Promise<void> {
    const at_epoch = epoch
    for (const position of await admin.committed(group_id, topic)) {
      const { partition } = position
      const commit = textOf(position)
      if (pages.get(partition)?.commit === commit) continue
      const progress = createRedriveProgress(position, ends.get(partition) ?? Infinity)
      pages.set(partition, { progress, commit })
      unsaved.delete(partition)
    }
    read_at_epoch = at_epoch
  }

  async function save(consumer: Consumer | undefined): Promise<void> {
    if (options.dry_run || consumer === undefined || unsaved.size === 0) return
    const at_epoch = epoch
    const saving = [...unsaved].map((partition) => {
      const page = pages.get(partition)!
      return { page, position: { topic, partition, ...page.progress.toCommit() } }
    })
    unsaved.clear()
    try {
      await consumer.commit(
        saving.map(({ position }) => position),
        at_epoch,
      )
    } catch (error) {
      for (const { position } of saving) unsaved.add(position.partition)
      throw error
    }
    if (at_epoch !== epoch) return
    for (const { page, position } of saving) page.commit = textOf(position)
  }

  return {
    assigned: (new_epoch) => (epoch = new_epoch),
    async progressOf(partition) {
      if (read_at_epoch !== epoch) await readCommits()
      const page = pages.get(partition)
      if (page === undefined) throw new Error(`the broker knows no partition ${partition}`)
      return page.progress
    },
    reach(partition, next_offset) {
      pages.get(partition)?.progress.reach(next_offset)
      unsaved.add(partition)
    },
    save,
    async saveAtLast(consumer) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await save(consumer)
        } catch (error) {
          if (tries === LAST_SAVES_MAX)
            throw new WhosecallError(
              'dependency_unreachable',
              `cannot keep the progress of group ${group_id}: ${messageOf(error)}; what was sent last may be sent again`,
              { cause: error },
            )
          await clock.sleep(LAST_SAVES_INTERVAL_MS)
        }
      }
    },
  }
}

function textOf({ offset, metadata = '' }: Commit): string {
  return `${offset} ${metadata}`
}
