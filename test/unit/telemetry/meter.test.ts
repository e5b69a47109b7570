import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CATALOGUE, LIMITS } from '#/telemetry/catalogue.ts'
import { SERIES_MAX, initialLabels } from '#/telemetry/metric-row.ts'
import { createMeter } from '#/telemetry/index.ts'

function quietMeter() {
  return createMeter({ process_metrics: false })
}

async function lines(meter: ReturnType<typeof quietMeter>, name: string): Promise<string[]> {
  const text = await meter.text()
  return text.split('\n').filter((line) => line.startsWith(name))
}

const p0 = { topic: 'raw', partition: '0' }

test('A counter adds up and is scraped with its labels.', async () => {
  const meter = quietMeter()
  const counter = meter.counter('whosecall_consumed_messages_total')
  counter.add(3, p0)
  counter.add(4, p0)
  assert.equal(meter.value('whosecall_consumed_messages_total', p0), 7)
  assert.deepEqual(await lines(meter, 'whosecall_consumed'), [
    'whosecall_consumed_messages_total{topic="raw",partition="0"} 7',
  ])
  counter.add(1, p0)
  assert.deepEqual(await lines(meter, 'whosecall_consumed'), [
    'whosecall_consumed_messages_total{topic="raw",partition="0"} 8',
  ])
})

test('Known label sets exist from the start with 0, impossible ones never.', async () => {
  assert.deepEqual(await lines(quietMeter(), 'whosecall_events_total'), [
    'whosecall_events_total{outcome="attributed",reason="none"} 0',
    'whosecall_events_total{outcome="unattributed",reason="ip_only"} 0',
    'whosecall_events_total{outcome="unattributed",reason="shared_account"} 0',
    'whosecall_events_total{outcome="unattributed",reason="no_identity"} 0',
    'whosecall_events_total{outcome="unattributed",reason="unknown_identity"} 0',
    'whosecall_events_total{outcome="unattributed",reason="unowned"} 0',
    'whosecall_events_total{outcome="unattributed",reason="weak_evidence"} 0',
    'whosecall_events_total{outcome="unattributed",reason="conflict"} 0',
    'whosecall_events_total{outcome="unresolved",reason="lookup_unavailable"} 0',
    'whosecall_events_total{outcome="non_call",reason="none"} 0',
  ])
})

test('A gauge shows nothing before it is set.', async () => {
  const meter = quietMeter()
  assert.deepEqual(await lines(meter, 'whosecall_owner_cache_entries'), [])
  meter.gauge('whosecall_owner_cache_entries').set(1)
  assert.deepEqual(await lines(meter, 'whosecall_owner_cache_entries'), [
    'whosecall_owner_cache_entries 1',
  ])
  meter.gauge('whosecall_owner_cache_entries').set(0)
  assert.deepEqual(await lines(meter, 'whosecall_owner_cache_entries'), [
    'whosecall_owner_cache_entries 0',
  ])
})

test('A histogram counts into its buckets.', async () => {
  const meter = quietMeter()
  meter.histogram('whosecall_lookup_duration_seconds').observe(0.02, { tier: 'redis' })
  assert.equal(meter.value('whosecall_lookup_duration_seconds', { tier: 'redis' }), 1)
  const text = await meter.text()
  assert.match(text, /duration_seconds_bucket\{le="0.01",tier="redis"\} 0\n/)
  assert.match(text, /duration_seconds_bucket\{le="0.025",tier="redis"\} 1\n/)
  assert.match(text, /whosecall_lookup_duration_seconds_count\{tier="memory"\} 0\n/)
})

test('A lag gauge vanishes when its partition is no longer reported.', async () => {
  const meter = quietMeter()
  let assigned = ['0', '1']
  meter.onScrape(() => {
    for (const partition of assigned) {
      meter.gauge('whosecall_consumer_lag_messages').set(5, { topic: 'raw', partition })
    }
  })
  assert.equal((await lines(meter, 'whosecall_consumer_lag_messages')).length, 2)
  assigned = ['1']
  assert.deepEqual(await lines(meter, 'whosecall_consumer_lag_messages'), [
    'whosecall_consumer_lag_messages{topic="raw",partition="1"} 5',
  ])
})

