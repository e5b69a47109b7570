import type { ConfigResult } from '#/config/index.ts'
import type { Started } from '#/core/component.ts'
import { WhosecallError, messageOf } from '#/core/errors.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { createWorker, readWorkerConfig, type Worker, type WorkerConfig } from '#/worker/index.ts'
import { EXIT_OK, type Arguments, type Io } from '../command.ts'
import { rereadConfig, type ConfigText } from '../config-file.ts'
import { connectKafka } from '../connect.ts'
import { candidateReport, readCandidate } from '../run/candidate.ts'
import { catchHangups } from '../run/hangup.ts'
import { VERSION } from '../version.ts'
import { stopped } from '../wait.ts'
import type { Membership } from './processes.ts'
import { createWorkerLine, sendNote, type Begin } from './protocol.ts'

/**
 * One worker of a supervisor: a whole worker that opens no port, answers its supervisor, and stops when it is told to, gets
 * a signal itself, or has lost its supervisor.
 */
export async function runMember(
  { worker: number, channel }: Membership,
  args: Arguments,
  io: Io,
): Promise<number> {
  const onHangup = catchHangups(io)
  const told = new AbortController()
  const stop = AbortSignal.any([told.signal, channel.closed, io.stop])
  const meter = createMeter()
  let stop_within_ms: number | undefined
  let worker: Started<Worker> | undefined
  const taps = new Map<number, () => void>()
  const begin = await createWorkerLine(channel, {
    tap({ tap, filter }) {
      taps.get(tap)?.()
      taps.delete(tap)
      const end =
        filter &&
        worker?.value.tap.subscribe(
          filter,
          (event) => void sendNote(channel, { note: 'tapped', tap, event }),
        )
      if (end !== undefined) taps.set(tap, end)
    },
    metrics: () => meter.snapshot(),
    status() {
      if (worker === undefined) throw new Error('it has not started yet')
      return worker.value.status()
    },
    async reload() {
      if (worker === undefined) throw new Error('it has not started yet')
      await worker.value.reload()
      return worker.value.status().config.problem ?? null
    },
    stop({ within_ms }) {
      stop_within_ms = within_ms
      told.abort()
      return null
    },
  })
  try {
    const config = shareOf(begin.config, begin)
    const shadow_file = args.text('shadow')
    const shadow = shadow_file === undefined ? undefined : await readCandidate(shadow_file, io)
    const readText = (source: ConfigText) => shared(readWorkerConfig(source), begin)
    const logger = createLogger(config.service.telemetry.logs).child({ worker: number })
    const ports = { clock: io.clock, logger, meter }
    meter.gauge('whosecall_build_info').set(1, { version: VERSION })
    worker = await createWorker({
      config,
      ports,
      exposition: meter,
      version: VERSION,
      gap_key: Buffer.from(begin.gap_key, 'hex'),
      readConfig: rereadConfig(args, io, readText),
      shadow,
      connect: connectKafka(ports),
      listens: false,
    }).start()
    const { value } = worker
    onHangup(() => void value.reload())
    logger.info({ pid: process.pid, version: VERSION }, 'the worker runs')
    await sendNote(channel, { note: 'started' })
    const failure = await Promise.race([value.failed, stopped(stop)])
    if (failure !== undefined)
      logger.error({ cause: messageOf(failure) }, 'the worker cannot go on; it stops')
    const within_ms = stop_within_ms ?? config.service.shutdown_timeout_ms
    await worker.stop(createDeadline(io.clock, within_ms))
    await sendNote(channel, { note: 'last', metrics: await meter.snapshot() })
    if (shadow_file !== undefined && value.shadow !== undefined)
      await io.err.write(candidateReport(`worker ${number}: ${shadow_file}`, value.shadow))
    if (failure !== undefined) throw failure
    logger.info({}, 'the worker has stopped')
    return EXIT_OK
  } catch (error) {
    if (!(error instanceof WhosecallError)) throw error
    // The supervisor says it, once for all workers.
    const failure = { code: error.code, message: error.message }
    await sendNote(channel, { note: 'failed', failure })
    return error.exitCode
  }
}

/** Bounds that are said for the service are shared by its processes. */
function shareOf(config: WorkerConfig, { workers }: Begin): WorkerConfig {
  const in_flight_bytes_max = Math.floor(config.service.in_flight_bytes_max / workers)
  return { ...config, service: { ...config.service, in_flight_bytes_max } }
}

function shared(read: ConfigResult<WorkerConfig>, begin: Begin): ConfigResult<WorkerConfig> {
  return read.ok ? { ...read, config: shareOf(read.config, begin) } : read
}
