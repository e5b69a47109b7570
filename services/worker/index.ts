/**
 * The stream worker: composition only. It starts downstream first (owners, exporters, receivers) and stops upstream
 * first: receivers hand out no more, what is in flight drains, offsets are committed, groups are left, producers stop.
 * Only the command line exits the process; a worker that cannot go on settles `failed`.
 */
import type { ConnectionConfig } from '#/bus/config.ts'
import type { Bus } from '#/core/bus.ts'
import type { Deadline, Startable, Started } from '#/core/component.ts'
import type { Ports } from '#/core/ports.ts'
import type { LaneStatus, Status } from '#/core/status.ts'
import { createAdminServer, createDeadline, type Exposition } from '#/telemetry/index.ts'
import { explainRoute } from './admin/explain-route.ts'
import { identitiesOf } from './admin/identities.ts'
import { createHealth } from './admin/health.ts'
import { statusRoutes } from './admin/page/index.ts'
import { createPartitionWatch } from './admin/partitions.ts'
import { createProblemLog } from './admin/problems.ts'
import { watchStatus } from './admin/status.ts'
import { tapRoute } from './admin/tap-route.ts'
import { createTap, type Tap } from './admin/tap.ts'
import { unusedCarriers } from './check-secrets.ts'
import { partitionsRead, surveyClusters, type Components } from './clusters.ts'
import type { WorkerConfig } from './config.ts'
import type { KafkaExporterConfig } from './exporters/kafka/config.ts'
import { startExporter, type Exporter } from './exporters/kafka/exporter.ts'
import { createOwnersInForce } from './reload/owners-in-force.ts'
import { judgingConfig, receiversOf } from './judging-config.ts'
import { takeOver } from './reload/take-over.ts'
import { startShadow } from './shadow/start.ts'
import { createReload, type ReadConfig } from './reload/reload.ts'
import type { ShadowReport } from './shadow/shadow.ts'
import { rememberedGraph } from './graph.ts'
import type { PartyOptions } from './pipeline/parties.ts'
import { createQuota, type Quota } from './pipeline/quota.ts'
import { createTally, type Tally } from './pipeline/tally.ts'
import { checkSeries } from './series.ts'
import { candidatesOf } from './receivers/kafka/receiver.ts'
import { startReceiver, type StartedReceiver } from './receivers/kafka/start.ts'

export { WorkerConfig } from './config.ts'
export { readWorkerConfig } from './load.ts'
export { startOffline, type Offline } from './offline.ts'
export type { ReadConfig } from './reload/reload.ts'
export type { ShadowReport } from './shadow/shadow.ts'
export { seriesMaxOf, type SeriesMax } from './series.ts'

/** Opens a cluster; `compression` is for what is written. */
export type Connect = (
  connection: ConnectionConfig,
  options: { readonly compression: KafkaExporterConfig['producer']['compression'] },
) => Bus

export interface WorkerOptions {
  readonly config: WorkerConfig
  readonly ports: Ports
  /** The numbers of the meter in `ports`, for `/metrics` and the status. */
  readonly exposition: Exposition
  /** Of the program. */
  readonly version: string
  /** Makes the fingerprints of gaps where the config has no key for it; processes of one service share it. */
  readonly gap_key?: Buffer
  /** Reads the config again, for a reload. */
  readonly readConfig?: ReadConfig | undefined
  /** Judges beside the config, for comparison; writes nothing. */
  readonly shadow?: WorkerConfig | undefined
  readonly connect: Connect
  /** Where the config is, for the commands that the status page shows. */
  readonly config_file?: string | undefined
  /** Whether it opens the admin endpoint (default true); a supervisor answers for its workers. */
  readonly listens?: boolean
}

export interface Worker {
  /** URL of the admin server; empty when it has none. */
  readonly admin_url: string
  readonly tally: Tally
  status(): Status
  /** Takes the config over as it is on disk now. Never rejects: what is wrong is in the log, the metrics and the status. */
  reload(): Promise<void>
  /** What the shadow would decide otherwise; absent without one. */
  readonly shadow: ShadowReport | undefined
  /** For those who want to look on; `/tap` of the admin server is made of it. */
  readonly tap: Tap
  /** Resolves with the error when the worker cannot go on. */
  readonly failed: Promise<unknown>
}

export function createWorker(options: WorkerOptions): Startable<Worker> {
  return { start: () => startWorker(options) }
}

/** What is running, in the order of the way of a record. */
interface Parts {
  readonly receivers: Map<string, StartedReceiver>
  readonly exporters: Map<string, Started<Exporter>>
  /** Owners and admin server, in the order of starting. */
  readonly services: Started<unknown>[]
  quota?: Quota
}

