/**
 * One life of a process that carries a preloaded topic over: how many messages it did per second of its own CPU time, from
 * the first fifth (start and warm-up) to the end.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { scrape, startProgram, type Program } from '../../support/program.ts'
import type { Scrape } from '../../support/scrape.ts'

export interface Progress {
  readonly messages: number
  readonly cpu_s: number
  readonly resident_bytes: number
}

export interface Life {
  /** Messages per second of CPU time. */
  readonly speed: number
  readonly resident_bytes_max: number
}

const WARM_UP_SHARE = 0.2
/** A scrape costs CPU time of its own; once a second would already be often. */
const LOOK_EVERY_MS = 500
const LIFE_MS_MAX = 180_000

export async function workerLife(config: string, admin_url: string, total: number): Promise<Life> {
  const program = startProgram(['run', '-c', config])
  const life = await watch(program, total, async () => {
    const seen = await scrape(admin_url)
    return seen === undefined ? undefined : progressOf(seen)
  })
  program.kill('SIGTERM')
  await program.exited
  return life
}

export function progressOf(seen: Scrape): Progress {
  return {
    messages: seen.sum('whosecall_published_messages_total'),
    cpu_s:
      seen.sum('process_cpu_user_seconds_total') + seen.sum('process_cpu_system_seconds_total'),
    resident_bytes: seen.sum('process_resident_memory_bytes'),
  }
}

export async function mirrorLife(args: readonly string[], total: number): Promise<Life> {
  const program = startProgram(['--script', 'test/bench/kafka/mirror.ts', ...args])
  const life = await watch(program, total, async () => {
    const line = program.stdout().trimEnd().split('\n').at(-1)
    return line === undefined || line === '' ? undefined : readProgress(line)
  })
  program.kill('SIGKILL')
  await program.exited
  return life
}

function readProgress(line: string): Progress {
  return JSON.parse(line)
}

async function watch(
  program: Program,
  total: number,
  look: () => Promise<Progress | undefined>,
): Promise<Life> {
  let warm: Progress | undefined
  let resident_bytes_max = 0
  for (const end = performance.now() + LIFE_MS_MAX; performance.now() < end;) {
    if (!program.alive()) throw new Error(`ended too early:\n${program.stderr().slice(-3_000)}`)
    const now = await look()
    if (now !== undefined) {
      resident_bytes_max = Math.max(resident_bytes_max, now.resident_bytes)
      if (warm === undefined && now.messages >= total * WARM_UP_SHARE) warm = now
      if (warm !== undefined && now.messages >= total)
        return {
          speed: (now.messages - warm.messages) / (now.cpu_s - warm.cpu_s),
          resident_bytes_max,
        }
    }
    await delay(LOOK_EVERY_MS)
  }
  program.kill('SIGKILL')
  throw new Error(`not done within ${LIFE_MS_MAX} ms:\n${program.stderr().slice(-3_000)}`)
}
