import { randomBytes } from 'node:crypto'
import type { Deadline, Startable } from '#/core/component.ts'
import type { Clock, Logger } from '#/core/ports.ts'
import type { Status } from '#/core/status.ts'
import { CATALOGUE, createAdminServer, createMeter, type AdminRoute } from '#/telemetry/index.ts'
import { mergeStatus, type ServiceFacts } from '#/worker/admin/merge-status.ts'
import { statusRoutes } from '#/worker/admin/page/index.ts'
import { createProblemLog } from '#/worker/admin/problems.ts'
import { identitiesOf } from '#/worker/admin/identities.ts'
import { tapRoute } from '#/worker/admin/tap-route.ts'
import { pipelineGraph } from '#/worker/graph.ts'
import { sourcesRead, type WorkerConfig } from '#/worker/index.ts'
import { liveOf, readyOf, wellOf } from './health.ts'
import { createMetricBook } from './metric-book.ts'
import type { Processes } from './processes.ts'
import { createServiceTap } from './service-tap.ts'
import { openSlot, type Slot } from './slot.ts'

/**
 * Several worker processes as one service: it starts them, starts again what ends by itself, and answers for all of them
 * at one admin endpoint. It reads and writes nothing itself; each worker is a member of the groups with a connection of
 * its own, so that one which ends takes nobody along.
 */
export interface SupervisorOptions {
  readonly config: WorkerConfig
  readonly workers: number
  readonly version: string
  readonly processes: Processes
  readonly clock: Clock
  readonly logger: Logger
  /** As commands on the status page shall name it. */
  /** The config that its workers have taken over; default: the one that it was started with. */
  readonly inForce?: () => WorkerConfig
  /** Absent: no example is explained. */
  readonly explain?: AdminRoute | undefined
  readonly config_file?: string
}

export interface Supervisor {
  readonly admin_url: string
  /** Resolves when every worker has started once. */
  readonly all_started: Promise<void>
  /** Resolves with the error of a worker that cannot start at all. */
  readonly failed: Promise<unknown>
  status(): Status
  metricsText(): Promise<string>
  /** Has every worker take over the config on disk; resolves with why one did not, by worker. */
  reload(): Promise<readonly string[]>
}

/** How often workers are asked how they are. */
const LOOK_INTERVAL_MS = 1_000
/** A worker builds a pipeline anew, and looks at its clusters. */
const RELOAD_TIMEOUT_MS = 60_000

export function createSupervisor(options: SupervisorOptions): Startable<Supervisor> {
  return {
    async start() {
      const { config, clock, workers } = options
      const problems = createProblemLog(options.logger, clock)
      const meter = ownMeter(options.version)
      const book = createMetricBook()
      const failure = Promise.withResolvers<unknown>()
      const stopping = new AbortController()
      const slots: Slot[] = []
      const facts = factsOf(options, slots)
      const tap = createServiceTap(workers, (order) => {
        for (const slot of slots) slot.tap(order)
      })
      const status = () =>
        mergeStatus(
          slots.flatMap(({ worker, status: value }) => (value ? [{ worker, value }] : [])),
          { ...facts(), problems: problems.latest() },
        )
      const metricsText = () =>
        textOf(slots, async (answered) => {
          meter.setProcesses(wellOf(slots))
          return book.text(answered, await meter.snapshot())
        })
      const admin = await createAdminServer({
        endpoint: config.service.telemetry.metrics.endpoint,
        metricsText,
        live: () => facts().live,
        ready: () => facts().ready,
        logger: problems.logger,
        routes: [
          ...statusRoutes({ ...options, status, explain: options.explain !== undefined }),
          tapRoute(tap, {
            knownSources: () => sourcesRead(config),
            identities: identitiesOf(config),
          }),
          ...(options.explain === undefined ? [] : [options.explain]),
        ],
      }).start()
      const gap_key = randomBytes(32).toString('hex')
      const begin = () => ({ workers, gap_key, config: (options.inForce ?? (() => config))() })
      for (let worker = 1; worker <= workers; worker++)
        slots.push(
          openSlot({
            worker,
            processes: options.processes,
            begin,
            book,
            clock,
            logger: problems.logger,
            onRestart: meter.restarted,
            taps: tap.orders,
            onTapped: tap.onTapped,
            onGivenUp: failure.resolve,
          }),
        )
      const looking = lookAt(slots, clock, stopping.signal)
      return {
        value: {
          admin_url: admin.value.url,
          all_started: Promise.all(slots.map((slot) => slot.first_started)).then(() => undefined),
          failed: failure.promise,
          status,
          metricsText,
          reload: () => reloadAll(slots),
        },
        async stop(deadline: Deadline) {
          await Promise.all(slots.map((slot) => slot.stop(deadline)))
          stopping.abort()
          await looking
          await admin.stop(deadline)
        },
      }
    },
  }
}

/** Only what the supervisor itself knows; its process is one of the service. */
function ownMeter(version: string) {
  const { whosecall_build_info, whosecall_worker_processes, whosecall_worker_restarts_total } =
    CATALOGUE
  const meter = createMeter({
    catalogue: {
      whosecall_build_info,
      whosecall_worker_processes,
      whosecall_worker_restarts_total,
    },
  })
  meter.gauge('whosecall_build_info').set(1, { version })
  const restarts = meter.counter('whosecall_worker_restarts_total')
  const processes = meter.gauge('whosecall_worker_processes')
  return {
    snapshot: () => meter.snapshot(),
    restarted: () => restarts.add(1),
    setProcesses: (count: number) => processes.set(count),
  }
}

function factsOf(options: SupervisorOptions, slots: readonly Slot[]): () => ServiceFacts {
  const { config, version, clock } = options
  const graph = pipelineGraph(config)
  const started_at = new Date(clock.now()).toISOString()
  return () => ({
    version,
    at: new Date(clock.now()).toISOString(),
    started_at,
    processes: slots.map(({ pid, restarts, state }) => ({
      pid,
      restarts,
      state: state === 'waiting' ? 'starting' : state,
    })),
    live: liveOf(slots, clock.now(), config.service.stall_timeout_ms),
    ready: readyOf(slots),
    config: { loaded_at: started_at, is_current: true },
    graph,
    problems: [],
  })
}

/** Asks all at once; who has not answered in time is left to the book. */
async function textOf(
  slots: readonly Slot[],
  render: (answered: ReadonlySet<number>) => Promise<string>,
): Promise<string> {
  const counted = await Promise.all(slots.map((slot) => slot.count()))
  return render(new Set(counted.filter((id) => id !== undefined)))
}

async function lookAt(slots: readonly Slot[], clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all(slots.map((slot) => slot.look()))
    await clock.sleep(LOOK_INTERVAL_MS, signal)
  }
}

/** One after another, so that a config that does not work is found out by one of them. */
async function reloadAll(slots: readonly Slot[]): Promise<readonly string[]> {
  const problems: string[] = []
  for (const slot of slots) {
    const problem = await slot.reload(RELOAD_TIMEOUT_MS)
    if (problem !== undefined) problems.push(`worker ${slot.worker}: ${problem}`)
  }
  return problems
}
