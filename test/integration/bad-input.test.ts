import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { Admin, ConfigResourceTypes } from '@platformatic/kafka'
import {
  createTopic,
  produce,
  readTopic,
  securedStack,
  stackInfo,
  uniqueName,
  type ReadMessage,
} from '../stack/tools.ts'
import { until } from '../support/program.ts'
import { JSON_CASES, MESSAGE_BYTES_MAX, PROTO_CASES, type BadInput } from './bad-input/cases.ts'
import { assertValid, takeFromJson, takeFromProto, type Taken } from './bad-input/output.ts'
import { startWorkerProgram, type Flow } from './bad-input/worker.ts'

const TIMESTAMP = Date.now()
const LARGE = { 'max.message.bytes': String(24 << 20) }

test('bad input never stops the good, and each message ends where it belongs with its bytes', async (t) => {
  const json = await flow(t, LARGE, { limits: { message_bytes_max: MESSAGE_BYTES_MAX } })
  const proto = await flow(t, {}, { source: 'otel-genai-logs' }, 'otlp_proto')
  await send(json.input, JSON_CASES)
  await send(proto.input, PROTO_CASES)
  const worker = await startWorkerProgram(t, [json, proto])
  await worker.settled(JSON_CASES.length + PROTO_CASES.length)

  await check(json, JSON_CASES, takeFromJson)
  await check(proto, PROTO_CASES, takeFromProto)
  const seen = await worker.scrape()
  assert.equal(seen?.sum('whosecall_filtered_messages_total'), 2)
  assert.equal(seen?.sum('whosecall_forged_attributes_total'), 7)
})

test('a decompression bomb goes to the dead letters as it came, and what follows is read', async (t) => {
  const bomb = await flow(t, {}, {})
  const zeros = Buffer.alloc(80 << 20)
  await produce(bomb.input, [{ value: zeros, timestamp: TIMESTAMP }], { compression: 'zstd' })
  await produce(bomb.input, [{ value: JSON_CASES[0]?.value ?? null }])
  const worker = await startWorkerProgram(t, [bomb])
  await worker.settled(2)
  const [letter, ...more] = await readTopic(bomb.dead_letter)
  assert.equal(more.length, 0)
  assert.equal(headerOf(letter, 'whosecall-reason'), 'limit_exceeded')
  assert.equal(headerOf(letter, 'whosecall-stage'), 'receive')
  assert.equal(headerOf(letter, 'whosecall-offset'), '0')
  assert.ok((letter?.value?.length ?? 0) < 1 << 20, 'the bytes are still compressed')
  assert.equal((await readTopic(bomb.output)).length, 1)
})

test('a message that no longer fits with its attribution becomes a dead letter with its original bytes', async (t) => {
  const limit = 100_000
  const small = await flow(t, {}, {})
  const output = await createTopic(t, { configs: { 'max.message.bytes': String(limit) } })
  const start = '{"call_type":"acompletion","messages":"'
  const end = '","metadata":{"user_api_key_hash":"known"}}'
  const padding = 'x'.repeat(limit - 120 - start.length - end.length)
  const value = Buffer.from(start + padding + end)
  await produce(small.input, [
    { key: 'k', value, headers: [['trace', 'abc']], timestamp: TIMESTAMP },
    { value: JSON_CASES[0]?.value ?? null },
  ])
  const worker = await startWorkerProgram(t, [{ ...small, output }])
  await worker.settled(2)
  const [letter, ...more] = await readTopic(small.dead_letter)
  assert.equal(more.length, 0)
  assert.equal(headerOf(letter, 'whosecall-reason'), 'too_large')
  assert.equal(headerOf(letter, 'whosecall-stage'), 'export')
  assert.equal(headerOf(letter, 'trace'), 'abc')
  assert.equal(letter?.key?.toString(), 'k')
  assert.ok(letter?.value?.equals(value))
  assert.equal((await readTopic(output)).length, 1)
})

