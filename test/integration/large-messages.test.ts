/** Messages that are larger than what the topics behind the worker take, on a real Kafka with its default limits. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { eachClient, type KafkaClient } from '../contract/each-client.ts'
import { litellmCall } from '../support/worker.ts'
import { createTopic, produce, readTopic } from '../stack/tools.ts'
import { until } from '../support/program.ts'
import { startWorkerProgram, type Flow } from './bad-input/worker.ts'

/** Equal to the limit of the input: the headers of a dead letter have no room of their own. */
const LIMITS = { configs: { 'max.message.bytes': '1048588' } }

async function flowOf(t: TestContext, client: KafkaClient): Promise<Flow> {
  return {
    client,
    input: await createTopic(t, LIMITS),
    output: await createTopic(t, LIMITS),
    dead_letter: await createTopic(t, LIMITS),
    encoding: 'json',
    exporter: { retry_on_failure: { initial_interval_ms: 50, max_interval_ms: 300 } },
  }
}

eachClient(
  'a call that fits only compressed becomes a dead letter with its bytes, and holds nobody',
  async (t, client) => {
    const flow = await flowOf(t, client)
    const large = litellmCall('known', { messages: 'the same prompt again '.repeat(90_000) })
    assert.ok(large.length > 1_900_000)
    await produce(flow.input, [{ value: large }], { compression: 'gzip' })
    await produce(flow.input, [{ value: litellmCall('known') }])
    const worker = await startWorkerProgram(t, [flow])
    await worker.settled(2)
    const letters = await readTopic(flow.dead_letter)
    assert.deepEqual(
      letters.map(({ value }) => value?.equals(large)),
      [true],
    )
    assert.equal((await readTopic(flow.output)).length, 1)
  },
)

eachClient(
  'a message that fits in no way is held and named; whatever else is unreadable passes it by',
  async (t, client) => {
    const flow = await flowOf(t, client)
    // Such noise fits in the input by a few bytes, and not with the headers of a dead letter.
    const noise = randomBytes(1_048_400)
    const worker = await startWorkerProgram(t, [flow])
    await produce(flow.input, [{ value: noise }])
    const coordinates = `${flow.input}/0 at offset 0`
    await until(
      'readiness names the message',
      async () => {
        const answer = await fetch(`${worker.admin_url}/readyz`).catch(() => undefined)
        const text = (await answer?.text()) ?? ''
        return text.includes(coordinates) && text.includes('too_large') ? true : undefined
      },
      { program: worker.program },
    )
    assert.equal((await fetch(`${worker.admin_url}/livez`)).status, 200)
    await produce(flow.input, [{ value: Buffer.from('{') }, { value: litellmCall('known') }])
    await worker.settled(2)
    assert.equal((await readTopic(flow.dead_letter)).length, 1)
    const line = worker.program
      .stderr()
      .split('\n')
      .find((each) => each.includes('refuses a message'))
    assert.ok(line, worker.program.stderr())
    assert.doesNotMatch(worker.program.stderr(), /kafkajs/, 'one cause, one line')
    const { topic, partition, offset, bytes, to_topic, cause } = JSON.parse(line) as Record<
      string,
      unknown
    >
    assert.deepEqual([topic, partition, offset], [flow.input, 0, 0])
    assert.deepEqual([to_topic, cause], [flow.dead_letter, 'too_large'])
    assert.ok(Number(bytes) > noise.length)
  },
)
