/**
 * What the worker of a ledger run leans on: a Redis and a registry of its own, which are hung, killed and started again
 * at moments that the seed draws.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startRedis, type RedisServer } from '../../stack/redis.ts'
import { startProgram, until, type Program } from '../../support/program.ts'
import type { Random } from '../../support/random.ts'

export type RegistryMood = 'up' | 'hung' | 'dead' | 'flapping'

export interface Services {
  readonly redis_url: string
  readonly registry_url: string
  readonly faults: { redis_hung: number; redis_killed: number; registry_down: number }
  /** How the registry behaves from now on. */
  registry(mood: RegistryMood): Promise<void>
  /** Everything is up from here on. */
  heal(): Promise<void>
  stop(): Promise<void>
}

export async function startServices(of: {
  readonly directory: string
  readonly registry_config: string
  readonly registry_url: string
  readonly random: Random
}): Promise<Services> {
  const { random } = of
  const redis = await startRedis(of.directory, () => {})
  const registry = await createRegistry(of.registry_config, of.registry_url)
  const faults = { redis_hung: 0, redis_killed: 0, registry_down: 0 }
  const healed = new AbortController()
  let mood: RegistryMood = 'up'
  const troubles = Promise.all([
    troubleRedis(redis, random, faults, healed.signal),
    flap(registry, () => mood, faults, random, healed.signal),
  ])
  const heal = async () => {
    healed.abort()
    await troubles
    await registry.set('up')
  }
  return {
    redis_url: redis.url,
    registry_url: of.registry_url,
    faults,
    async registry(wanted) {
      mood = wanted
      if (wanted === 'hung' || wanted === 'dead') faults.registry_down += 1
      if (wanted !== 'flapping') await registry.set(wanted)
    },
    heal,
    async stop() {
      await heal()
      await registry.stop()
      await redis.kill()
    },
  }
}

async function troubleRedis(
  redis: RedisServer,
  random: Random,
  faults: Services['faults'],
  healed: AbortSignal,
): Promise<void> {
  while (!healed.aborted) {
    await pause(random.whole(200, 1_500), healed)
    if (healed.aborted) return
    const ms = random.whole(200, 2_500)
    if (random.next() < 0.5) {
      faults.redis_hung += 1
      redis.pause()
      await pause(ms, healed)
      redis.resume()
    } else {
      faults.redis_killed += 1
      await redis.kill()
      await pause(ms, healed)
      await redis.restart()
    }
  }
}

interface Registry {
  set(state: 'up' | 'hung' | 'dead'): Promise<void>
  stop(): Promise<void>
}

async function createRegistry(config: string, url: string): Promise<Registry> {
  let state: 'up' | 'hung' | 'dead' = 'dead'
  let program: Program | undefined
  const start = async () => {
    const started = startProgram(['registry', '-c', config])
    program = started
    await until('the registry is ready', () => isReady(url), { program: started })
  }
  const kill = async () => {
    program?.kill('SIGKILL')
    await program?.exited
    program = undefined
  }
  const change = async (wanted: 'up' | 'hung' | 'dead') => {
    if (wanted === state) return
    if (state === 'hung') program?.kill('SIGCONT')
    if (wanted === 'dead') await kill()
    else if (state === 'dead') await start()
    if (wanted === 'hung') program?.kill('SIGSTOP')
    state = wanted
  }
  let last: Promise<void> = Promise.resolve()
  const set = (wanted: 'up' | 'hung' | 'dead'): Promise<void> => {
    last = last.then(() => change(wanted))
    return last
  }
  await set('up')
  return { set, stop: () => set('dead') }
}

async function isReady(url: string): Promise<true | undefined> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })
    return answer.ok ? true : undefined
  } catch {
    return undefined
  }
}

async function flap(
  registry: Registry,
  mood: () => RegistryMood,
  faults: Services['faults'],
  random: Random,
  healed: AbortSignal,
): Promise<void> {
  while (!healed.aborted) {
    await pause(random.whole(200, 1_000), healed)
    if (mood() !== 'flapping' || healed.aborted) continue
    faults.registry_down += 1
    await registry.set('hung')
    await pause(random.whole(300, 1_500), healed)
    if (mood() === 'flapping') await registry.set('up')
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
