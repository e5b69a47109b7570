import { basename } from 'node:path'
import {
  createDeadline,
  createLogger,
  createMeter,
  type PrometheusMeter,
} from '#/telemetry/index.ts'
import { startOffline, type Offline } from '#/worker/index.ts'
import { chunksOf, modifiedAt, requireArchives } from '../archives.ts'
import { planOf, type Route } from '../attribute/plan.ts'
import type { Arguments, Io } from '../command.ts'
import { linesOf, wholeOf } from '../lines.ts'

/** Which share of an archive has an owner: attributed / (attributed + unattributed), as a worker would count it. */

export const COVERAGE_BY = ['events', 'tokens', 'cost'] as const
export type CoverageBy = (typeof COVERAGE_BY)[number]

export interface Coverage {
  readonly by: CoverageBy
  /** Of a cost: there is one coverage for each currency. */
  readonly currency?: string
  readonly attributed: number
  readonly unattributed: number
  /** Absent when there is nothing to cover. */
  readonly coverage?: number
}

export async function coverageOf(
  by: CoverageBy,
  args: Arguments,
  io: Io,
): Promise<readonly Coverage[]> {
  const meter = createMeter({ process_metrics: false })
  await runAll(args, io, meter)
  if (by === 'events') return [shareOf(by, 'whosecall_events_total', meter)]
  if (by === 'tokens') return [shareOf(by, 'whosecall_tokens_total', meter)]
  const currencies = new Set(
    meter.series('whosecall_cost_total').flatMap(({ labels }) => labels['currency'] ?? []),
  )
  if (currencies.size === 0) return [shareOf(by, 'whosecall_cost_total', meter)]
  return [...currencies].map((currency) => shareOf(by, 'whosecall_cost_total', meter, currency))
}

async function runAll(args: Arguments, io: Io, meter: PrometheusMeter): Promise<void> {
  requireArchives(args.positionals, io)
  const plan = await planOf(args, io)
  const logger = createLogger({ level: 'warn', format: 'text' })
  const ports = { clock: io.clock, logger, meter }
  const started = new Map<Route, Offline>()
  try {
    for (const file of args.positionals) {
      const timestamp = modifiedAt(file, io)
      const chunks = chunksOf(file, io)
      for await (const { line, value } of plan.whole
        ? wholeOf(chunks, file)
        : linesOf(chunks, file)) {
        if (io.stop.aborted) return
        const route = plan.routeOf(value)
        const offline =
          started.get(route) ?? (await startOffline({ ...route, owners: plan.owners, ports }))
        started.set(route, offline)
        await offline.attribute(basename(file), [{ value, offset: line - 1, timestamp }])
      }
    }
  } finally {
    for (const offline of started.values()) await offline.stop(createDeadline(io.clock, 1000))
  }
}

function shareOf(
  by: CoverageBy,
  metric: string,
  meter: PrometheusMeter,
  currency?: string,
): Coverage {
  const sum = (outcome: string) =>
    meter
      .series(metric)
      .filter(({ labels }) => labels['outcome'] === outcome)
      .filter(({ labels }) => currency === undefined || labels['currency'] === currency)
      .reduce((total, { value }) => total + value, 0)
  const [attributed, unattributed] = [sum('attributed'), sum('unattributed')]
  const total = attributed + unattributed
  return {
    by,
    ...(currency === undefined ? {} : { currency }),
    attributed,
    unattributed,
    ...(total > 0 ? { coverage: attributed / total } : {}),
  }
}