test('Names, types, labels and values outside the catalogue are bugs.', () => {
  const meter = quietMeter()
  const message = (run: () => void) => {
    try {
      run()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    return 'nothing was thrown'
  }
  const decisions = meter.counter('whosecall_decisions_total')
  assert.deepEqual(
    [
      message(() => meter.counter('whosecall_nonsense_total')),
      message(() => meter.gauge('whosecall_decisions_total')),
      message(() => decisions.add(1)),
      message(() => decisions.add(1, { method: 'guess' })),
      message(() => decisions.add(1, { method: 'claim', user: 'ana' })),
      message(() => decisions.add(1, { team: 'claim' })),
      message(() => decisions.add(-1, { method: 'claim' })),
      message(() => decisions.add(Number.NaN, { method: 'claim' })),
      message(() => meter.value('whosecall_nonsense_total')),
    ],
    [
      'metric whosecall_nonsense_total is not in the catalogue',
      'metric whosecall_decisions_total is a counter',
      'metric whosecall_decisions_total takes method, not no labels',
      'metric whosecall_decisions_total has no label method with the value guess',
      'metric whosecall_decisions_total takes method, not method, user',
      'metric whosecall_decisions_total has no label method with the value undefined',
      'metric whosecall_decisions_total cannot grow by -1',
      'metric whosecall_decisions_total cannot grow by NaN',
      'metric whosecall_nonsense_total is not in the catalogue',
    ],
  )
})

test('Series beyond the maximum are not recorded, and that is counted.', () => {
  const meter = quietMeter()
  const counter = meter.counter('whosecall_filtered_messages_total')
  for (let partition = 0; partition <= SERIES_MAX; partition++) {
    counter.add(1, { topic: 'raw', partition: String(partition) })
  }
  assert.equal(
    meter.value('whosecall_filtered_messages_total', { topic: 'raw', partition: '7' }),
    1,
  )
  assert.equal(
    meter.value('whosecall_filtered_messages_total', { topic: 'raw', partition: `${SERIES_MAX}` }),
    0,
  )
  assert.equal(meter.value('whosecall_limits_hit_total', { limit: 'metric_series' }), 1)
})

test('As many owners as a config may ask for have a series, and so have the others.', () => {
  const owners_max = 10_000
  const meter = quietMeter()
  const owners = meter.counter('whosecall_owner_events_total')
  for (let n = 0; n < owners_max; n++) owners.add(1, { owner: `team:${n}` })
  owners.add(5, { owner: '__other__' })
  assert.equal(meter.value('whosecall_owner_events_total', { owner: '__other__' }), 5)
})

test('Two scrapes at once see one and the same state.', async () => {
  const meter = quietMeter()
  const consumed = meter.counter('whosecall_consumed_messages_total')
  const published = meter.counter('whosecall_published_messages_total')
  meter.onScrape(() => {
    consumed.add(1, p0)
    published.add(1, p0)
  })
  const texts = await Promise.all([meter.text(), meter.text()])
  for (const text of texts) {
    const read = (name: string) => new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1]
    assert.equal(read('whosecall_consumed_messages_total'), '1')
    assert.equal(read('whosecall_published_messages_total'), '1')
  }
})

test('A collector that was removed is not called again.', async () => {
  const meter = quietMeter()
  let calls = 0
  const remove = meter.onScrape(() => {
    calls += 1
  })
  await meter.text()
  remove()
  await meter.text()
  assert.equal(calls, 1)
})

test('Process metrics keep the names that dashboards know.', async () => {
  const text = await createMeter().text()
  assert.match(text, /^process_resident_memory_bytes \d+$/m)
  assert.match(text, /^nodejs_eventloop_lag_seconds /m)
})

test('A service may bring rows of its own.', async () => {
  const rows = {
    whosecall_registry_requests_total: { type: 'counter', help: 'Requests.' },
  } as const
  const meter = createMeter({ process_metrics: false, rows })
  meter.counter('whosecall_registry_requests_total').add(2)
  assert.deepEqual(await lines(meter, 'whosecall_registry'), [
    'whosecall_registry_requests_total 2',
  ])
})

test('The catalogue follows the naming rules of Prometheus.', () => {
  for (const [name, row] of Object.entries(CATALOGUE)) {
    assert.match(name, /^whosecall_[a-z]+(_[a-z]+)*$/, name)
    assert.equal(name.endsWith('_total'), row.type === 'counter', name)
    assert.equal('buckets' in row, row.type === 'histogram', name)
    assert.match(row.help, /^\S.*\.$/, name)
    assert.ok(initialLabels(row).length <= 100, name)
  }
  assert.equal(new Set(LIMITS).size, LIMITS.length)
})

test('No metric has an address, a person, a key or a request as a label; an owner only where it was asked for.', () => {
  for (const [name, row] of Object.entries(CATALOGUE)) {
    const labels = 'labels' in row ? Object.keys(row.labels) : []
    const personal = labels.filter((label) =>
      /ip|addr|host|user|mail|key|owner|team|tenant|request|trace|id$/.test(label),
    )
    assert.deepEqual(personal, name === 'whosecall_owner_events_total' ? ['owner'] : [], name)
  }
})