test('a dead-letter topic that cannot be written makes the worker hold, say so, and go on when it can', async (t) => {
  const held = await flow(t, {}, {})
  const { dead_letter } = held
  // Too large also when it is compressed.
  const poison = Buffer.from(`{"truncated":"${randomBytes(2_500).toString('hex')}`)
  const exporter = { retry_on_failure: { initial_interval_ms: 50, max_interval_ms: 300 } }
  const worker = await startWorkerProgram(t, [{ ...held, exporter }])
  const isReady = async () => {
    const answer = await fetch(`${worker.admin_url}/readyz`).catch(() => undefined)
    return answer?.ok ? true : undefined
  }
  await until('the worker is ready', isReady, { program: worker.program })
  await setTopicConfig(dead_letter, 'max.message.bytes', '1000')
  await produce(held.input, [
    { value: JSON_CASES[0]?.value ?? null },
    { key: 'poison', value: poison },
    { value: JSON_CASES[0]?.value ?? null },
  ])
  const reasons = await until(
    'the worker holds',
    async () => {
      const answer = await fetch(`${worker.admin_url}/readyz`).catch(() => undefined)
      const text = (await answer?.text()) ?? ''
      return answer?.status === 503 && text.includes('dead letters') ? text : undefined
    },
    { program: worker.program },
  )
  assert.match(reasons, /dead letters cannot be written/)
  assert.equal((await fetch(`${worker.admin_url}/livez`)).status, 200)
  const [position = 0n] = await committed(`${worker.group_id}-${held.input}`, held.input)
  assert.ok(position <= 1n, 'nothing is committed beyond the message that is held')

  await setTopicConfig(dead_letter, 'max.message.bytes', '1048588')
  await worker.settled(3)
  const letters = await readTopic(dead_letter)
  assert.deepEqual(
    letters.map(({ value }) => value?.equals(poison)),
    [true],
  )
  assert.equal((await readTopic(held.output)).length, 2)
  await until('it is ready again', isReady)
})

test('a dead-letter topic that is smaller than an input topic ends the start with the command that raises it', async (t) => {
  const good = await flow(t, {}, {})
  const dead_letter = await createTopic(t, { configs: { 'max.message.bytes': '1048587' } })
  const { program } = await startWorkerProgram(t, [{ ...good, dead_letter }])
  const { code } = await program.exited
  assert.equal(code, 69, program.stderr())
  assert.ok(program.stderr().includes(`topic ${good.input} may hold messages of 1048588 bytes`))
  const command = `--entity-name ${dead_letter} --add-config max.message.bytes=1114124`
  assert.ok(program.stderr().includes(command), program.stderr())
  assert.doesNotMatch(program.stderr(), /still busy/, 'nothing was in flight')
  // What the command sets.
  await setTopicConfig(dead_letter, 'max.message.bytes', '1114124')
  await produce(good.input, [{ value: JSON_CASES[0]?.value ?? null }])
  const again = await startWorkerProgram(t, [{ ...good, dead_letter }])
  await again.settled(1)
})

test('missing topics end the start with exit code 69, all of them named at once with their places', async (t) => {
  const good = await flow(t, {}, {})
  const [input, output, dead_letter] = ['input', 'output', 'dead'].map((name) => uniqueName(name))
  const broken = { ...good, input: input!, output: output!, dead_letter: dead_letter! }
  const { program } = await startWorkerProgram(t, [good, broken])
  const { code } = await program.exited
  assert.equal(code, 69, program.stderr())
  const places = [
    `${output} (exporters.kafka/1.logs.topic)`,
    `${dead_letter} (exporters.kafka/1.dead_letter.topic)`,
    `${input} (receivers.kafka/1.logs.topics[0])`,
  ]
  const line = program.stderr().trim().split('\n').at(-1)
  assert.ok(line?.includes(`3 topics do not exist: ${places.join(', ')}`), program.stderr())
  assert.doesNotMatch(program.stderr(), /still busy/)
})

test('a worker that would read what it writes does not start, whatever its brokers are called', async (t) => {
  const good = await flow(t, {}, {})
  const brokers = stackInfo().brokers.replaceAll('127.0.0.1', 'localhost')
  assert.notEqual(brokers, stackInfo().brokers)
  const logs = { topics: [`^(${good.input}|${good.output})$`], encoding: 'json' }
  await produce(good.input, [{ value: JSON_CASES[0]?.value ?? null }])
  const { program } = await startWorkerProgram(t, [
    { ...good, receiver: { logs }, exporter: { brokers: brokers.split(',') } },
  ])
  const { code } = await program.exited
  assert.equal(code, 78, program.stderr())
  const places = `receivers.kafka/0.logs.topics[0] reads topic ${good.output}, which exporters.kafka/0.logs.topic writes`
  assert.ok(program.stderr().includes(places), program.stderr())
  assert.equal((await readTopic(good.output)).length, 0)
})

test('no Kafka at the start ends in exit code 69 after a bounded time', async (t) => {
  const nobody: Flow = { input: 'in', output: 'out', dead_letter: 'dead', encoding: 'json' }
  const { program } = await startWorkerProgram(t, [nobody], '127.0.0.1:9')
  const { code } = await program.exited
  assert.equal(code, 69, program.stderr())
  assert.match(program.stderr(), /127\.0\.0\.1:9/)
})

test('a wrong SASL password ends in exit code 69 and is never printed', async (t) => {
  const { sasl } = await securedStack()
  const good = await flow(t, {}, {})
  const password = 'hunter2-and-more'
  const auth = { sasl: { mechanism: 'SCRAM-SHA-256', username: sasl.username, password } }
  const refused = { ...good, receiver: { auth }, exporter: { auth } }
  const { program } = await startWorkerProgram(t, [refused], sasl.brokers)
  const { code } = await program.exited
  assert.equal(code, 69, program.stderr())
  assert.match(program.stderr(), /auth/i)
  assert.ok(!`${program.stdout()}${program.stderr()}`.includes(password))
})

