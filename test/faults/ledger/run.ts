/**
 * A ledger run. Numbered messages are fed to a worker that is killed again and again while it works; Redis and the
 * registry come and go meanwhile. A last incarnation finishes, is compared with its own counters, and stops cleanly. Then
 * the topics are read back and every number must be accounted for.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { uniqueTail } from './names.ts'
import { until } from '../../support/program.ts'
import { createRandom, type Random } from '../../support/random.ts'
import type { Scrape } from '../../support/scrape.ts'
import { audit, type AuditCounts, type Death } from './audit.ts'
import { settledOf, startIncarnation, type Incarnation, type Watch } from './incarnation.ts'
import type { Plan } from './plan.ts'
import { startServices, type RegistryMood, type Services } from './services.ts'
import { setUp, type Setup, type SetupOptions } from './setup.ts'
import { compare, violationsOf } from './verdict.ts'
import {
  openFeed,
  openLedgerbook,
  total,
  type Feed,
  type Ledgerbook,
  type Topics,
} from './topics.ts'

export interface LedgerOptions {
  readonly messages: number
  /** Kills that must hit a worker which has written something and still has something to do. */
  readonly kills: number
  readonly seed: number
  readonly brokers: string
  readonly client: SetupOptions['client']
  readonly log: (line: string) => void
}

export interface LedgerResult extends AuditCounts {
  readonly sent: number
  readonly kills: number
  /** Kills while it started, waited for the group or had nothing to do. */
  readonly other_kills: number
  readonly counters_equal: boolean
  readonly scrapes: number
  readonly broken_equations: number
  readonly faults: Services['faults']
  readonly seed: number
  readonly seconds: number
  /** Why this run is no proof; empty when it is. */
  readonly violations: readonly string[]
}

interface Bench {
  readonly options: LedgerOptions
  readonly random: Random
  readonly topics: Topics
  readonly group_id: string
  readonly book: Ledgerbook
  readonly feed: Feed
  readonly services: Services
  readonly setup: Setup
  readonly watch: Watch
  readonly deaths: Death[]
  readonly reread: { messages: number }
}

const SESSION_TIMEOUT_MS = 2_000
const FEED_STEP = 100
/** A kill that hit nothing is repeated, but not for ever. */
const KILLS_PER_KILL_MAX = 2

export async function runLedger(options: LedgerOptions): Promise<LedgerResult> {
  const started = performance.now()
  const seconds = () => ((performance.now() - started) / 1_000).toFixed(1).padStart(6)
  const log = (line: string) => options.log(`${seconds()} s  ${line}`)
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-ledger-'))
  const random = createRandom(options.seed)
  const plan: Plan = {
    messages: options.messages,
    seed: options.seed,
    identities: Math.max(100, Math.floor(options.messages / 3)),
  }
  const tail = uniqueTail()
  const topics: Topics = {
    input: `ledger-in-${tail}`,
    output: `ledger-out-${tail}`,
    dead_letter: `ledger-dead-${tail}`,
  }
  const group_id = `ledger-${tail}`
  const book = openLedgerbook(options.brokers)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  stack.defer(() => book.close())
  await book.createTopics(topics)
  stack.defer(() => book.deleteTopics(topics))
  const session_timeout_ms = Math.max(SESSION_TIMEOUT_MS, await book.shortestSession())
  const setup = await setUp({
    directory,
    plan,
    brokers: options.brokers,
    client: options.client,
    topics,
    group_id,
    session_timeout_ms,
  })
  const services = await startServices({
    directory,
    registry_config: setup.registry_config,
    registry_url: setup.registry_url,
    random: createRandom(options.seed + 1),
  })
  stack.defer(() => services.stop())
  const feed = openFeed(options.brokers, topics.input, plan, Date.now())
  stack.defer(() => feed.close())
  const watch: Watch = { scrapes: 0, broken_equations: [] }
  const bench: Bench = {
    options: { ...options, log },
    random,
    topics,
    group_id,
    book,
    feed,
    services,
    setup,
    watch,
    deaths: [],
    reread: { messages: 0 },
  }
  const kills = await killMany(bench)
  const last = await finish(bench)
  log('the last worker has stopped')
  const found = await audit(options.brokers, topics, plan, bench.deaths)
  const counters =
    last.death === undefined ? ['no worker died'] : compare(last.scrape, found.since(last.death))
  const result = {
    ...found.counts,
    copies_allowed: found.counts.copies_allowed + bench.reread.messages,
    sent: feed.sent,
    kills: kills.in_work,
    counters_equal: counters.length === 0,
    other_kills: kills.other,
    scrapes: watch.scrapes,
    broken_equations: watch.broken_equations.length,
    faults: services.faults,
    seed: options.seed,
    seconds: Math.round((performance.now() - started) / 1_000),
  }
  return {
    ...result,
    violations: [
      ...violationsOf(result, options),
      ...counters,
      ...last.complaints,
      ...watch.broken_equations.slice(0, 5),
    ],
  }
}

