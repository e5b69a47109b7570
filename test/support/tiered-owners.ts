import assert from 'node:assert/strict'

import type { Answer, Key, Owners } from '#/core/owners.ts'
import { createLookupCounts } from '#/owners/counts.ts'
import { createTieredOwners } from '#/owners/tiers.ts'

import { apiKey, fakeDirectory, fakeShared, ownersConfig, testPorts } from './owners.ts'

/** The tiers over doubles of Redis and of the directory, on a clock that tests move. */

export const SOFT_MS = 60_000
export const HARD_MS = 600_000
export const STALE_MS = 3_600_000
export const NEGATIVE_MS = 30_000
export const KEY = apiKey('k1')

export function setUp(options: { readonly cache?: object; readonly random?: () => number } = {}) {
  const ports = testPorts()
  const { cache } = ownersConfig({
    directory: { type: 'http', endpoint: 'http://directory.test' },
    cache: {
      soft_ttl_ms: SOFT_MS,
      hard_ttl_ms: HARD_MS,
      stale_max_ms: STALE_MS,
      negative_ttl_ms: NEGATIVE_MS,
      jitter_ratio: 0,
      ...options.cache,
    },
  })
  const directory = fakeDirectory(() => ports.clock.now())
  const shared = fakeShared()
  const counts = createLookupCounts(ports.meter)
  const common = { cache, clock: ports.clock, logger: ports.logger, directory, shared, counts }
  const answered: string[] = []
  const owners = createTieredOwners({
    ...common,
    random: options.random ?? (() => 0.5),
    onAnswer: (key, tier) => answered.push(`${key.value} from ${tier}`),
  })
  /** A second worker that shares Redis and the directory. */
  const other = createTieredOwners({ ...common, random: () => 0.5 })
  /** What `owners` told of its answers. */
  return { ...ports, directory, shared, counts, owners, other, answered }
}

export function ownerOf(answer: Answer | undefined): string | undefined {
  return answer?.bindings[0]?.owner?.id
}

export async function askOne(owners: Owners, key: Key = KEY): Promise<Answer> {
  const [answer] = await owners.lookup([key])
  assert.ok(answer)
  return answer
}