async function flow(
  t: TestContext,
  configs: Readonly<Record<string, string>>,
  receiver: object,
  encoding: Flow['encoding'] = 'json',
): Promise<Flow> {
  return {
    input: await createTopic(t, { prefix: 'bad-in', configs }),
    output: await createTopic(t, { prefix: 'bad-out', configs }),
    dead_letter: await createTopic(t, { prefix: 'bad-dead', configs }),
    encoding,
    receiver,
  }
}

/** One request a message: some of them are larger than all others together. */
async function send(topic: string, cases: readonly BadInput[]): Promise<void> {
  for (const { name, value } of cases)
    await produce(topic, [{ key: name, value, timestamp: TIMESTAMP, headers: [['trace', 'abc']] }])
}

async function check(
  { input, output, dead_letter }: Flow,
  cases: readonly BadInput[],
  take: (value: Buffer) => Taken,
): Promise<void> {
  const published = byKey(await readTopic(output))
  const letters = byKey(await readTopic(dead_letter))
  for (const [offset, { name, value, becomes }] of cases.entries()) {
    const out = published.get(name)
    const letter = letters.get(name)
    const counts = { published: out?.length ?? 0, dead_lettered: letter?.length ?? 0, filtered: 0 }
    const expected = { published: 0, dead_lettered: 0, filtered: 0 }
    if (becomes.fate !== 'filtered') expected[becomes.fate] = 1
    assert.deepEqual(
      counts,
      expected,
      `${name} in ${input}: ${headerOf(letter?.[0], 'whosecall-reason')}`,
    )
    if (becomes.fate === 'published') {
      const { attribution, rest } = take(out?.[0]?.value ?? Buffer.alloc(0))
      assertValid(attribution)
      assert.equal(attribution['event_id'], `test/${input}/0/${offset}/0@${TIMESTAMP}`, name)
      assert.deepEqual(ownerOf(attribution), becomes.owner, name)
      assert.equal(attribution['reason'], becomes.reason, name)
      assert.ok(rest.equals(becomes.rest ?? value ?? Buffer.alloc(0)), `${name} keeps its bytes`)
      assert.equal(headerOf(out?.[0], 'trace'), 'abc')
    }
    if (becomes.fate === 'dead_lettered')
      checkLetter(letter?.[0], input, offset, value, becomes.reason)
  }
}

function checkLetter(
  letter: ReadMessage | undefined,
  input: string,
  offset: number,
  value: Buffer | null,
  reason: string,
): void {
  assert.ok(letter?.value?.equals(value ?? Buffer.alloc(0)), `${reason} keeps its bytes`)
  const headers = Object.fromEntries(
    (letter?.headers ?? []).map(([name, text]) => [name, text?.toString() ?? '']),
  )
  const { 'whosecall-first-seen': first_seen, ...others } = headers
  assert.ok(Number(first_seen) >= TIMESTAMP)
  assert.deepEqual(others, {
    trace: 'abc',
    'whosecall-origin': 'test',
    'whosecall-topic': input,
    'whosecall-partition': '0',
    'whosecall-offset': String(offset),
    'whosecall-timestamp': String(TIMESTAMP),
    'whosecall-reason': reason,
    'whosecall-stage': reason === 'wrong_shape' ? 'process' : 'scan',
    'whosecall-attempt': '0',
  })
}

function byKey(messages: readonly ReadMessage[]): ReadonlyMap<string, readonly ReadMessage[]> {
  return Map.groupBy(messages, ({ key }) => key?.toString() ?? '')
}

function ownerOf(attribution: Readonly<Record<string, unknown>>): unknown {
  const owner = attribution['owner']
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, 'id') : undefined
}

function headerOf(message: ReadMessage | undefined, name: string): string | undefined {
  return message?.headers.find(([header]) => header === name)?.[1]?.toString()
}

async function committed(group_id: string, topic: string): Promise<readonly bigint[]> {
  return withAdmin(async (admin) => {
    const groups = await admin.listConsumerGroupOffsets({
      groups: [{ groupId: group_id, topics: [{ name: topic, partitionIndexes: [0] }] }],
    })
    return groups[0]?.topics[0]?.partitions.map(({ committedOffset }) => committedOffset) ?? []
  })
}

async function setTopicConfig(topic: string, name: string, value: string): Promise<void> {
  await withAdmin((admin) =>
    admin.incrementalAlterConfigs({
      resources: [
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: topic,
          configs: [{ name, value, configOperation: 0 }],
        },
      ],
    }),
  )
}

async function withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
  const bootstrapBrokers = stackInfo().brokers.split(',')
  const admin = new Admin({ clientId: 'test-admin', bootstrapBrokers })
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}
