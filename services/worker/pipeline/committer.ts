/**
 * Commits what the gate lets through, at an interval and once more at the end. A failed commit loses nothing: its
 * positions are offered again, and after a rebalance the new owner reads from the last one that was taken.
 */
import type { Consumer } from '#/core/bus.ts'
import { messageOf } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { Gate } from './gate.ts'

export interface Committer {
  /** Commits now. Never rejects. */
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
      last = last.then(commit)
      return last
    },
    async stop() {
      stopping.abort()
      await done
    },
  }
}
