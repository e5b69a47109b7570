import assert from 'node:assert/strict'
import test from 'node:test'
import { seriesMaxOf } from '#/worker/index.ts'
import { publish, settled } from '../support/worker-messages.ts'
import { litellmCall, startTestWorker, workerConfig } from '../support/worker.ts'

test('The status says what became of events, where the gaps are and how partitions get on.', async (t) => {
  const worker = await startTestWorker(t)
  publish(worker, litellmCall('known', { response_cost: 0.5 }))
  publish(worker, litellmCall('known'))
  publish(worker, litellmCall('stranger'))
  const last = publish(worker, litellmCall('stranger'))
  publish(worker, Buffer.from('{'))
  await settled(worker, 5)
  const status = worker.status()
  assert.deepEqual(
    status.since_start.map(({ outcome, reason, events, tokens, cost }) => ({
      outcome,
      reason,
      events,
      tokens,
      cost,
    })),
    [
      { outcome: 'attributed', reason: 'none', events: 2, tokens: 30, cost: { USD: 0.5 } },
      { outcome: 'unattributed', reason: 'unknown_identity', events: 2, tokens: 30, cost: {} },
    ],
  )
  assert.deepEqual(status.recent, status.since_start)
  const [gap, ...others] = status.gaps
  assert.deepEqual(others, [])
  assert.equal(status.gap_count, 1)
  assert.equal(gap!.source, 'litellm')
  assert.equal(gap!.reason, 'unknown_identity')
  assert.deepEqual(gap!.evidence, ['api_key'])
  assert.equal(gap!.events, 2)
  assert.equal(gap!.example.topic, 'raw')
  assert.ok(gap!.example.offset <= last)
  const [partition] = status.partitions
  assert.equal(partition!.state, 'ok')
  assert.equal(partition!.in_flight, 0)
  assert.equal(partition!.lag_messages, 0)
  assert.equal(status.lookup.directory, 'loaded')
  assert.ok(
    status.lookup.tiers.some(({ tier, states }) => tier === 'memory' && states['fresh']! > 0),
  )
  assert.deepEqual(status.live, { ok: true, reasons: [] })
  assert.deepEqual(status.ready, { ok: true, reasons: [] })
  assert.equal(status.processes[0]!.state, 'running')
  assert.ok(!JSON.stringify(status).includes('stranger'), 'an identity stands in the status')
})

test('No scrape has more series than were computed from the config and its partitions.', async (t) => {
  const worker = await startTestWorker(t, { raw_partitions: 3, exporter: { required: true } })
  for (const hash of ['known', 'stranger', 'shared', null]) publish(worker, litellmCall(hash))
  publish(worker, litellmCall(null, { requester_ip_address: '192.0.2.7', response_cost: 0.5 }))
  publish(worker, Buffer.from('{'))
  await settled(worker, 6)
  const lines = (await worker.meter.text()).split('\n')
  const series = lines.filter((line) => line !== '' && !line.startsWith('#')).length
  const { fixed, per_partition } = seriesMaxOf(worker.config)
  // The redrive topic is not read; all of the three partitions are.
  const most = worker.meter.value('whosecall_series_max')
  assert.equal(most, fixed + 3 * per_partition)
  assert.ok(series <= most, `${series} series, at most ${most}`)
  assert.ok(series > 100)
})

test('A worker whose series could be too many does not start, and says why.', async (t) => {
  const service = {
    ...workerConfig(t).service,
    telemetry: { metrics: { endpoint: '127.0.0.1:0', series_max: 500 } },
  }
  await assert.rejects(startTestWorker(t, { service }), {
    code: 'config_invalid',
    message:
      /^up to \d+ metric series .* more than service\.telemetry\.metrics\.series_max \(500\)/,
  })
})

test('Messages are counted by component: read, processed, sent.', async (t) => {
  const worker = await startTestWorker(t)
  for (const hash of ['known', 'stranger']) publish(worker, litellmCall(hash))
  publish(worker, Buffer.from('{'))
  await settled(worker, 3)
  const items = worker.meter.series('whosecall_component_items_total')
  assert.deepEqual(
    items
      .map(({ labels, value }) => `${labels['kind']} ${labels['outcome']} ${value}`)
      .toSorted((a, b) => a.localeCompare(b)),
    ['exporter success 3', 'processor success 2', 'receiver success 3'],
  )
})

test('The example of a gap is a late one, so that it can still be read.', async (t) => {
  const worker = await startTestWorker(t)
  publish(worker, litellmCall('stranger'))
  await settled(worker, 1)
  worker.status()
  publish(worker, litellmCall('known'))
  const late = publish(worker, litellmCall('stranger'))
  await settled(worker, 3)
  assert.equal(worker.status().gaps[0]!.example.offset, late)
})
