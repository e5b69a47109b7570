/**
 * What the metrics cost: the worker's batches with everything that is counted, against the same without it. Two baselines,
 * because two things are asked. Without counting, tokens and costs are still read of every event; without reading them,
 * not even that.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRules, NO_BILL } from '#/attribution/index.ts'
import { createAttribution } from '#/worker/processors/attribution/attribution.ts'
import { NO_METER } from '#/worker/shadow/shadow.ts'
import { createTally, type Tally } from '#/worker/pipeline/tally.ts'
import type { IntakeLane } from '#/worker/pipeline/judge.ts'
import { recordOptions } from '#/worker/pipeline/lanes.ts'
import { ownersJson } from './load.ts'
import { measure, type Row } from './row.ts'
import { CASES, IDENTITIES, slicesOf, startLane, workOn, type Case } from './worker-batch.ts'

export const METRICS_SECTION = {
  name: 'metrics',
  title: 'What metrics cost',
  method: `The worker batch of above without prompts. Ours: with all that is counted of events (outcomes, reasons, gaps, tokens,
cost), flushed per batch, the time of each batch observed, and a scrape every 600 batches, which is more often than any
Prometheus asks at that speed. Baseline of *counting*: nothing is summed, observed or scraped. Baseline of *counting and
reading*: the tokens and the cost are not even read of the events. A ratio of 0.97 means that metrics cost 3 %.`,
}

/** Batches between two scrapes. */
const SCRAPE_EVERY = 600
const GOAL = 0.97

export async function metricsRows(
  log: (line: string) => void,
  only: string,
): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'whosecall-bench-'))
  try {
    const owner_file = join(directory, 'owners.json')
    writeFileSync(owner_file, ownersJson(IDENTITIES))
    const rows: Row[] = []
    for (const each of CASES)
      for (const against of ['counting', 'counting and reading'] as const) {
        const name = `metrics: ${against}, ${each.name}`
        if (!name.includes(only)) continue
        const row = await contest(name, each, against, owner_file)
        log(`${row.row}: ${row.ratio}`)
        rows.push(row)
      }
    return rows
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function contest(
  name: string,
  each: Case,
  against: 'counting' | 'counting and reading',
  owner_file: string,
): Promise<Row> {
  const slices = slicesOf(each, 'none')
  const ours = await startLane(each, owner_file)
  const other = await startLane(each, owner_file)
  const baseline = against === 'counting' ? other.lane : withoutBills(other)
  const duration = ours.ports.meter.histogram('whosecall_batch_duration_seconds')
  const delay = ours.ports.meter.histogram('whosecall_end_to_end_delay_seconds')
  let ours_at = 0
  let baseline_at = 0
  const row = measure({
    row: name,
    unit: 'events/s',
    ...(against === 'counting' ? { goal: GOAL } : {}),
    rounds: 15,
    ours() {
      const slice = slices[ours_at++ % slices.length]!
      workOn(ours.lane, slice.input, ours.tally)
      duration.observe(0.001)
      delay.observe(0.1)
      if (ours_at % SCRAPE_EVERY === 0) void ours.ports.meter.text()
      return slice.messages.length * each.events_per_message
    },
    baseline() {
      const slice = slices[baseline_at++ % slices.length]!
      workOn(baseline, slice.input, NOTHING_COUNTED)
      return slice.messages.length * each.events_per_message
    },
  })
  await ours.stop()
  await other.stop()
  return row
}

const NOTHING_COUNTED: Pick<Tally, 'add'> = { add() {} }

/** The same lane with rules that read neither tokens nor cost. */
function withoutBills({ lane, config, ports }: Awaited<ReturnType<typeof startLane>>): IntakeLane {
  const attribution = config.processors['attribution']!
  if (!('detail' in attribution)) throw new Error('the bench has an attribution processor')
  const { detail, minimum_confidence, remembered_identities_max } = attribution
  const receiver = config.receivers['kafka']!
  const { encoding } = receiver.logs
  if (encoding === undefined || encoding === 'auto') throw new Error('the bench names its encoding')
  const options = { ...recordOptions(encoding, receiver), minimum_confidence, detail }
  const rules = { ...createRules(options), billOf: () => NO_BILL }
  const silent = { ...ports, meter: NO_METER }
  const processor = createAttribution({
    ...silent,
    rules,
    format: lane.format,
    tally: createTally(silent),
    labels: lane.labels,
    detail,
    remembered_identities_max,
    keeps_records: false,
  })
  return { ...lane, processors: [processor] }
}
