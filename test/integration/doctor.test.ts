/** The doctor on a real Kafka and a real Redis: healthy, and with one thing wrong at a time. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Check } from '#/cli/doctor/check.ts'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { systemClock } from '#/telemetry/index.ts'
import { createTopic, produce, readTopic, stackInfo, uniqueName } from '../stack/tools.ts'
import { createFakeIo } from '../unit/cli/fake-io.ts'

/** Nobody listens on the first port. */
const NOBODY = '127.0.0.1:1'

interface World {
  readonly input: string
  readonly output: string
  readonly dead_letter: string
  readonly directory: string
  readonly redis: string
  readonly brokers: string
  readonly group_id: string
}

async function worldOf(t: TestContext, letters_bytes = 2_097_152): Promise<World> {
  const { brokers, redis_url } = stackInfo()
  const input = createTopic(t)
  const output = createTopic(t, { configs: { 'max.message.bytes': '2097152' } })
  const dead_letter = createTopic(t, { configs: { 'max.message.bytes': String(letters_bytes) } })
  return {
    brokers,
    redis: redis_url,
    input: await input,
    output: await output,
    dead_letter: await dead_letter,
    directory: await startDirectory(t),
    group_id: uniqueName('doctor'),
  }
}

/** The lookup contract, with no owner at all. */
async function startDirectory(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ results: [] }))
    })
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  t.after(() => new Promise((done) => void server.close(done)))
  const address = server.address() as AddressInfo
  return `http://127.0.0.1:${address.port}`
}

async function doctor(world: World): Promise<{ code: number; checks: readonly Check[] }> {
  const connection = { brokers: [world.brokers], connect_timeout_ms: 500 }
  const config = JSON.stringify({
    receivers: {
      kafka: {
        ...connection,
        group_id: world.group_id,
        logs: { topics: [world.input] },
        source: 'litellm',
        trust: 'trusted',
      },
    },
    processors: { attribution: {} },
    exporters: {
      kafka: {
        ...connection,
        logs: { topic: world.output },
        dead_letter: { topic: world.dead_letter },
      },
    },
    owners: {
      directory: { type: 'http', endpoint: world.directory },
      redis: { endpoint: world.redis, key_secret: 'only for this test' },
    },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
    },
  })
  const io = { ...createFakeIo({ stdin: config }), clock: systemClock }
  const code = await dispatch(['doctor', '-c', '-', '--json'], COMMANDS, io)
  const lines = io.written.out.split('\n').filter(Boolean)
  return { code, checks: lines.map((line): Check => JSON.parse(line)) }
}

function failures(checks: readonly Check[]): readonly string[] {
  return checks
    .filter(({ status }) => status === 'fail')
    .map(({ area, subject }) => `${area} ${subject}`)
}

test('A healthy set-up has no failure, each part is looked at, and nothing is written.', async (t) => {
  const world = await worldOf(t)
  await produce(world.input, [{ value: '{}' }])
  const { code, checks } = await doctor(world)
  assert.deepEqual(failures(checks), [])
  assert.equal(code, 0)
  const areas = new Set(checks.map(({ area }) => area))
  assert.deepEqual([...areas].toSorted(), [
    'clock',
    'directory',
    'group',
    'kafka',
    'process',
    'redis',
    'topic',
  ])
  for (const { status, fix } of checks) assert.equal(fix === undefined, status === 'pass')
  const input = checks.find(({ subject }) => subject === world.input)
  assert.match(input?.message ?? '', /input, 1 partitions, messages up to 1 MiB, kept for ever/)
  // The stack has one broker, which is told of what is written only.
  const alone = checks.filter(({ message }) => message.startsWith('it has one replica'))
  assert.deepEqual(
    alone.map(({ subject }) => subject).toSorted(),
    [world.output, world.dead_letter].toSorted(),
  )
  assert.match(checks.find(({ area }) => area === 'group')?.message ?? '', /nothing committed yet/)
  for (const topic of [world.output, world.dead_letter])
    assert.deepEqual(await readTopic(topic), [])
})

test('A missing topic fails with the command that makes it.', async (t) => {
  const world = { ...(await worldOf(t)), input: uniqueName('nowhere') }
  const { code, checks } = await doctor(world)
  assert.equal(code, 1)
  assert.deepEqual(failures(checks), [`topic ${world.input}`])
  const [missing] = checks.filter(({ status }) => status === 'fail')
  assert.match(missing?.fix ?? '', /kafka-topics\.sh .* --create --topic nowhere/)
})

test('A dead-letter topic that is smaller than the input fails with the limit that it needs.', async (t) => {
  const world = await worldOf(t, 100_000)
  const { code, checks } = await doctor(world)
  assert.equal(code, 1)
  assert.deepEqual(failures(checks), [`topic ${world.dead_letter}`])
  const [small] = checks.filter(({ status }) => status === 'fail')
  assert.match(small?.fix ?? '', /--add-config max\.message\.bytes=1114124$/)
})

test('A dead Redis and a dead directory fail, each by itself.', async (t) => {
  const world = await worldOf(t)
  const no_redis = await doctor({ ...world, redis: `redis://${NOBODY}` })
  assert.deepEqual([no_redis.code, failures(no_redis.checks)], [1, [`redis ${NOBODY}`]])
  const directory = `http://${NOBODY}`
  const no_directory = await doctor({ ...world, directory })
  assert.deepEqual(
    [no_directory.code, failures(no_directory.checks)],
    [1, [`directory ${directory}`]],
  )
})

test('When nobody answers at all it exits 69.', async () => {
  const topics = { input: 'a', output: 'b', dead_letter: 'c', group_id: 'd' }
  const nobody = { brokers: NOBODY, redis: `redis://${NOBODY}`, directory: `http://${NOBODY}` }
  const { code, checks } = await doctor({ ...topics, ...nobody })
  assert.equal(code, 69)
  assert.deepEqual(
    failures(checks)
      .map((one) => one.split(' ', 1).join(''))
      .toSorted((a, b) => a.localeCompare(b)),
    ['directory', 'kafka', 'redis'],
  )
})
