/** The supervisor with processes that are made up, on a clock that is moved by hand. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createSupervisor } from '#/cli/supervisor/supervisor.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Status, Verdict } from '#/core/status.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { createFakeClock, settle } from '../../../support/fake-clock.ts'
import { parseScrape } from '../../../support/scrape.ts'
import { BUSY_STATUS } from '../../../support/status-fixture.ts'
import { workerConfig } from '../../../support/worker.ts'
import { createFakeProcesses, type FakeProcess } from './fake-processes.ts'

const WELL: Verdict = { ok: true, reasons: [] }

async function start(t: TestContext) {
  const clock = createFakeClock()
  const processes = createFakeProcesses()
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  const supervisor = await createSupervisor({
    config: workerConfig(t),
    workers: 2,
    version: '1.2.3',
    processes,
    clock,
    logger: createLogger({ level: 'info', format: 'json', stream }),
  }).start()
  const stop = async (ms = 20_000) => {
    using deadline = createDeadline(clock, ms)
    await supervisor.stop(deadline)
  }
  t.after(async () => {
    for (const child of processes.started) child.end({ code: 0 })
    await stop()
  })
  const { value } = supervisor
  return {
    clock,
    processes,
    stop,
    supervisor: value,
    url: value.admin_url,
    scrape: async () => parseScrape(await value.metricsText()),
    verdict: async (path: string): Promise<Verdict> => {
      const answer = await fetch(`${value.admin_url}${path}`)
      const { reasons }: { reasons: readonly string[] } = JSON.parse(await answer.text())
      return { ok: answer.ok, reasons }
    },
    errors: () =>
      lines
        .map((line): Record<string, unknown> => JSON.parse(line))
        .filter(({ level }) => level === 'error'),
  }
}

/** Lets the server hear of a client that has gone. */
async function waitFor(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    assert.ok(turns < 1_000)
    await settle()
  }
}

async function snapshotOf(consumed: number, in_flight: number) {
  const meter = createMeter({ process_metrics: false })
  const partition = { topic: 'raw', partition: '0' }
  meter.counter('whosecall_consumed_messages_total').add(consumed, partition)
  meter.counter('whosecall_published_messages_total').add(consumed - in_flight, partition)
  meter.gauge('whosecall_in_flight_messages').set(in_flight, partition)
  return meter.snapshot()
}

async function begin(child: FakeProcess, consumed = 10, in_flight = 2): Promise<void> {
  child.answers('status', { ...BUSY_STATUS, live: WELL, ready: WELL })
  child.answers('metrics', await snapshotOf(consumed, in_flight))
  child.say({ note: 'started' })
  await settle()
}

test('Every worker is told the same, and the service is ready when all of them are.', async (t) => {
  const { processes, supervisor, verdict, scrape } = await start(t)
  const [one, two] = processes.started
  assert.deepEqual([one?.worker, two?.worker], [1, 2])
  assert.equal(one!.sent.length, 1)
  assert.deepEqual(one!.sent, two!.sent)
  assert.deepEqual((await verdict('/readyz')).reasons, [
    'worker 1: its process is starting',
    'worker 2: its process is starting',
  ])
  assert.ok((await verdict('/livez')).ok)
  await begin(one!)
  assert.equal((await scrape()).sum('whosecall_worker_processes'), 1)
  await begin(two!)
  await supervisor.all_started
  assert.deepEqual(await verdict('/readyz'), WELL)
  const scraped = await scrape()
  assert.equal(scraped.sum('whosecall_worker_processes'), 2)
  assert.equal(scraped.sum('whosecall_consumed_messages_total'), 20)
  const status = supervisor.status()
  assert.deepEqual(
    status.processes.map(({ pid, state }) => [pid, state]),
    [
      [1000, 'running'],
      [1001, 'running'],
    ],
  )
  assert.equal(status.events_per_second, 2 * BUSY_STATUS.events_per_second)
})

test('A worker that ends by itself is started again after a back-off, and its counts are kept.', async (t) => {
  const { clock, processes, scrape, verdict, errors, supervisor } = await start(t)
  for (const child of processes.started) await begin(child)
  await scrape()
  processes.started[0]!.end({ signal: 'SIGKILL' })
  await settle()
  const without = await scrape()
  assert.equal(without.sum('whosecall_worker_processes'), 1)
  assert.equal(without.sum('whosecall_consumed_messages_total'), 20)
  assert.equal(without.sum('whosecall_released_messages_total'), 2)
  assert.equal(without.sum('whosecall_in_flight_messages'), 2)
  assert.deepEqual((await verdict('/readyz')).reasons, [
    'worker 1: its process ended by SIGKILL; it is started again',
  ])
  assert.equal(errors()[0]?.['signal'], 'SIGKILL')
  assert.equal(errors()[0]?.['restart_in_ms'], 1_000)
  const told = supervisor.status().problems.find(({ message }) => message === errors()[0]?.['msg'])
  assert.equal(told?.fields['worker'], 1)

  await clock.advance(999)
  assert.equal(processes.started.length, 2)
  await clock.advance(1)
  assert.equal(processes.started.length, 3)
  await begin(processes.started[2]!, 3, 0)
  const again = await scrape()
  assert.equal(again.sum('whosecall_worker_restarts_total'), 1)
  assert.equal(again.sum('whosecall_consumed_messages_total'), 23)
  assert.equal(supervisor.status().processes[0]?.restarts, 1)
})

test('A worker that cannot come back does not spin.', async (t) => {
  const { clock, processes } = await start(t)
  for (const child of processes.started) await begin(child)
  processes.started[0]!.end({ code: 70 })
  const starts: number[] = []
  for (let second = 1; second <= 65; second++) {
    await clock.advance(1_000)
    for (const child of processes.started.slice(2 + starts.length)) {
      starts.push(second)
      child.say({
        note: 'failed',
        failure: { code: 'dependency_unreachable', message: 'no broker' },
      })
      child.end({ code: 69 })
    }
  }
  assert.deepEqual(starts, [1, 3, 7, 15, 31, 61])
})

