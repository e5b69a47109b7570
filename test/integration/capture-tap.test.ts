/** Looking on and taking a sample along, at a real Kafka. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { createWorker, readWorkerConfig } from '#/worker/index.ts'
import { connectKafka } from '../../services/cli/connect.ts'
import { createTopic, produce, stackInfo, uniqueName } from '../stack/tools.ts'
import { litellmCall, OWNERS_YAML, temporaryFolder, until } from '../support/worker.ts'
import { createFakeIo } from '../unit/cli/fake-io.ts'

const ADDRESS = '203.0.113.9'
const NOBODY = litellmCall(null, { metadata: { requester_ip_address: ADDRESS } })
const BROKEN = Buffer.from('{"call_type":"a prompt')

/** A folder with the config of a worker on topics of its own. */
async function flowOf(t: TestContext) {
  const { brokers } = stackInfo()
  const [raw, out, dead] = await Promise.all([
    createTopic(t, { partitions: 2 }),
    createTopic(t),
    createTopic(t),
  ])
  const cwd = temporaryFolder(t)
  const owners = join(cwd, 'owners.yaml')
  writeFileSync(owners, OWNERS_YAML)
  const receiver = { brokers: [brokers], group_id: uniqueName('group'), trust: 'trusted' }
  const text = JSON.stringify({
    receivers: { kafka: { ...receiver, source: 'litellm', logs: { topics: [raw] } } },
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: [brokers], logs: { topic: out }, dead_letter: { topic: dead } },
    },
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
      telemetry: { metrics: { endpoint: '127.0.0.1:0' } },
    },
  })
  writeFileSync(join(cwd, 'worker.yaml'), text)
  await produce(raw, [
    { partition: 0, value: litellmCall('known') },
    { partition: 0, value: NOBODY },
    { partition: 1, value: BROKEN },
    { partition: 1, value: null },
  ])
  return { raw, cwd, text }
}

test('a capture of a topic is decided elsewhere as it was here, and joins no group', async (t) => {
  const { raw, cwd } = await flowOf(t)
  const line = ['capture', '-c', 'worker.yaml', '--topic', raw]
  const io = createFakeIo({ cwd })
  const clocked = { ...io, clock: systemClock }
  assert.equal(await dispatch([...line, '-o', 'all.ndjson'], COMMANDS, clocked), 0)
  assert.match(io.written.err, /4 messages in all\.ndjson/)
  assert.match(io.written.err, /0 persons, 0 secrets, 1 addresses/)
  assert.match(io.written.err, /Look at it before you send it/)
  const text = readFileSync(join(cwd, 'all.ndjson'), 'utf8')
  for (const hidden of [ADDRESS, 'a prompt', stackInfo().brokers]) assert.ok(!text.includes(hidden))

  const elsewhere = createFakeIo({ cwd })
  assert.equal(await dispatch(['attribute', '--report', 'all.ndjson'], COMMANDS, elsewhere), 0)
  assert.match(elsewhere.written.err, /all are decided as they were when captured/)
  const rows = elsewhere.written.out
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row))
  assert.deepEqual(
    rows.map(({ fate, code, outcome, reason, owner_id }) => [
      fate,
      code,
      outcome,
      reason,
      owner_id,
    ]),
    [
      ['published', undefined, 'attributed', undefined, 'team:payments'],
      ['published', undefined, 'unattributed', 'ip_only', undefined],
      ['dead_lettered', 'malformed', undefined, undefined, undefined],
      ['filtered', 'tombstone', undefined, undefined, undefined],
    ],
  )

  const why = createFakeIo({ cwd })
  const explained = ['explain', '--json', '--line', '3', 'all.ndjson']
  assert.equal(await dispatch(explained, COMMANDS, why), 0)
  assert.equal(JSON.parse(why.written.out).decision.reason, 'ip_only')

  const some = createFakeIo({ cwd })
  const picked = [...line, '--reason', 'ip_only', '--since', '1h', '-o', 'some.ndjson', '--json']
  assert.equal(await dispatch(picked, COMMANDS, { ...some, clock: systemClock }), 0)
  assert.equal(JSON.parse(some.written.out).messages, 1)
  await assert.rejects(dispatch(picked, COMMANDS, createFakeIo({ cwd })), {
    code: 'usage',
    message: /some\.ndjson: it exists; --force writes over it/,
  })
})

test('events of a worker on a real broker are shown when their messages are written', async (t) => {
  const { raw, text } = await flowOf(t)
  const read = readWorkerConfig({ file: 'test', text, env: {}, readFile: () => '' })
  assert.ok(read.ok)
  const meter = createMeter({ process_metrics: false })
  const logger = createLogger({ level: 'error', format: 'json' })
  const ports = { clock: systemClock, logger, meter }
  const worker = await createWorker({
    config: read.config,
    ports,
    exposition: meter,
    version: '0.0.0',
    connect: connectKafka(ports),
  }).start()
  t.after(() => worker.stop(createDeadline(systemClock, 5000)))
  const io = createFakeIo({ is_terminal: true })
  const url = ['--url', worker.value.admin_url]
  const line = ['tap', ...url, '--stage', 'published', '--reason', 'ip_only', '--limit', '1']
  const running = dispatch(line, COMMANDS, io)
  await until('somebody looks on', () => io.written.err !== '')
  await produce(raw, [{ partition: 0, value: NOBODY }])
  assert.equal(await running, 0)
  assert.match(io.written.out, new RegExp(`^${raw}/0/\\d/0 {2}litellm {2}unattributed ip_only\\n$`))
  assert.ok(!io.written.out.includes(ADDRESS))
})
