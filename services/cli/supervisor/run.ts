import { availableParallelism } from 'node:os'
import { WhosecallError } from '#/core/errors.ts'
import type { Logger } from '#/core/ports.ts'
import { createDeadline, createLogger, createMeter, type AdminRoute } from '#/telemetry/index.ts'
import { frozenChanges } from '#/worker/reload/frozen.ts'
import { explainRoute } from '#/worker/admin/explain-route.ts'
import { identitiesOf } from '#/worker/admin/identities.ts'
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
  const in_force = createInForce(config, args, io)
  const supervisor = await createSupervisor({
    config,
    workers,
    version: VERSION,
    processes,
    clock: io.clock,
    logger,
    explain: explainBeside(in_force, io, logger),
    inForce: () => in_force.config,
    ...(file === undefined ? {} : { config_file: file }),
  }).start()
  const { value } = supervisor
  logger.info(
    { metrics: `${value.admin_url}/metrics`, version: VERSION, workers },
    'the supervisor runs',
  )
  onHangup(() => void in_force.look().then(() => value.reload()))
  void value.all_started.then(() => logger.info({ workers }, 'the workers run'))
  const failure = await Promise.race([value.failed, stopped(io.stop)])
  await supervisor.stop(createDeadline(io.clock, config.service.shutdown_timeout_ms))
  if (failure !== undefined) throw failure
  logger.info({}, 'the workers have stopped')
  return EXIT_OK
}

export interface InForce {
  readonly config: WorkerConfig
  /** Looks at the file again: a good config that workers can take over is in force from then on. */
  look(): Promise<WorkerConfig>
}

function createInForce(started_with: WorkerConfig, args: Arguments, io: Io): InForce {
  const reread = rereadConfig(args, io, readWorkerConfig)
  let config = started_with
  return {
    get config() {
      return config
    },
    async look() {
      const found = await reread?.().catch(() => undefined)
      if (found?.result.ok && frozenChanges(started_with, found.result.config).length === 0)
        config = found.result.config
      return config
    },
  }
}

/** The workers judge by the config on disk, as far as it is a good one; so does what explains beside them. */
function explainBeside(in_force: InForce, io: Io, logger: Logger): AdminRoute | undefined {
  const identities = identitiesOf(in_force.config)
  if (identities === 'none') return undefined
  const ports = { clock: io.clock, logger, meter: createMeter({ process_metrics: false }) }
  return explainRoute({ config: in_force.look, connect: connectKafka(ports), identities, ports })
}
