import type { Clock } from '#/core/ports.ts'
import { createLogger, createMeter, type PrometheusMeter } from '#/telemetry/index.ts'
import type { OwnerTable } from '#/owners/index.ts'
import { startOffline } from '#/worker/index.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import type { Route } from '../attribute/plan.ts'
import { ownersOf } from './directory.ts'
import type { Settings } from './file.ts'

/** One case through the pipeline: the same slices, formats, processors and rules as in the worker, on a clock that stands still. */

export interface CaseInput {
  readonly route: Route
  readonly table: OwnerTable
  readonly lookup: Settings['lookup']
  /** `null` is a tombstone. */
  readonly value: Buffer | null
  /** Epoch milliseconds, as are the others. */
  readonly now_ms: number
  readonly timestamp_ms: number
}

export interface CaseResult {
  readonly message: ObservedMessage
  readonly meter: Pick<PrometheusMeter, 'series'>
}

export async function runCase(input: CaseInput): Promise<CaseResult> {
  const { route, table, lookup, value, now_ms, timestamp_ms } = input
  const meter = createMeter({ process_metrics: false })
  const offline = await startOffline({
    ...route,
    owners: ownersOf(table, lookup, now_ms),
    ports: { clock: stoppedClock(now_ms), logger: SILENT, meter },
  })
  const [message] = await offline.attribute('test', [{ value, offset: 0, timestamp: timestamp_ms }])
  if (message === undefined) throw new Error('a message has no fate')
  return { message, meter }
}

const SILENT = createLogger({ level: 'error', format: 'json' })

/** Nothing waits in a case; what would is never woken. */
function stoppedClock(now_ms: number): Clock {
  return { now: () => now_ms, sleep: () => new Promise(() => {}) }
}