test('A worker that does not answer keeps its counts and what it has in flight, and is not ready.', async (t) => {
  const { clock, processes, supervisor, scrape, verdict } = await start(t)
  for (const child of processes.started) await begin(child)
  await scrape()
  const [, silent] = processes.started
  silent!.answers('status', undefined)
  silent!.answers('metrics', undefined)
  await clock.advance(3_000)
  const text = supervisor.metricsText()
  await clock.advance(2_000)
  const seen = parseScrape(await text)
  assert.equal(seen.sum('whosecall_worker_processes'), 1)
  assert.equal(seen.sum('whosecall_consumed_messages_total'), 20)
  assert.equal(seen.sum('whosecall_in_flight_messages'), 4)
  assert.deepEqual((await verdict('/readyz')).reasons, ['worker 2: its process does not answer'])
  assert.ok((await verdict('/livez')).ok)
  await clock.advance(60_000)
  assert.equal((await verdict('/livez')).ok, false)

  silent!.answers('status', { ...BUSY_STATUS, live: WELL, ready: WELL })
  await clock.advance(1_000)
  assert.ok((await verdict('/livez')).ok)
})

test('A worker that cannot start for the first time because of its config ends the service with its words.', async (t) => {
  const { processes, supervisor } = await start(t)
  const failure = { code: 'config_invalid', message: 'topic raw does not exist' }
  processes.started[1]!.say({ note: 'failed', failure })
  processes.started[1]!.end({ code: 78 })
  const error = await supervisor.failed
  assert.ok(error instanceof WhosecallError)
  assert.deepEqual([error.exitCode, error.message], [78, failure.message])
})

test('One that says nothing is known by its exit code; any other end is a crash, and it is tried again.', async (t) => {
  const { clock, processes, supervisor } = await start(t)
  processes.started[0]!.end({ code: 70 })
  await clock.advance(1_000)
  assert.equal(processes.started.length, 3)
  processes.started[1]!.end({ code: 69 })
  const error = await supervisor.failed
  assert.ok(error instanceof WhosecallError)
  assert.equal(error.exitCode, 69)
})

test('All workers stop at the same time; one that is late is killed at the deadline.', async (t) => {
  const { clock, processes, stop } = await start(t)
  for (const child of processes.started) await begin(child)
  const [one, two] = processes.started
  const stopped = stop(5_000)
  await settle()
  const asked = [one, two].map((child) => child!.sent.find(({ ask }) => ask === 'stop'))
  assert.deepEqual(
    asked.map((message) => message?.['within_ms']),
    [4_500, 4_500],
  )
  one!.end({ code: 0 })
  await clock.advance(4_999)
  assert.equal(two!.killed, false)
  await clock.advance(1)
  await stopped
  assert.deepEqual([one!.killed, two!.killed], [false, true])
  await clock.advance(60_000)
  assert.equal(processes.started.length, 2)
})

test('A stop does not wait for the back-off of a worker that has ended.', async (t) => {
  const { processes, stop } = await start(t)
  for (const child of processes.started) child.end({ code: 70 })
  await settle()
  await stop()
  assert.equal(processes.started.length, 2)
})

test('A new config is given to one worker after another, and who does not take it over says why.', async (t) => {
  const { processes, supervisor } = await start(t)
  for (const child of processes.started) await begin(child)
  processes.started[0]!.answers('reload', null)
  processes.started[1]!.answers('reload', 'it has errors')
  assert.deepEqual(await supervisor.reload(), ['worker 2: it has errors'])
})

test('A worker that is starting takes a new config over when it has started.', async (t) => {
  const { processes, supervisor } = await start(t)
  const [one, two] = processes.started
  const asked = (child: FakeProcess) => child.sent.filter(({ ask }) => ask === 'reload').length
  await begin(one!)
  one!.answers('reload', null)
  assert.deepEqual(await supervisor.reload(), [])
  assert.deepEqual([asked(one!), asked(two!)], [1, 0])
  await begin(two!)
  assert.deepEqual([asked(one!), asked(two!)], [1, 1])
})

test('Who looks on sees the events of all workers, also of one that has just started, and each gives its share.', async (t) => {
  const { clock, processes, url } = await start(t)
  for (const child of processes.started) await begin(child)
  const [one] = processes.started
  const gone = new AbortController()
  const answer = await fetch(`${url}/tap?rate=10/s`, { signal: gone.signal })
  const lines = answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  const order = one!.sent.find((message) => 'tap' in message)!
  assert.equal((order['filter'] as { readonly rate_per_s: number }).rate_per_s, 5)

  one!.end({ code: 70 })
  await clock.advance(1_000)
  const next = processes.started[2]!
  await begin(next)
  assert.deepEqual(
    next.sent.find((message) => 'tap' in message),
    order,
  )
  next.say({ note: 'tapped', tap: order['tap'], event: { outcome: 'attributed' } })
  assert.match((await lines.next()).value!, /"attributed"/)

  gone.abort()
  await waitFor(() => next.sent.some((message) => 'tap' in message && !('filter' in message)))
})

test('The status page tells of all workers.', async (t) => {
  const { processes, url } = await start(t)
  for (const child of processes.started) await begin(child)
  const { processes: told } = (await (await fetch(`${url}/status.json`)).json()) as Status
  assert.deepEqual(
    told.map(({ pid }) => pid),
    [1000, 1001],
  )
  assert.match(await (await fetch(url)).text(), /<h1/)
})
