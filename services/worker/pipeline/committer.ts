/**
 * Commits what the gate lets through, at an interval and once more at the end. A failed commit loses nothing: its
 * positions are offered again, and after a rebalance the new owner reads from the last one that was taken.
 */
import type { Consumer } from '#/core/bus.ts'
import { messageOf } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { Gate } from './gate.ts'

export interface Committer {
  /**
   * Commits what is known now, and resolves when that and what came before is answered. The commit leaves within the call:
   * partitions that are revoked after it have nothing left to commit. Never rejects.
   */
  flush(): Promise<void>
  stop(): Promise<void>
}

export function startCommitter(
  gate: Gate,
  consumer: Consumer,
  interval_ms: number,
  ports: Ports,
): Committer {
  const stopping = new AbortController()
  let last: Promise<void> = Promise.resolve()

  async function commit(): Promise<void> {
    const commits = gate.takeCommits()
    if (commits === undefined) return
    try {
      await consumer.commit(commits.positions, commits.epoch)
    } catch (error) {
      gate.returnCommits(commits)
      ports.logger.warn(
        { cause: messageOf(error) },
        'offsets could not be committed; they are offered again',
      )
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await ports.clock.sleep(interval_ms, stopping.signal)
      await commit()
    }
  }
  const done = loop()
  return {
    flush() {
      last = both(last, commit())
      return last
    },
    async stop() {
      stopping.abort()
      await done
    },
  }
}

async function both(a: Promise<void>, b: Promise<void>): Promise<void> {
  await Promise.all([a, b])
}
