import { VERSION } from './version.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { messageOf } from '#/core/errors.ts'
import { createWorker, readWorkerConfig } from '#/worker/index.ts'
import { EXIT_OK, type Command } from './command.ts'
import { rereadConfig } from './config-file.ts'
import { connectKafka } from './connect.ts'
import { candidateReport, readCandidate } from './run/candidate.ts'
import { catchHangups } from './run/hangup.ts'
import { runMember } from './supervisor/member.ts'
import { runSupervisor, workersOf } from './supervisor/run.ts'
import { stopped } from './wait.ts'
import { CONFIG_OPTION, requireConfig } from './worker-config.ts'

/** Runs the worker until a signal. Its log goes to stderr. */
export const command: Command = {
  help: {
    examples: [
      ['whosecall run -c worker.yaml', 'attribute what comes in, until Ctrl-C or SIGTERM'],
      [
        'KAFKA_BROKERS=kafka:9092 whosecall run -c deploy/examples/worker.yaml',
        'the example config, on your brokers',
      ],
      [
        'whosecall run -c worker.yaml --shadow candidate.yaml',
        'and say what another config would decide otherwise',
      ],
    ],
    usage: '-c FILE [--shadow FILE]',
    details: [
      'A first SIGTERM or SIGINT stops cleanly: what is in flight drains and is committed.',
      'A second one ends at once; nothing is lost, some messages are read again.',
      'SIGHUP reads the config again, and so does a change of the file (service.reload_interval_ms): what says how',
      'records are judged is taken over between two batches; a config with errors changes nothing.',
      'A shadow judges the same messages by another config, writes nothing, and tells at the end what would differ.',
      'With service.workers above 1, or auto, so many processes share the partitions, behind one port.',
      'Exits 69 when Kafka cannot be reached or the client gives up, 78 for an invalid config.',
    ],
  },
  options: {
    config: CONFIG_OPTION,
    shadow: {
      type: 'text',
      value: 'FILE',
      description: 'a candidate config that judges beside the live one and writes nothing',
    },
  },
  async run(args, io) {
    const { processes } = io
    if (processes?.member) return runMember(processes.member, args, io)
    const onHangup = catchHangups(io)
    const config = await requireConfig(args, io)
    const shadow_file = args.text('shadow')
    const shadow = shadow_file === undefined ? undefined : await readCandidate(shadow_file, io)
    if (processes && workersOf(config) > 1)
      return runSupervisor({ config, processes, onHangup }, args, io)
    const logger = createLogger(config.service.telemetry.logs)
    const meter = createMeter()
    meter.gauge('whosecall_build_info').set(1, { version: VERSION })
    meter.gauge('whosecall_worker_processes').set(1)
    const ports = { clock: io.clock, logger, meter }
    const worker = await createWorker({
      config,
      ports,
      exposition: meter,
      version: VERSION,
      readConfig: rereadConfig(args, io, readWorkerConfig),
      shadow,
      connect: connectKafka(ports),
      config_file: args.text('config') ?? args.positionals[0],
    }).start()
    logger.info(
      { metrics: `${worker.value.admin_url}/metrics`, version: VERSION },
      'the worker runs',
    )
    onHangup(() => void worker.value.reload())
    const failure = await Promise.race([worker.value.failed, stopped(io.stop)])
    if (failure !== undefined)
      logger.error({ cause: messageOf(failure) }, 'the worker cannot go on; it stops')
    await worker.stop(createDeadline(io.clock, config.service.shutdown_timeout_ms))
    if (shadow_file !== undefined && worker.value.shadow !== undefined)
      await io.err.write(candidateReport(shadow_file, worker.value.shadow))
    if (failure !== undefined) throw failure
    logger.info({}, 'the worker has stopped')
    return EXIT_OK
  },
}