/** What had started before a start failed has nothing in flight to wait for. */
const FAILED_START_STOP_MS_MAX = 5_000

async function startWorker(options: WorkerOptions): Promise<Started<Worker>> {
  let { config } = options
  const problems = createProblemLog(options.ports.logger, options.ports.clock)
  const ports: Ports = { ...options.ports, logger: problems.logger }
  const failure = Promise.withResolvers<unknown>()
  const started = Promise.withResolvers<void>()
  const parts: Parts = { receivers: new Map(), exporters: new Map(), services: [] }
  warnOfCarriers(config, ports)
  const health = createHealth(config.service.stall_timeout_ms, ports)
  const partitions = createPartitionWatch(ports)
  const tally = createTally(ports, partyOptions(options))
  const tap = createTap(ports.clock)
  const owners = createOwnersInForce(ports)
  const identities = identitiesOf(config)
  health.watchOwners(() => owners.states()?.absent_reason)
  const reload = createReload(
    {
      read: options.readConfig,
      config,
      started: started.promise,
      interval_ms: config.service.reload_interval_ms,
      apply: async (next) => {
        const { receivers } = parts
        const most = await takeOver(next, { before: config, receivers, owners, read_partitions })
        series_max.set(most)
        config = next
      },
    },
    ports,
  )
  const watch = watchStatus(
    {
      version: options.version,
      tally,
      health,
      partitions,
      problems,
      lanes: () => lanesOf(parts.exporters),
      owners: owners.states,
      config: reload.status,
      graph: () => rememberedGraph(config),
      readSeries: options.exposition.series,
    },
    ports,
  )
  const series_max = ports.meter.gauge('whosecall_series_max')
  let read_partitions = 0
  const stop = async (deadline: Deadline) => {
    watch.stop()
    await withDeadline([['reload', reload.stop()]], deadline, lateIn(ports))
    await stopParts(parts, ports, deadline)
  }
  try {
    const admin = await (
      options.listens === false
        ? NO_ADMIN
        : createAdminServer({
            endpoint: config.service.telemetry.metrics.endpoint,
            metricsText: () => options.exposition.text(),
            live: health.live,
            ready: health.ready,
            logger: ports.logger,
            routes: [
              ...statusRoutes({
                ...options,
                status: watch.status,
                explain: identities !== 'none',
                ...ports,
              }),
              tapRoute(tap, { knownSources: () => sourcesRead(config), identities }),
              ...(identities === 'none'
                ? []
                : [
                    explainRoute({
                      config: () => config,
                      connect: options.connect,
                      identities,
                      ports,
                    }),
                  ]),
            ],
          })
    ).start()
    parts.services.push(admin, owners)
    await owners.use(config.owners)
    const shadow =
      options.shadow && (await startShadow({ config, shadow: options.shadow }, owners, ports))
    if (shadow !== undefined) parts.services.push(shadow)
    const components = connectAll(config, options.connect)
    const clusters = await surveyClusters(components)
    read_partitions = partitionsRead(components, clusters)
    series_max.set(checkSeries(config, read_partitions))
    for (const each of components.exporters) {
      const { id } = each
      const exporter = await startExporter(id, each.config, each.bus, clusters.get(each)!, ports)
      parts.exporters.set(id, exporter)
      for (const [name, lane] of Object.entries(exporter.value.lanes))
        health.watchLane(`${id} ${name}`, lane)
    }
    parts.quota = createQuota({ total_bytes_max: config.service.in_flight_bytes_max })
    for (const { id, pipeline } of receiversOf(config)) {
      const each = components.receivers.find((receiver) => receiver.id === id)!
      const receiver = await startReceiver({
        id,
        ...judgingConfig(config, id, owners.value),
        cluster: clusters.get(each)!,
        bus: each.bus,
        exporters: pipeline.exporters.map((exporter) => parts.exporters.get(exporter)!.value),
        commit_interval_ms: config.service.commit_interval_ms,
        quota: parts.quota,
        tally,
        health,
        partitions,
        tap,
        onFailure: failure.resolve,
        shadow: shadow?.value.judgingOf(id),
        shadow_report: shadow?.value.report,
        ports,
      })
      parts.receivers.set(id, receiver)
    }
    health.started()
    started.resolve()
    let stopped: Promise<void> | undefined
    return {
      value: {
        admin_url: admin.value.url,
        tally,
        status: watch.status,
        reload: reload.now,
        shadow: shadow?.value.report,
        tap,
        failed: failure.promise,
      },
      stop(deadline) {
        health.stopping()
        stopped ??= stop(deadline)
        return stopped
      },
    }
  } catch (error) {
    const wait_ms = Math.min(config.service.shutdown_timeout_ms, FAILED_START_STOP_MS_MAX)
    using deadline = createDeadline(ports.clock, wait_ms)
    await stop(deadline)
    throw error
  }
}

