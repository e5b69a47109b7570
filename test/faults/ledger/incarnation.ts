/**
 * One life of the worker, watched from outside: scraped all the time, and at every scrape the equation
 * consumed = published + dead_lettered + filtered + released + in_flight must hold for each partition.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { scrape, startProgram, type Program } from '../../support/program.ts'
import type { Setup } from './setup.ts'
import type { Scrape } from '../../support/scrape.ts'

export interface Incarnation {
  readonly program: Program
  readonly watch: Watch
  /** Messages that got their fate, as of the last scrape. */
  settled(): number
  in_flight(): number
  last(): Scrape | undefined
  /** Scrapes once more and ends the watching. */
  finish(): Promise<Scrape | undefined>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** What was seen at all scrapes of a run. */
export interface Watch {
  scrapes: number
  readonly broken_equations: string[]
}

const EVERY_MS = 15

export function startIncarnation(setup: Setup, redis_url: string, watch: Watch): Incarnation {
  const program = startProgram(['run', '-c', setup.worker_config], { LEDGER_REDIS_URL: redis_url })
  let last: Scrape | undefined
  const over = new AbortController()

  async function look(): Promise<void> {
    const seen = await scrape(setup.admin_url)
    if (seen === undefined) return
    last = seen
    watch.scrapes += 1
    watch.broken_equations.push(...brokenEquations(seen))
  }

  async function loop(): Promise<void> {
    while (!over.signal.aborted && program.alive()) {
      await look()
      await delay(EVERY_MS)
    }
  }
  const looking = loop()

  return {
    program,
    watch,
    last: () => last,
    settled: () => (last === undefined ? 0 : settledOf(last)),
    in_flight: () => last?.sum('whosecall_in_flight_messages') ?? 0,
    async finish() {
      over.abort()
      await looking
      await look()
      return last
    },
    async kill() {
      program.kill('SIGKILL')
      over.abort()
      await program.exited
      await looking
    },
  }
}

export function settledOf(seen: Scrape): number {
  return (['published', 'dead_lettered', 'filtered'] as const).reduce(
    (sum, fate) => sum + seen.sum(`whosecall_${fate}_messages_total`),
    0,
  )
}

function brokenEquations(seen: Scrape): string[] {
  const broken: string[] = []
  for (const [place, consumed] of Object.entries(
    seen.by('whosecall_consumed_messages_total', 'topic', 'partition'),
  )) {
    const [topic = '', partition = ''] = place.split('/')
    const at = (name: string) => seen.sum(`whosecall_${name}`, { topic, partition })
    const parts = {
      published: at('published_messages_total'),
      dead_lettered: at('dead_lettered_messages_total'),
      filtered: at('filtered_messages_total'),
      released: at('released_messages_total'),
      in_flight: at('in_flight_messages'),
    }
    const sum = Object.values(parts).reduce((all, part) => all + part, 0)
    if (sum !== consumed) broken.push(`${place}: ${consumed} consumed, ${JSON.stringify(parts)}`)
  }
  return broken
}
