import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { WorkerConfig } from '#/worker/index.ts'
import { createMemoryBus } from '#/bus/memory/index.ts'
import { encodeLogs, oneRecord } from '../unit/formats/otlp.ts'
import { attributionOf, publish, settled } from '../support/worker-messages.ts'
import {
  litellmCall,
  startTestWorker,
  temporaryFolder,
  TOPICS,
  until,
  type TestWorker,
} from '../support/worker.ts'

/** A worker and its config on disk, which a test changes. */
async function startReloadable(t: TestContext, service: object = { reload_interval_ms: 0 }) {
  let on_disk: WorkerConfig | 'broken' | undefined
  const worker = await startTestWorker(t, { service, onDisk: () => on_disk })
  const write = (change: (config: WorkerConfig) => WorkerConfig | 'broken') => {
    on_disk = change(structuredClone(worker.config))
  }
  return { worker, write }
}

const claimed = (config: WorkerConfig): WorkerConfig => ({
  ...config,
  receivers: { kafka: { ...config.receivers['kafka']!, trust: 'claimed' } },
})

async function confidenceOf(worker: TestWorker, messages: number): Promise<unknown> {
  publish(worker, litellmCall('known'))
  await settled(worker, messages)
  const attribution: unknown = attributionOf(worker.bus.read(TOPICS.out).at(-1)?.value)
  return (attribution as { readonly confidence?: unknown }).confidence
}

function reloads(worker: TestWorker): readonly number[] {
  const count = (result: string) => worker.meter.value('whosecall_config_reloads_total', { result })
  return [count('success'), count('failure')]
}

test('A reload changes how records are judged, without a rebalance, and what owners are known stays known.', async (t) => {
  const { worker, write } = await startReloadable(t)
  assert.equal(await confidenceOf(worker, 1), 'high')
  const assigned = worker.meter.value('whosecall_rebalances_total')
  write(claimed)
  await worker.reload()
  assert.equal(await confidenceOf(worker, 2), 'low')
  assert.equal(worker.meter.value('whosecall_rebalances_total'), assigned)
  assert.deepEqual(reloads(worker), [1, 0])
  assert.equal(worker.meter.value('whosecall_config_last_reload_successful'), 1)
  assert.equal(worker.status().config.is_current, true)
})

test('A config with errors changes nothing: metric, status and log say so, and the next good one is taken over.', async (t) => {
  const { worker, write } = await startReloadable(t)
  write(() => 'broken')
  await worker.reload()
  assert.equal(await confidenceOf(worker, 1), 'high')
  assert.deepEqual(reloads(worker), [0, 1])
  assert.equal(worker.meter.value('whosecall_config_last_reload_successful'), 0)
  const { config, problems } = worker.status()
  assert.equal(config.is_current, false)
  assert.match(config.problem!, /^test\.yaml:1:\d+: WC-C\d+: /)
  assert.match(problems[0]!.message, /not taken over; the last good one stays in force/)
  write(claimed)
  await worker.reload()
  assert.equal(await confidenceOf(worker, 2), 'low')
  assert.equal(worker.status().config.is_current, true)
})

test('What needs a restart is refused as a whole, and named.', async (t) => {
  const { worker, write } = await startReloadable(t)
  write((config) => {
    const changed = claimed(config)
    changed.receivers['kafka']!.logs.topics = ['elsewhere']
    return { ...changed, service: { ...changed.service, commit_interval_ms: 500 } }
  })
  await worker.reload()
  assert.equal(
    worker.status().config.problem,
    'these changes need a restart of the worker: receivers.kafka.logs.topics, service.commit_interval_ms',
  )
  assert.equal(await confidenceOf(worker, 1), 'high')
})

test('Owners can be replaced by others; a file that is not there is refused.', async (t) => {
  const { worker, write } = await startReloadable(t)
  const path = join(temporaryFolder(t), 'others.yaml')
  const withOwners = (file: string) => (config: WorkerConfig) => {
    const { owners } = config
    return { ...config, owners: { ...owners, directory: { ...owners.directory, path: file } } }
  }
  write(withOwners(`${path}.missing`))
  await worker.reload()
  assert.match(worker.status().config.problem!, /others\.yaml\.missing cannot be read/)
  const row = '{ kind: api_key, key: litellm/known, owner: { id: team:other } }'
  writeFileSync(path, `bindings:\n  - ${row}\n`)
  write(withOwners(path))
  await worker.reload()
  publish(worker, litellmCall('known'))
  await settled(worker, 1)
  assert.equal(attributionOf(worker.bus.read(TOPICS.out)[0]?.value).owner?.id, 'team:other')
})

