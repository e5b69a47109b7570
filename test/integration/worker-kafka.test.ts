/** The worker on a real Kafka: two receivers with different sources in one consumer group. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createDeadline, createLogger, createMeter, systemClock } from '#/telemetry/index.ts'
import { createWorker, readWorkerConfig } from '#/worker/index.ts'
import { connectKafka } from '../../services/cli/connect.ts'
import { createTopic, produce, readTopic, stackInfo, uniqueName } from '../stack/tools.ts'
import { litellmCall, OWNERS_YAML, temporaryFolder, until } from '../support/worker.ts'

test('receivers of one group, each with its own source and topics, all read on', async (t) => {
  const { brokers } = stackInfo()
  const litellm = await createTopic(t, { partitions: 3 })
  const bedrock = await createTopic(t, { partitions: 2 })
  const out = await createTopic(t, { partitions: 2 })
  const dead = await createTopic(t, { partitions: 1 })
  const owners = join(temporaryFolder(t), 'owners.yaml')
  writeFileSync(owners, OWNERS_YAML)
  const receiver = (topic: string, source: string) => ({
    brokers: [brokers],
    group_id: group,
    logs: { topics: [topic] },
    source,
    trust: 'trusted',
  })
  const group = uniqueName('group')
  const text = JSON.stringify({
    receivers: {
      'kafka/litellm': receiver(litellm, 'litellm'),
      'kafka/bedrock': receiver(bedrock, 'aws-bedrock-invocation'),
    },
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: [brokers], logs: { topic: out }, dead_letter: { topic: dead } },
    },
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: {
          receivers: ['kafka/litellm', 'kafka/bedrock'],
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
    clock: systemClock,
    logger: createLogger({ level: 'error', format: 'json' }),
    meter: createMeter({ process_metrics: false }),
  }
  const messages = (count: number, value: Buffer) =>
    Array.from({ length: count }, (_, partition) => ({ partition, value }))
  await produce(litellm, messages(3, litellmCall('known')))
  await produce(bedrock, messages(2, Buffer.from('{"schemaType":"ModelInvocationLog"}')))
  const worker = await createWorker({
    config: read.config,
    ports,
    metricsText: () => ports.meter.text(),
    connect: connectKafka(ports),
  }).start()
  t.after(() => worker.stop(createDeadline(systemClock, 5000)))
  await until('all five are out', async () => (await readTopic(out)).length === 5)
  assert.equal((await readTopic(dead)).length, 0)
})
