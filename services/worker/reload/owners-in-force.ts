/**
 * The owner lookup that is in force, and its change while the worker runs. A reload that leaves the section `owners` as it is
 * keeps the lookup with all that it remembers; otherwise the new one is started beside it, and the old one ends when no
 * run asks it any more.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Deadline, Started } from '#/core/component.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Owners } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import {
  createOwners,
  type OwnersConfig,
  type OwnersStates,
  type StartedOwners,
} from '#/owners/index.ts'
import { createDeadline } from '#/telemetry/index.ts'

/** A lookup that could take the place of the one in force. */
export interface Candidate {
  readonly value: Owners
  /** Puts it in force; the old one is stopped when `ended` resolves. */
  use(ended: Promise<unknown>): void
  /** Gives it up. */
  drop(): Promise<void>
}

export interface OwnersInForce extends Started<Owners> {
  /** Starts the first one. */
  use(config: OwnersConfig): Promise<void>
  /** Rejects when the new one could not answer at all. */
  prepare(config: OwnersConfig): Promise<Candidate>
  /** The one in force now, for somebody who asks it until the worker stops, whatever takes its place. */
  keep(): Owners
  /** `undefined` before the first one has started. */
  states(): OwnersStates | undefined
}

/** How long a lookup that is replaced may take to end. */
const STOP_MS_MAX = 5_000

export function createOwnersInForce(ports: Ports): OwnersInForce {
  let current:
    { readonly config: OwnersConfig; readonly owners: Started<StartedOwners> } | undefined
  let kept: Started<StartedOwners> | undefined
  /** Those that are still asked by somebody. */
  const replaced = new Set<Started<StartedOwners>>()

  async function stopReplaced(owners: Started<StartedOwners>): Promise<void> {
    using deadline = createDeadline(ports.clock, STOP_MS_MAX)
    await owners.stop(deadline)
  }

  async function stopWhenIdle(old: Started<StartedOwners>, ended: Promise<unknown>): Promise<void> {
    replaced.add(old)
    if (old === kept) return
    try {
      await ended
      if (replaced.delete(old)) await stopReplaced(old)
    } catch (error) {
      ports.logger.warn({ cause: messageOf(error) }, 'the replaced owner lookup did not end')
    }
  }

  function inForce() {
    if (current === undefined) throw new Error('the owner lookup has not started')
    return current
  }

  return {
    get value() {
      return inForce().owners.value
    },
    async use(config) {
      current = { config, owners: await createOwners(config, ports).start() }
    },
    async prepare(config) {
      const { config: before, owners: old } = inForce()
      if (isDeepStrictEqual(config, before))
        return { value: old.value, use() {}, drop: () => Promise.resolve() }
      const owners = await createOwners(config, ports).start()
      const { absent_reason } = owners.value.states()
      if (absent_reason !== undefined) {
        await stopReplaced(owners)
        throw new WhosecallError('config_invalid', absent_reason)
      }
      return {
        value: owners.value,
        use(ended) {
          current = { config, owners }
          void stopWhenIdle(old, ended)
        },
        drop: () => stopReplaced(owners),
      }
    },
    keep() {
      kept = inForce().owners
      return kept.value
    },
    states: () => current?.owners.value.states(),
    async stop(deadline: Deadline) {
      const left = [...replaced]
      replaced.clear()
      for (const owners of left) await owners.stop(deadline)
      await current?.owners.stop(deadline)
    },
  }
}
