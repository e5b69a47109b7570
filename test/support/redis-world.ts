import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ConnectionOptions } from 'node:tls'

import { Redis } from 'ioredis'

import type { Answer, Key } from '#/core/owners.ts'
import { createOwners } from '#/owners/index.ts'
import type { StartedOwners } from '#/owners/index.ts'
import { createRegistry } from '#/registry/index.ts'
import { createDeadline, systemClock } from '#/telemetry/index.ts'

import { apiKey, ownersConfig, registryConfig, testPorts } from './owners.ts'
import type { TestPorts } from './owners.ts'

/** A registry over an owner file, and workers that ask it through a Redis. */

/** Of the keys in Redis. */
export const SECRET = '0123456789abcdef'
export const RELOAD_MS = 100

export interface World {
  readonly url: string
  readonly registry: TestPorts
  stopRegistry(): Promise<void>
  /** Rewrites the owner file: id of the key → owner. */
  bind(owners: Readonly<Record<string, string>>): Promise<void>
  directoryCalls(): number
}

export async function createWorld(
  t: TestContext,
  owners: Readonly<Record<string, string>>,
): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-redis-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'owners.json')
  const bind = (next: Readonly<Record<string, string>>) =>
    writeFile(
      path,
      JSON.stringify({
        bindings: Object.entries(next).map(([id, owner]) => {
          const { kind, value } = apiKey(id)
          return { kind, key: value, owner: { id: owner } }
        }),
      }),
    )
  await bind(owners)
  const ports = testPorts()
  const started = await createRegistry(
    registryConfig({
      registry: { endpoint: '127.0.0.1:0' },
      owners: { directory: { type: 'file', path, reload_interval_ms: RELOAD_MS } },
    }),
    { ...ports, clock: systemClock, metricsText: () => ports.meter.text() },
  ).start()
  const stopRegistry = async () => {
    using deadline = createDeadline(systemClock, 2000)
    await started.stop(deadline)
  }
  t.after(stopRegistry)
  return {
    url: started.value.url,
    registry: ports,
    stopRegistry,
    bind,
    directoryCalls: () => ports.meter.value('whosecall_registry_requests_total', { code: '200' }),
  }
}

export interface Worker {
  readonly owners: StartedOwners
  readonly ports: TestPorts
  lookups(tier: string, state: string): Promise<number>
}

export async function startWorker(
  t: TestContext,
  world: World,
  redis_url: string,
  options: { readonly redis?: object; readonly cache?: object; readonly directory?: object } = {},
): Promise<Worker> {
  const ports = testPorts()
  const config = ownersConfig({
    directory: {
      type: 'http',
      endpoint: world.url,
      timeout_ms: 3000,
      probe_interval_ms: 50,
      ...options.directory,
    },
    redis: {
      endpoint: redis_url,
      key_secret: SECRET,
      command_timeout_ms: 1000,
      probe_interval_ms: 50,
      ...options.redis,
    },
    cache: options.cache ?? {},
  })
  const started = await createOwners(config, { ...ports, clock: systemClock }).start()
  t.after(async () => {
    using deadline = createDeadline(systemClock, 2000)
    await started.stop(deadline)
  })
  return {
    owners: started.value,
    ports,
    async lookups(tier, state) {
      await ports.meter.text()
      return ports.meter.value('whosecall_lookups_total', { tier, state })
    },
  }
}

/** A client of the test. */
export function connectRedis(
  t: TestContext,
  url: string,
  options: { readonly tls?: ConnectionOptions } = {},
): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, ...options })
  redis.on('error', () => {})
  t.after(() => redis.disconnect())
  return redis
}

export async function mgetCalls(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats')
  return Number(/cmdstat_mget:calls=(\d+)/.exec(stats)?.[1] ?? '0')
}

export async function ask(owners: StartedOwners, key: Key): Promise<Answer> {
  const [answer] = await owners.lookup([key])
  assert.ok(answer)
  return answer
}

export function ownerOf(answer: Answer | undefined): string | undefined {
  return answer?.bindings[0]?.owner?.id
}

export function numbered(count: number, prefix = 'k'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}

export function ownedBy(owner: string, ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id) => [id, owner]))
}
