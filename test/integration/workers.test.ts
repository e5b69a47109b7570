/** Several worker processes behind one supervisor, on a real Kafka, killed as an operating system would. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Admin } from '@platformatic/kafka'
import type { Status } from '#/core/status.ts'
import { produce, readTopic, stackInfo, uniqueName } from '../stack/tools.ts'
import { scrape, until, type Program } from '../support/program.ts'
import type { Scrape } from '../support/scrape.ts'
import { startRunning } from '../support/running.ts'
import { litellmCall } from '../support/worker.ts'

const PARTITIONS = [0, 1, 2, 3]

interface LogLine {
  readonly msg: string
  readonly worker?: number
  readonly pid?: number
}

/** What was logged with this text. */
function logged(program: Program, text: string): readonly LogLine[] {
  const lines = program.stderr().split('\n')
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line): LogLine => JSON.parse(line))
    .filter(({ msg }) => msg === text)
}

function fatesHold(seen: Scrape): void {
  for (const partition of PARTITIONS.map(String)) {
    const of = (name: string) => seen.sum(`whosecall_${name}`, { partition })
    const fates = ['published', 'dead_lettered', 'filtered', 'released'].map((fate) =>
      of(`${fate}_messages_total`),
    )
    const sum = fates.reduce((total, count) => total + count, of('in_flight_messages'))
    assert.equal(of('consumed_messages_total'), sum, `partition ${partition}`)
  }
}

/** Every counter of ours that was there is there still, and is not lower; Node's own gauges end in _total, too. */
function neverFalls(before: Scrape, after: Scrape): void {
  for (const { name, labels, value } of before.samples)
    if (name.startsWith('whosecall_') && name.endsWith('_total'))
      assert.ok(after.sum(name, labels) >= value, `${name} ${JSON.stringify(labels)}`)
}

/** How many partitions each member of the group has. */
async function shares(group_id: string): Promise<readonly number[]> {
  const bootstrapBrokers = stackInfo().brokers.split(',')
  const admin = new Admin({ clientId: 'test-admin', bootstrapBrokers })
  try {
    const groups = await admin.describeGroups({ groups: [group_id] })
    return [...(groups.get(group_id)?.members.values() ?? [])].map(({ assignments }) =>
      [...(assignments?.values() ?? [])].reduce((sum, of) => sum + of.partitions.length, 0),
    )
  } finally {
    await admin.close()
  }
}

test('two workers share four partitions; one that is killed comes back, and nothing is lost or forgotten', async (t) => {
  const { program, group_id, url, topics } = await startRunning(t, {
    partitions: PARTITIONS.length,
    service: { workers: 2 },
  })
  const look = async () => {
    const seen = await scrape(url)
    if (seen) fatesHold(seen)
    return seen
  }
  const ready = () =>
    until(
      'both are ready and have two partitions each',
      async () => {
        const is_well = (await look())?.sum('whosecall_worker_processes') === 2
        if (!is_well || !(await fetch(`${url}/readyz`)).ok) return undefined
        return (await shares(group_id)).join() === '2,2' ? true : undefined
      },
      { program },
    )
  const everyPartition = (count: number) =>
    until(
      `${count} messages of every partition are published`,
      async () => {
        const seen = await look()
        const by = seen?.by('whosecall_published_messages_total', 'partition') ?? {}
        return PARTITIONS.every((partition) => (by[partition] ?? 0) >= count) ? seen : undefined
      },
      { program },
    )
  const send = (ids: readonly string[]) =>
    produce(
      topics.raw,
      ids.flatMap((id) =>
        PARTITIONS.map((partition) => ({
          partition,
          value: litellmCall('known', { id: `${id}/${partition}` }),
        })),
      ),
    )
  await ready()
  await send(['a', 'b', 'c'])
  const before = await everyPartition(3)
  assert.equal(before.sum('whosecall_consumed_messages_total'), 12)
  assert.equal(before.sum('whosecall_events_total', { outcome: 'attributed' }), 12)
  assert.equal(before.sum('whosecall_build_info'), 1)

  const status = await until('the status has all of it, a moment later', async () => {
    const said = (await (await fetch(`${url}/status.json`)).json()) as Status
    return said.since_start.reduce((sum, { events }) => sum + events, 0) === 12 ? said : undefined
  })
  assert.deepEqual(
    status.partitions.map(({ partition }) => partition),
    PARTITIONS,
  )

  const explained = await fetch(`${url}/explain/${topics.raw}/0/0`)
  assert.equal(explained.status, 200)
  assert.match(await explained.text(), /team:payments/)

  program.kill('SIGHUP')
  const taken = () => new Set(logged(program, 'the config was taken over').map((of) => of.worker))
  await until('both took the config over', () => (taken().size === 2 ? true : undefined), {
    program,
  })

  const [victim] = logged(program, 'the worker runs').flatMap(({ pid }) => pid ?? [])
  assert.ok(victim)
  process.kill(victim, 'SIGKILL')
  await send(['d', 'e'])
  const after = await everyPartition(5)
  neverFalls(before, after)
  await ready()
  const back = (await look())!
  neverFalls(after, back)
  assert.equal(back.sum('whosecall_worker_restarts_total'), 1)
  assert.deepEqual(
    logged(program, 'a worker process has ended by itself; it is started again').map(
      ({ pid }) => pid,
    ),
    [victim],
  )

  program.kill('SIGTERM')
  assert.deepEqual(await program.exited, { code: 143, signal: null })
  const stops = logged(program, 'the worker has stopped').map(({ worker }) => worker)
  assert.deepEqual(new Set(stops), new Set([1, 2]))
  const published = new Set(
    (await readTopic(topics.out)).map(({ value }) => JSON.parse(String(value)).id),
  )
  assert.equal(published.size, 20)
})

test('workers whose topics are missing end the service with one message and its exit code', async (t) => {
  const missing = uniqueName('missing')
  const { program } = await startRunning(t, {
    topics: { raw: missing, out: `${missing}-out`, dead: `${missing}-dead` },
    service: { workers: 2 },
  })
  const { code } = await program.exited
  assert.equal(code, 69, program.stderr())
  assert.equal(program.stderr().match(/^whosecall: error: /gm)?.length, 1, program.stderr())
})