/** Kills until enough kills have hit a worker at work. */
async function killMany(bench: Bench): Promise<{ in_work: number; other: number }> {
  const { options, random, feed } = bench
  const share = Math.floor(options.messages / (options.kills * 1.2 + 1))
  let in_work = 0
  let other = 0
  let left_over = 0
  for (let life = 0; in_work < options.kills; life += 1) {
    if (life >= options.kills * KILLS_PER_KILL_MAX) break
    const mood = moodOf(life, random)
    await bench.services.registry(mood)
    const until_n = Math.min(options.messages - share, feed.sent + share)
    const at_random = random.next() < 0.15
    const worker = startIncarnation(bench.setup, bench.services.redis_url, bench.watch)
    const wanted = random.whole(1, Math.ceil((left_over + until_n - feed.sent) * 0.8))
    const fed = feedSlowly(feed, until_n, worker)
    let before = { settled: 0, in_flight: 0 }
    try {
      if (at_random) await delay(random.whole(50, 4_000))
      else await workAWhile(worker, wanted)
      before = { settled: worker.settled(), in_flight: worker.in_flight() }
    } finally {
      await worker.kill()
      await fed
    }
    bench.reread.messages += rereadBy(worker.last())
    const { death, gained, left } = await dissect(bench)
    bench.deaths.push(death)
    left_over = left
    const hit = gained > 0 && left > 0
    if (hit) in_work += 1
    else other += 1
    options.log(
      `kill ${in_work}/${options.kills}${hit ? '' : ' (not at work)'}: registry ${mood}, ${before.settled} settled, ` +
        `${before.in_flight} in flight, ${gained} written in this life, ${left} left to do`,
    )
  }
  return { in_work, other }
}

/**
 * What a worker may have read twice because it lost its partitions while it lived (a busy machine, a missed heartbeat):
 * such copies are no fault, but they are not explained by a kill either.
 */
function rereadBy(seen: Scrape | undefined): number {
  const times = (seen?.sum('whosecall_rebalances_total') ?? 0) - 1
  return times > 0 ? (seen?.sum('whosecall_consumed_messages_total') ?? 0) : 0
}

/** Every fourth life has no registry at all, so that `unresolved` is seen for certain. */
function moodOf(life: number, random: Random): RegistryMood {
  if (life % 4 === 1) return random.pick(['hung', 'dead'] as const)
  return random.next() < 0.3 ? 'flapping' : 'up'
}

/** Half of the share stands there from the start, the rest trickles in while the worker is at it. */
async function feedSlowly(feed: Feed, until_n: number, worker: Incarnation): Promise<void> {
  const half = feed.sent + Math.floor((until_n - feed.sent) / 2)
  await feed.send(half)
  while (feed.sent < until_n) {
    if (!worker.program.alive() || worker.settled() > 0) {
      await feed.send(Math.min(until_n, feed.sent + FEED_STEP))
      await delay(10)
    } else await delay(20)
  }
}

async function workAWhile(worker: Incarnation, settled: number): Promise<void> {
  await until('the worker makes progress', () => (worker.settled() >= settled ? true : undefined), {
    timeout_ms: 60_000,
    every_ms: 5,
    program: worker.program,
  })
}

/** What the dead worker left: taken when nothing that it sent can arrive any more. */
async function dissect(bench: Bench): Promise<{ death: Death; gained: number; left: number }> {
  const { book, topics, group_id, deaths } = bench
  await delay(300)
  const death: Death = {
    committed: await book.committed(group_id, topics.input),
    output_ends: await book.ends(topics.output),
    dead_letter_ends: await book.ends(topics.dead_letter),
  }
  const before = deaths.at(-1)
  const written = (of: Death | undefined) =>
    of === undefined ? 0 : total(of.output_ends) + total(of.dead_letter_ends)
  const left = total(await book.ends(topics.input)) - total(death.committed)
  return { death, gained: written(death) - written(before), left }
}

interface LastLife {
  readonly scrape: Scrape | undefined
  readonly death: Death | undefined
  readonly complaints: readonly string[]
}

/**
 * The last incarnation gets the rest: a third in peace, a third without a registry, so that some numbers stay unresolved,
 * and a third while the registry comes back. It stops when all is done.
 */
async function finish(bench: Bench): Promise<LastLife> {
  const { options, feed, services, book, topics, group_id } = bench
  const third = Math.ceil((options.messages - feed.sent) / 3)
  const done = total(bench.deaths.at(-1)?.committed ?? [])
  const catchUp = async () => workAWhile(worker, total(await book.ends(topics.input)) - done)
  await services.registry('up')
  const setup = { ...bench.setup, worker_config: bench.setup.last_worker_config }
  const worker = startIncarnation(setup, services.redis_url, bench.watch)
  await feedSlowly(feed, feed.sent + third, worker)
  await catchUp()
  await services.registry('hung')
  await feedSlowly(feed, feed.sent + third, worker)
  await catchUp()
  await services.heal()
  await feedSlowly(feed, options.messages, worker)
  options.log(`last life: everything is fed after ${worker.settled()} were settled`)
  const ends = await book.ends(topics.input)
  await until(
    'everything is committed',
    async () =>
      total(await book.committed(group_id, topics.input)) === total(ends) ? true : undefined,
    { timeout_ms: 120_000, every_ms: 200, program: worker.program },
  )
  const scrape = await worker.finish()
  worker.program.kill('SIGTERM')
  const { code } = await worker.program.exited
  const complaints: string[] = []
  if ((scrape?.sum('whosecall_released_messages_total') ?? 0) > 0)
    complaints.push('the last worker lost its partitions while it lived: the machine was too busy')
  if (code !== 0 && code !== 143) complaints.push(`the last worker ended with ${code}`)
  if (scrape === undefined) complaints.push('the last worker was never scraped')
  else if (settledOf(scrape) !== scrape.sum('whosecall_consumed_messages_total'))
    complaints.push('the last worker has messages without a fate')
  return { scrape, death: bench.deaths.at(-1), complaints }
}