test('A change of the file is seen without being told.', async (t) => {
  const { worker, write } = await startReloadable(t, { reload_interval_ms: 20 })
  write(claimed)
  await until('the config is taken over', () => reloads(worker)[0] === 1)
  assert.equal(await confidenceOf(worker, 1), 'low')
})

test('Under load no message is lost or doubled by many reloads, and each is judged by one config as a whole.', async (t) => {
  const { worker, write } = await startReloadable(t)
  const messages = 3_000
  for (let n = 0; n < messages; n += 1) {
    publish(worker, litellmCall(n % 3 === 0 ? 'stranger' : 'known'))
    if (n % 100 === 0) {
      write((config) => (n % 200 === 0 ? claimed(config) : config))
      await worker.reload()
    }
  }
  await settled(worker, messages)
  const out = worker.bus.read(TOPICS.out)
  assert.equal(out.length, messages)
  assert.equal(new Set(out.map(({ value }) => attributionOf(value).event_id)).size, messages)
  assert.equal(reloads(worker)[1], 0)
})

test('A shadow says what another config would decide otherwise, and writes nothing.', async (t) => {
  const worker = await startTestWorker(t, {
    shadow: (config) => ({
      ...config,
      processors: {
        attribution: { ...config.processors['attribution']!, minimum_confidence: 'exact' },
      },
    }),
  })
  for (const hash of ['known', 'stranger', 'known']) publish(worker, litellmCall(hash))
  publish(worker, Buffer.from('{'))
  await settled(worker, 4)
  const report = worker.shadow!
  await until('the shadow has seen all', () => report.events === 4)
  assert.equal(report.failures, 0)
  assert.equal(report.differing, 2)
  assert.deepEqual(
    [...report.differences.values()].map(({ live, candidate, events }) => [
      live,
      candidate,
      events,
    ]),
    [['attributed team:payments', 'unattributed weak_evidence', 2]],
  )
  const count = (result: string) => worker.meter.value('whosecall_shadow_events_total', { result })
  assert.deepEqual([count('same'), count('differs')], [2, 2])
  assert.equal(worker.bus.read(TOPICS.out).length, 3)
  const by = { outcome: 'attributed', reason: 'none' }
  assert.equal(worker.meter.value('whosecall_events_total', by), 2)
})

test('A shadow that reads more encodings than the live config is given each message in its own.', async (t) => {
  const bus = createMemoryBus({ cluster_id: 'cluster', poison: true })
  bus.createTopic(TOPICS.raw)
  const attributes = [{ key: 'gen_ai.operation.name', value: { stringValue: 'chat' } }]
  const logs = oneRecord({ eventName: 'gen_ai.client.inference.operation.details', attributes })
  const json = Buffer.from(JSON.stringify(logs))
  for (const value of [json, encodeLogs(logs), null, json])
    bus.publish(TOPICS.raw, 0, { key: null, value, headers: [], timestamp: 0 })
  const live = { topics: [TOPICS.raw], encoding: 'otlp_json' } as const
  const worker = await startTestWorker(
    t,
    {
      receiver: { source: 'otel-genai-logs', logs: live },
      shadow: (config) => {
        const kafka = config.receivers['kafka']!
        return {
          ...config,
          receivers: { kafka: { ...kafka, logs: { ...kafka.logs, encoding: 'auto' } } },
        }
      },
    },
    bus,
  )
  const report = worker.shadow!
  await until('the shadow has seen all', () => report.events === 4)
  assert.deepEqual(
    [...report.differences.values()].map(({ live: is, candidate, events, example }) => [
      is,
      candidate,
      events,
      example.offset,
    ]),
    [['dead_lettered malformed', 'unattributed no_identity', 1, 1]],
  )
})

test('A reload that hangs does not hold up the stop of the worker.', async (t) => {
  let is_read = false
  const worker = await startTestWorker(t, {
    service: { reload_interval_ms: 0 },
    onDisk() {
      is_read = true
      return Promise.withResolvers<undefined>().promise
    },
  })
  void worker.reload()
  await until('the file is read', () => is_read)
  await worker.stop()
  assert.equal(worker.status().processes[0]!.state, 'stopping')
})
