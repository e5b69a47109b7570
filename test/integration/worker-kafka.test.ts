/** The worker on a real Kafka. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Clock } from '#/core/ports.ts'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { createWorker, readWorkerConfig } from '#/worker/index.ts'
import { connectKafka } from '../../services/cli/connect.ts'
import {
  createTopic,
  deleteBelow,
  produce,
  readTopic,
  stackInfo,
  uniqueName,
} from '../stack/tools.ts'
import { litellmCall, OWNERS_YAML, temporaryFolder, until } from '../support/worker.ts'

interface Flow {
  /** Members of each receiver. */
  readonly receivers: Readonly<Record<string, object>>
  readonly out: string
  readonly dead: string
  readonly clock?: Clock
}

/** A worker of one pipeline; all its receivers are in one group. */
async function startOn(t: TestContext, group_id: string, flow: Flow) {
  const { brokers } = stackInfo()
  const owners = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(owners, OWNERS_YAML)
  const common = { brokers: [brokers], group_id, trust: 'trusted' }
  const text = JSON.stringify({
    receivers: Object.fromEntries(
      Object.entries(flow.receivers).map(([id, receiver]) => [id, { ...common, ...receiver }]),
    ),
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: [brokers], logs: { topic: flow.out }, dead_letter: { topic: flow.dead } },
    },
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: {
          receivers: Object.keys(flow.receivers),
          processors: ['attribution'],
          exporters: ['kafka'],
        },
      },
      telemetry: { metrics: { endpoint: '127.0.0.1:0' } },
    },
  })
  const read = readWorkerConfig({ file: 'test', text, env: {}, readFile: () => '' })
  assert.ok(read.ok, JSON.stringify(read))
  const ports = {
    clock: flow.clock ?? systemClock,
    logger: createLogger({ level: 'error', format: 'json' }),
    meter: createMeter({ process_metrics: false }),
  }
  const worker = await createWorker({
    config: read.config,
    ports,
    exposition: ports.meter,
    version: '0.0.0',
    connect: connectKafka(ports),
  }).start()
  const stop = () => worker.stop(createDeadline(systemClock, 5000))
  t.after(stop)
  return { admin_url: worker.value.admin_url, metricsText: () => ports.meter.text(), stop }
}

test('receivers of one group, each with its own source and topics, all read on', async (t) => {
  const litellm = await createTopic(t, { partitions: 3 })
  const bedrock = await createTopic(t, { partitions: 2 })
  const out = await createTopic(t, { partitions: 2 })
  const dead = await createTopic(t)
  const messages = (count: number, value: Buffer) =>
    Array.from({ length: count }, (_, partition) => ({ partition, value }))
  await produce(litellm, messages(3, litellmCall('known')))
  await produce(bedrock, messages(2, Buffer.from('{"schemaType":"ModelInvocationLog"}')))
  await startOn(t, uniqueName('group'), {
    receivers: {
      'kafka/litellm': { logs: { topics: [litellm] }, source: 'litellm' },
      'kafka/bedrock': { logs: { topics: [bedrock] }, source: 'aws-bedrock-invocation' },
    },
    out,
    dead,
  })
  await until('all five are out', async () => (await readTopic(out)).length === 5)
  assert.equal((await readTopic(dead)).length, 0)
})

test('a worker that starts on a group without new messages has no lag and stays alive', async (t) => {
  const raw = await createTopic(t, { partitions: 3 })
  const out = await createTopic(t)
  const dead = await createTopic(t)
  const group_id = uniqueName('group')
  await produce(
    raw,
    [0, 1, 1].map((partition) => ({ partition, value: litellmCall('known') })),
  )
  await deleteBelow(raw, 1, 2)
  let skew_ms = 0
  const clock: Clock = { ...systemClock, now: () => Date.now() + skew_ms }
  const flow = {
    receivers: { kafka: { logs: { topics: [raw] }, source: 'litellm' } },
    out,
    dead,
    clock,
  }
  const first = await startOn(t, group_id, flow)
  await until('it is out', async () => (await readTopic(out)).length === 1)
  await first.stop()

  const second = await startOn(t, group_id, flow)
  const lagOf = async (unit: string) => {
    const lines = (await second.metricsText()).split('\n')
    return lines.filter((line) => line.startsWith(`whosecall_consumer_lag_${unit}{`)).toSorted()
  }
  const shown = (unit: string) =>
    [0, 1, 2].map((n) => `whosecall_consumer_lag_${unit}{topic="${raw}",partition="${n}"} 0`)
  await until('the lag is known', async () => (await lagOf('messages')).length === 3)
  skew_ms = 120_000
  assert.deepEqual(await lagOf('messages'), shown('messages'))
  assert.deepEqual(await lagOf('seconds'), shown('seconds'))
  assert.equal((await fetch(`${second.admin_url}/livez`)).status, 200)
})
