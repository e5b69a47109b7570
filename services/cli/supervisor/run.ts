import { availableParallelism } from 'node:os'
import { WhosecallError } from '#/core/errors.ts'
import type { Logger } from '#/core/ports.ts'
import { createDeadline, createLogger, createMeter, type AdminRoute } from '#/telemetry/index.ts'
import { explainRoute, explains } from '#/worker/admin/explain-route.ts'
import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'
import { EXIT_OK, type Arguments, type Io } from '../command.ts'
import { rereadConfig } from '../config-file.ts'
import { connectKafka } from '../connect.ts'
import { VERSION } from '../version.ts'
import { stopped } from '../wait.ts'
import { createSupervisor } from './supervisor.ts'
import type { Processes } from './processes.ts'

/** `whosecall run` with more than one worker, until a signal or until a worker cannot start at all. */

export function workersOf({ service: { workers } }: WorkerConfig): number {
  return workers === 'auto' ? availableParallelism() : workers
}

export interface SupervisorRun {
  readonly config: WorkerConfig
  readonly processes: Processes
  /** Takes what SIGHUP shall do. */
  readonly onHangup: (reload: () => void) => void
}

export async function runSupervisor(
  { config, processes, onHangup }: SupervisorRun,
  args: Arguments,
  io: Io,
): Promise<number> {
  const file = args.text('config') ?? args.positionals[0]
  if (file === '-')
    throw new WhosecallError(
      'usage',
      'several workers each read the config: name a file, not stdin, or set service.workers to 1',
    )
  const workers = workersOf(config)
  const logger = createLogger(config.service.telemetry.logs)
  const supervisor = await createSupervisor({
    config,
    workers,
    version: VERSION,
    processes,
    clock: io.clock,
    logger,
    explain: explains(config) ? explainBeside(config, args, io, logger) : undefined,
    ...(file === undefined ? {} : { config_file: file }),
  }).start()
  const { value } = supervisor
  logger.info(
    { metrics: `${value.admin_url}/metrics`, version: VERSION, workers },
    'the supervisor runs',
  )
  onHangup(() => void value.reload())
  void value.all_started.then(() => logger.info({ workers }, 'the workers run'))
  const failure = await Promise.race([value.failed, stopped(io.stop)])
  await supervisor.stop(createDeadline(io.clock, config.service.shutdown_timeout_ms))
  if (failure !== undefined) throw failure
  logger.info({}, 'the workers have stopped')
  return EXIT_OK
}

/** The workers judge by the config on disk, as far as it is a good one; so does what explains beside them. */
function explainBeside(config: WorkerConfig, args: Arguments, io: Io, logger: Logger): AdminRoute {
  const ports = { clock: io.clock, logger, meter: createMeter({ process_metrics: false }) }
  const reread = rereadConfig(args, io, readWorkerConfig)
  let good = config
  return explainRoute({
    async config() {
      const found = await reread?.()
      if (found?.result.ok) good = found.result.config
      return good
    },
    connect: connectKafka(ports),
    ports,
  })
}
