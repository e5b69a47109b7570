/** `whosecall redrive` on a real Kafka: run, killed and run again, as an operator would. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createTopic, produce, readTopic, stackInfo } from '../stack/tools.ts'
import { startProgram, until } from '../support/program.ts'
import { letterOf } from '../support/redrive.ts'
import { OWNERS_YAML, temporaryFolder } from '../support/worker.ts'

interface Place {
  readonly dead: string
  readonly again: string
  /** A config; `routed` is what reads the topics whose letters can be sent. */
  config(routed: readonly string[], unrouted: readonly string[]): string
}

async function createPlace(t: TestContext, letters: readonly object[]): Promise<Place> {
  const { brokers } = stackInfo()
  const dead = await createTopic(t, { partitions: 2 })
  const again = await createTopic(t, { configs: { 'max.message.bytes': '2000' } })
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'owners.yaml'), OWNERS_YAML)
  await produce(
    dead,
    letters.map((letter, i) => {
      const { value, headers = [] } = letterOf({ value: `letter ${i}`, ...letter })
      return {
        value,
        partition: i % 2,
        headers: headers.map((header) => [header.name, header.value!] as const),
      }
    }),
  )
  let configs = 0
  const config: Place['config'] = (routed, unrouted) => {
    const receiver = (topics: readonly string[], more: object) => ({
      brokers: [brokers],
      logs: { topics },
      source: 'litellm',
      trust: 'trusted',
      ...more,
    })
    const receivers = {
      'kafka/routed': receiver(routed, { redrive_topic: again }),
      ...(unrouted.length > 0 ? { 'kafka/unrouted': receiver(unrouted, { group_id: 'b' }) } : {}),
    }
    const file = join(folder, `worker-${(configs += 1)}.yaml`)
    writeFileSync(
      file,
      JSON.stringify({
        receivers,
        processors: { attribution: {} },
        exporters: {
          kafka: { brokers: [brokers], logs: { topic: 'out' }, dead_letter: { topic: dead } },
        },
        owners: { directory: { type: 'file', path: join(folder, 'owners.yaml') } },
        service: {
          pipelines: {
            logs: {
              receivers: Object.keys(receivers),
              processors: ['attribution'],
              exporters: ['kafka'],
            },
          },
        },
      }),
    )
    return file
  }
  return { dead, again, config }
}

function redrive(config: string, ...more: readonly string[]) {
  return startProgram(['redrive', '-c', config, '--reason', 'malformed', ...more])
}

async function ended(program: ReturnType<typeof redrive>) {
  const { code } = await program.exited
  const stdout = program.stdout().trim()
  assert.match(stdout, /^\{.*\}$/, program.stderr())
  const counts: Record<string, unknown> = JSON.parse(stdout)
  return { code, counts, stderr: program.stderr() }
}

const NOTHING = { sent: 0, exhausted: 0, unroutable: 0, refused: 0, dry_run: false }

test('letters that stay are found again when they can be sent, and none is sent twice', async (t) => {
  const place = await createPlace(t, [
    { topic: 'b' },
    { topic: 'b', attempt: 5 },
    { topic: 'a' },
    { topic: 'a' },
    { topic: 'a', value: randomBytes(5_000).toString('hex') },
    { topic: 'b' },
    { topic: 'a', attempt: 5 },
    { topic: 'a' },
  ])
  const half = place.config(['a'], ['b'])
  const stay = { unroutable: 3, exhausted: 1, refused: 1 }
  const limited = await ended(redrive(half, '--limit', '1'))
  assert.equal(limited.counts['sent'], 1)
  assert.equal((await readTopic(place.again)).length, 1)

  const first = await ended(redrive(half))
  assert.deepEqual(first.counts, { ...NOTHING, sent: 2, ...stay }, first.stderr)
  assert.equal(first.code, 1)
  assert.equal(first.stderr.match(/no redrive_topic: dead letters/g)?.length, 1, first.stderr)
  assert.match(first.stderr, /refuses a dead letter; it stays/)
  assert.equal((await ended(redrive(half, '--dry-run'))).counts['unroutable'], 3)

  const whole = place.config(['a', 'b'], [])
  const second = await ended(redrive(whole))
  assert.deepEqual(second.counts, { ...NOTHING, sent: 2, exhausted: 2, refused: 1 }, second.stderr)
  const third = await ended(redrive(whole, '--attempts-max', '6'))
  assert.deepEqual(third.counts, { ...NOTHING, sent: 2, refused: 1 }, third.stderr)
  const values = (await readTopic(place.again)).map(({ value }) => String(value))
  assert.deepEqual(
    values.toSorted(),
    [0, 1, 2, 3, 5, 6, 7].map((i) => `letter ${i}`),
  )
})

test('a run that is killed has kept its progress, and one that is interrupted counts what it sent', async (t) => {
  const place = await createPlace(
    t,
    Array.from({ length: 40 }, () => ({ topic: 'a' })),
  )
  const config = place.config(['a'], [])
  const killed = redrive(config, '--rate', '4')
  const hasSent = (count: number) => async () =>
    (await readTopic(place.again)).length >= count || undefined
  await until('some are sent', hasSent(14), { program: killed, every_ms: 200 })
  killed.kill('SIGKILL')
  await killed.exited
  const sent_before = (await readTopic(place.again)).length

  const interrupted = redrive(config, '--rate', '4')
  await until('it goes on', hasSent(sent_before + 1), { program: interrupted, every_ms: 200 })
  interrupted.kill('SIGINT')
  const { code, counts } = await ended(interrupted)
  assert.equal(code, 130)
  const sent = await readTopic(place.again)
  assert.equal(counts['sent'], sent.length - sent_before)
  const values = new Set(sent.map(({ value }) => String(value)))
  assert.ok(sent.length - values.size <= 12, `${sent.length - values.size} sent again`)

  const last = await ended(redrive(config))
  assert.equal(last.code, 0, last.stderr)
  const all = await readTopic(place.again)
  assert.equal(new Set(all.map(({ value }) => String(value))).size, 40)
  assert.equal(all.length, sent.length + Number(last.counts['sent']))
})