function warnOfCarriers(config: WorkerConfig, { logger }: Ports): void {
  const carriers = unusedCarriers(config)
  if (carriers.length > 0)
    logger.warn(
      { sources: carriers },
      'raw keys in records are counted and are no evidence: the attribution processor has no fingerprint_key',
    )
}

const NO_ADMIN: Startable<{ readonly url: string }> = {
  start: () => Promise.resolve({ value: { url: '' }, stop: () => Promise.resolve() }),
}

/** Fingerprints are the same after a restart where the config has a key for them. */
function partyOptions({ config, gap_key }: WorkerOptions): PartyOptions {
  const { processors, service } = config
  const keys = Object.values(processors).map((each) =>
    'fingerprint_key' in each ? each.fingerprint_key : undefined,
  )
  const fingerprint_key = keys.find((key) => key !== undefined) ?? gap_key
  const { owners_max } = service.telemetry.metrics
  return { owners_max, ...(fingerprint_key === undefined ? {} : { fingerprint_key }) }
}

/** Names of the sources that events can be of. */
export function sourcesRead({ receivers }: WorkerConfig): readonly string[] {
  const sources = Object.values(receivers).flatMap((receiver) => candidatesOf(receiver).sources)
  return [...new Set(sources.map(({ name }) => name))]
}

function lanesOf(exporters: Parts['exporters']): readonly LaneStatus[] {
  return [...exporters].flatMap(([id, { value }]) =>
    Object.entries(value.lanes).map(([name, { holding }]) => ({ name: `${id} ${name}`, holding })),
  )
}

/** One connection for each component that a pipeline uses. */
function connectAll(config: WorkerConfig, connect: Connect): Components {
  const pipelines = Object.values(config.service.pipelines)
  const used = (kind: 'receivers' | 'exporters') => [
    ...new Set(pipelines.flatMap((pipeline) => pipeline[kind])),
  ]
  return {
    receivers: used('receivers').map((id) => {
      const of = config.receivers[id]!
      return { id, config: of, bus: connect(of, { compression: 'none' }) }
    }),
    exporters: used('exporters').map((id) => {
      const of = config.exporters[id]!
      return { id, config: of, bus: connect(of, { compression: of.producer.compression }) }
    }),
  }
}

async function stopParts(parts: Parts, ports: Ports, deadline: Deadline): Promise<void> {
  const late = lateIn(ports)
  parts.quota?.open()
  await withDeadline(
    [...parts.receivers].map(([id, r]) => [id, r.halt()]),
    deadline,
    late,
  )
  const exporters = [...parts.exporters.values()].map(({ value }) => value)
  await Promise.all(exporters.map((exporter) => exporter.drainEvents(deadline)))
  await Promise.all(exporters.map((exporter) => exporter.drainDeadLetters(deadline)))
  await withDeadline(
    [...parts.receivers].map(([id, r]) => [id, r.stop(deadline)]),
    deadline,
    late,
  )
  await withDeadline(
    [...parts.exporters].map(([id, e]) => [id, e.stop(deadline)]),
    deadline,
    late,
  )
  for (const service of parts.services.toReversed()) await service.stop(deadline)
  for (const [id, receiver] of parts.receivers)
    if (receiver.in_flight() > 0)
      ports.logger.warn(
        { receiver: id, in_flight: receiver.in_flight() },
        'stopped before every message had its fate: these are read again',
      )
}

function lateIn({ logger }: Ports): (part: string) => void {
  return (part) => logger.warn({ part }, 'a part was still busy at the deadline')
}

/** Waits for all, at most until the deadline, and says who is late. A part that fails to stop does not stop the others. */
async function withDeadline(
  waits: readonly (readonly [name: string, wait: Promise<void>])[],
  deadline: Deadline,
  onLate: (name: string) => void,
): Promise<void> {
  const over = new Promise<'late'>((resolve) => {
    if (deadline.signal.aborted) resolve('late')
    deadline.signal.addEventListener('abort', () => resolve('late'), { once: true })
  })
  await Promise.all(
    waits.map(async ([name, wait]) => {
      const result = await Promise.race([wait.catch(() => undefined), over])
      if (result === 'late') onLate(name)
    }),
  )
}
