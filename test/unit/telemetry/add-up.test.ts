import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CATALOGUE } from '#/telemetry/catalogue.ts'
import { addUp, createMeter, ended, fold, silent, type PrometheusMeter } from '#/telemetry/index.ts'
import { parseScrape, type Scrape } from '../../support/scrape.ts'

const quiet = () => createMeter({ process_metrics: false })
const p0 = { topic: 'raw', partition: '0' }
const p1 = { topic: 'raw', partition: '1' }

/** A worker that took in messages of a partition and has not finished with some. */
function at(partition: typeof p0, consumed: number, in_flight: number): PrometheusMeter {
  const meter = quiet()
  meter.counter('whosecall_consumed_messages_total').add(consumed, partition)
  meter.counter('whosecall_published_messages_total').add(consumed - in_flight, partition)
  meter.gauge('whosecall_in_flight_messages').set(in_flight, partition)
  return meter
}

function fatesHold(scrape: Scrape, ...partitions: readonly (typeof p0)[]): void {
  const of = (name: string, partition: typeof p0) => scrape.sum(`whosecall_${name}`, partition)
  for (const partition of partitions)
    assert.equal(
      of('consumed_messages_total', partition),
      of('published_messages_total', partition) +
        of('dead_lettered_messages_total', partition) +
        of('filtered_messages_total', partition) +
        of('released_messages_total', partition) +
        of('in_flight_messages', partition),
      partition.partition,
    )
}

test('Counters, histograms and gauges of partitions are summed.', async () => {
  const [a, b] = [at(p0, 5, 1), at(p1, 7, 2)]
  b.counter('whosecall_consumed_messages_total').add(1, p0)
  b.counter('whosecall_published_messages_total').add(1, p0)
  a.histogram('whosecall_end_to_end_delay_seconds').observe(0.02)
  b.histogram('whosecall_end_to_end_delay_seconds').observe(20)
  const scrape = parseScrape(await addUp([await a.snapshot(), await b.snapshot()]))
  assert.deepEqual(scrape.by('whosecall_consumed_messages_total', 'partition'), { 0: 6, 1: 7 })
  assert.deepEqual(scrape.by('whosecall_in_flight_messages', 'partition'), { 0: 1, 1: 2 })
  assert.equal(scrape.sum('whosecall_end_to_end_delay_seconds_count'), 2)
  assert.equal(scrape.sum('whosecall_end_to_end_delay_seconds_sum'), 20.02)
  assert.equal(scrape.sum('whosecall_end_to_end_delay_seconds_bucket', { le: '0.05' }), 1)
  assert.equal(scrape.sum('whosecall_end_to_end_delay_seconds_bucket', { le: '+Inf' }), 2)
  fatesHold(scrape, p0, p1)
})

test('The sum of one process is what the process itself says.', async () => {
  const meters = [0, 1].map(() => {
    const meter = at(p0, 5, 1)
    meter.gauge('whosecall_build_info').set(1, { version: 'a"b\\c' })
    return meter
  })
  const lines = (text: string) => text.split('\n').toSorted()
  const [alone, added] = meters as [PrometheusMeter, PrometheusMeter]
  assert.deepEqual(lines(await addUp([await added.snapshot()])), lines(await alone.text()))
})

test('What cannot be summed is the worst, the latest or the same of all.', async () => {
  const [a, b] = [quiet(), quiet()]
  for (const [meter, value] of [
    [a, 0],
    [b, 1],
  ] as const) {
    meter.gauge('whosecall_build_info').set(1, { version: '1.2.3' })
    meter.gauge('whosecall_breaker_state').set(value, { dependency: 'redis', state: 'open' })
    meter.gauge('whosecall_config_last_reload_successful').set(value)
    meter.gauge('whosecall_last_progress_timestamp_seconds').set(1000 + value)
    meter.gauge('whosecall_owner_cache_entries').set(10 + value)
  }
  const scrape = parseScrape(await addUp([await a.snapshot(), await b.snapshot()]))
  assert.equal(scrape.sum('whosecall_build_info'), 1)
  assert.equal(scrape.sum('whosecall_breaker_state', { state: 'open' }), 1)
  assert.equal(scrape.sum('whosecall_config_last_reload_successful'), 0)
  assert.equal(scrape.sum('whosecall_last_progress_timestamp_seconds'), 1001)
  assert.equal(scrape.sum('whosecall_owner_cache_entries'), 21)
})

test('Of the processes themselves memory is summed, and the slowest event loop is shown.', async () => {
  const snapshot = await createMeter().snapshot()
  const one = parseScrape(await addUp([snapshot]))
  const two = parseScrape(await addUp([snapshot, snapshot]))
  for (const [name, times] of [
    ['process_resident_memory_bytes', 2],
    ['process_cpu_seconds_total', 2],
    ['process_start_time_seconds', 1],
    ['nodejs_heap_size_total_bytes', 1],
    ['nodejs_version_info', 1],
  ] as const) {
    assert.ok(one.sum(name) > 0, name)
    assert.equal(two.sum(name), times * one.sum(name), name)
  }
})

test('What a process had in flight when it ended counts as released, and its counts stay.', async () => {
  const snapshot = await at(p0, 5, 2).snapshot()
  const successor = await at(p0, 2, 1).snapshot()
  const kept = await fold([ended(snapshot), ended(successor)])
  const scrape = parseScrape(await addUp([kept, await at(p0, 1, 1).snapshot()]))
  assert.equal(scrape.sum('whosecall_consumed_messages_total'), 8)
  assert.equal(scrape.sum('whosecall_released_messages_total'), 3)
  assert.equal(scrape.sum('whosecall_in_flight_messages'), 1)
  fatesHold(scrape, p0)
})

test('A process that does not answer has its counts and what it has in flight, and says nothing else.', async () => {
  const meter = at(p0, 5, 2)
  meter.gauge('whosecall_owner_cache_entries').set(10)
  const scrape = parseScrape(await addUp([silent(await meter.snapshot())]))
  assert.equal(scrape.samples.filter(({ name }) => name.includes('cache_entries')).length, 0)
  fatesHold(scrape, p0)
})

test('A partition that a process no longer has vanishes from its next snapshot.', async () => {
  const meter = at(p0, 5, 2)
  const family = async () =>
    (await meter.snapshot()).find(({ name }) => name === 'whosecall_in_flight_messages')
  assert.equal((await family())?.values.length, 1)
  assert.equal((await family())?.values.length, 0)
})

test('Only gauges say how they are added up.', () => {
  for (const [name, row] of Object.entries(CATALOGUE))
    if ('aggregate' in row) assert.equal(row.type, 'gauge', name)
})
