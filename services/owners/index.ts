import type { Startable } from '#/core/component.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Key, Owners } from '#/core/owners.ts'
import type { Clock, Ports } from '#/core/ports.ts'

import type { BreakerState } from './breaker.ts'
import type { HttpDirectoryConfig, OwnersConfig } from './config.ts'
import { createLookupCounts, type Tier } from './counts.ts'
import { reached } from './deadline.ts'
import { createFileOwners } from './file/directory.ts'
import { createHttpDirectory } from './http/client.ts'
import { createRedisLink } from './redis/link.ts'
import type { RedisLink } from './redis/link.ts'
import { createRedisTier } from './redis/tier.ts'
import { createTieredOwners } from './tiers.ts'
import { ownersProblems } from './problems.ts'

/**
 * Who owns an identity. An owner file is wholly in memory and needs nothing else. A directory service is asked through
 * memory and, if configured, Redis. Starting waits for neither of them: until they are there, answers are `unavailable`.
 */

export { FileDirectoryConfig, OwnersConfig } from './config.ts'
// What a service needs that answers for an owner file.
export { readInstant, writeRow } from './bindings.ts'
export { createOwnerTable, type OwnerTable } from './file/table.ts'
export { readRows, type RowFinding } from './rows.ts'
export { createFileOwners } from './file/directory.ts'
export type { FileOwners } from './file/directory.ts'
export {
  BATCH_LOOKUP_PATH,
  batch_request_schema,
  batch_response_schema,
  isKeyKind,
} from './http/contract.ts'
export type { BatchResult } from './http/contract.ts'
export { inspectDirectory } from './http/inspect.ts'
export type { DirectoryFacts } from './http/inspect.ts'
export { inspectRedis } from './redis/inspect.ts'
export type { RedisFacts } from './redis/inspect.ts'
export { ownersProblems } from './problems.ts'
export type { OwnersProblem } from './problems.ts'
export { inspectOwnerText, loadOwnerFile, loadOwnerText, readOwnerFile } from './file/load.ts'
export type { FileDiagnostic, InspectedOwners, LoadedOwners } from './file/load.ts'

/** How the lookup is doing. */
export interface OwnersStates {
  readonly directory: BreakerState | 'loaded' | 'absent'
  /**
   * Why there is no owner file in force. Only this is a condition of readiness: a path with a slip in it must stop a rollout,
   * while a service that is away is an outage that no rollout causes.
   */
  readonly absent_reason?: string
  readonly redis?: BreakerState
  /** Identities that are remembered in memory. */
  readonly entries: number
}

export type StartedOwners = Owners & {
  states(): OwnersStates
}

export type { Tier } from './counts.ts'

/** Told which tier gave the answer about a key that memory did not know; none when nobody could say. */
export type OnAnswer = (key: Key, tier: Tier | 'none') => void

export function createOwners(
  config: OwnersConfig,
  ports: Ports,
  onAnswer?: OnAnswer,
): Startable<StartedOwners> {
  const { directory } = config
  if (directory.type === 'http') return createServiceOwners(config, directory, ports, onAnswer)
  const file = createFileOwners(directory, ports)
  return {
    async start() {
      if (config.redis !== undefined) {
        ports.logger.warn({}, 'redis is not used: an owner file is wholly in memory')
      }
      const started = await file.start()
      const { value } = started
      return {
        value: {
          peek: (key) => value.peek(key),
          lookup: (keys) => value.lookup(keys),
          get epoch() {
            return value.epoch
          },
          states: () => ({
            directory: value.revision === undefined ? 'absent' : 'loaded',
            ...(value.absent_reason !== undefined && { absent_reason: value.absent_reason }),
            entries: value.bindings_count,
          }),
        },
        stop: (deadline) => started.stop(deadline),
      }
    },
  }
}

function createServiceOwners(
  config: OwnersConfig,
  directory_config: HttpDirectoryConfig,
  ports: Ports,
  onAnswer: OnAnswer | undefined,
): Startable<StartedOwners> {
  const problems = ownersProblems(config)
  if (problems.length > 0) {
    const lines = problems.map(
      ({ pointer, message }) => `owners${pointer.replaceAll('/', '.')}: ${message}`,
    )
    throw new WhosecallError('config_invalid', lines.join('\n'))
  }
  return {
    async start() {
      const counts = createLookupCounts(ports.meter)
      const link = config.redis === undefined ? undefined : await createRedisLink(config.redis)
      const shared =
        config.redis === undefined || link === undefined
          ? undefined
          : createRedisTier(config.redis, directory_config.tenant, link, ports, counts)
      const directory = createHttpDirectory(directory_config, ports, counts)
      const { clock, logger } = ports
      const { cache } = config
      const owners = createTieredOwners({
        cache,
        shared,
        directory,
        clock,
        logger,
        counts,
        onAnswer,
      })
      const entries = ports.meter.gauge('whosecall_owner_cache_entries')
      const remove = ports.meter.onScrape(() => {
        counts.flush()
        entries.set(owners.entries)
      })
      await waitForRedis(config.redis, link, ports.clock)
      return {
        value: {
          peek: (key) => owners.peek(key),
          lookup: (keys) => owners.lookup(keys),
          epoch: owners.epoch,
          states: () => ({
            directory: directory.state,
            ...(shared === undefined ? {} : { redis: shared.state }),
            entries: owners.entries,
          }),
        },
        async stop(deadline) {
          owners.stop()
          directory.stop()
          shared?.stop()
          await Promise.race([owners.idle(), reached(deadline)])
          counts.flush()
          remove()
        },
      }
    },
  }
}

/**
 * A new worker that waits a moment for Redis spares the directory its whole first load. It waits no longer than for one
 * attempt: behind sentinels that are down, a connection is sought without end.
 */
async function waitForRedis(
  config: OwnersConfig['redis'],
  link: RedisLink | undefined,
  clock: Clock,
): Promise<void> {
  if (config === undefined || link === undefined) return
  const connected = new AbortController()
  const late = clock.sleep(config.connect_timeout_ms, connected.signal)
  await Promise.race([link.connect(), late])
  connected.abort()
}
