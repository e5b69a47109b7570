/**
 * How often the worker calls Redis: 100 000 identities by Zipf's law, an http directory behind memory and Redis. The plain
 * way asks once per event.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../../stack/child.ts'
import { startRedis } from '../../stack/redis.ts'
import { scrape, startProgram, until, type Program } from '../../support/program.ts'
import { createCalls, ownersJson } from '../load.ts'
import type { Row } from '../row.ts'
import type { Cluster } from './cluster.ts'
import { registryFile, serviceOwners, workerFile } from './config.ts'

/** What the names of its rows begin with. */
export const REDIS_ROWS = 'Redis calls per 1 000 events'

const IDENTITIES = 100_000
const EVENTS = 100_000
const PLAIN_CALLS = 1_000
/** One call in all the events of a measurement: what is below cannot be seen. */
const CALLS_MIN = 1_000 / EVENTS

export async function redisRows(
  cluster: Cluster,
  directory: string,
  tail: string,
  log: (line: string) => void,
): Promise<readonly Row[]> {
  const redis = await startRedis(directory, () => {})
  const [registry_port = 0, admin_port = 0] = await freePorts(2)
  const at = (name: string) => join(directory, name)
  writeFileSync(at('many-owners.json'), ownersJson(IDENTITIES))
  writeFileSync(at('registry.yaml'), registryFile(registry_port, at('many-owners.json')))
  const registry = startProgram(['registry', '-c', at('registry.yaml')])
  const topics = {
    input: `bench-redis-in-${tail}`,
    output: `bench-redis-out-${tail}`,
    dead_letter: `bench-redis-dead-${tail}`,
  }
  for (const topic of Object.values(topics)) await cluster.create(topic)
  writeFileSync(
    at('redis.yaml'),
    workerFile({
      ...topics,
      brokers: cluster.brokers,
      client: 'kafkajs',
      group_id: topics.output,
      admin_port,
      encoding: 'json',
      compression: 'none',
      owners: serviceOwners(registry_port, redis.url),
    }),
  )
  await until('the registry is ready', () => ready(registry_port), { program: registry })
  const load = { seed: 9, identities: IDENTITIES, exponent: 1.1, prompt: 'none' } as const
  const draw = createCalls(load)
  const drawEach = createCalls(load, 'each')
  let sent = 0
  let settled_before = 0
  const admin_url = `http://127.0.0.1:${admin_port}`

  /** Feeds events to a worker and returns its Redis calls per 1 000 of them. */
  async function feed(worker: Program, count: number, next = draw): Promise<number> {
    const before = await redisCalls(worker, admin_url, sent - settled_before)
    await cluster.fill(topics.input, take(next, count), 'none')
    sent += count
    const after = await redisCalls(worker, admin_url, sent - settled_before)
    return ((after - before) / count) * 1_000
  }

  const first = startProgram(['run', '-c', at('redis.yaml')])
  const cold = await feed(first, EVENTS)
  const later = await feed(first, EVENTS)
  log(`Redis calls per 1 000 events: cold ${cold}, the next ${EVENTS}: ${later}`)
  // Warm: whoever calls has called before. By Zipf's law alone that would take millions of events.
  await feed(first, IDENTITIES, drawEach)
  const warm = await feed(first, EVENTS)
  log(`Redis calls per 1 000 events when all identities are known: ${warm}`)
  first.kill('SIGTERM')
  await first.exited
  settled_before = sent
  const second = startProgram(['run', '-c', at('redis.yaml')])
  const shared = await feed(second, EVENTS)
  log(`Redis calls per 1 000 events, a new worker: ${shared}`)
  second.kill('SIGTERM')
  await second.exited
  registry.kill('SIGKILL')
  await registry.exited
  await redis.kill()
  await cluster.remove(Object.values(topics))
  return [
    rowOfCalls('cold (memory and Redis empty)', cold),
    rowOfCalls('warming (the second 100 000 events)', later),
    rowOfCalls('warm (every identity has been seen)', warm, 1_000),
    rowOfCalls('new worker, Redis warm', shared),
  ]
}

function rowOfCalls(name: string, calls: number, goal?: number): Row {
  return {
    row: `${REDIS_ROWS}, ${name}`,
    unit: 'calls/1 000 events',
    ours: Number(calls.toPrecision(3)),
    baseline: PLAIN_CALLS,
    ratio: Number((PLAIN_CALLS / Math.max(calls, CALLS_MIN)).toPrecision(3)),
    ...(goal === undefined ? {} : { goal }),
  }
}

/** Redis calls when the worker has settled so many events in its life. */
function redisCalls(worker: Program, admin_url: string, settled: number): Promise<number> {
  return until(
    `the worker has settled ${settled} events`,
    async () => {
      const seen = await scrape(admin_url)
      if (seen === undefined || seen.sum('whosecall_published_messages_total') < settled)
        return undefined
      return seen.sum('whosecall_redis_commands_total')
    },
    { timeout_ms: 120_000, every_ms: 200, program: worker },
  )
}

function* take(draw: () => string, count: number): Iterable<Buffer> {
  for (let i = 0; i < count; i += 1) yield Buffer.from(draw())
}

async function ready(port: number): Promise<true | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  return answer?.ok ? true : undefined
}
