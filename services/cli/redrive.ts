import { WhosecallError } from '#/core/errors.ts'
import type { Bus } from '#/core/bus.ts'
import type { Logger } from '#/core/ports.ts'
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '#/core/words.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import { redriveReason, type RedriveResult } from '#/worker/pipeline/redrive.ts'
import { readsTopic } from '#/worker/receivers/kafka/receiver.ts'
import { EXIT_FINDINGS, EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { connectKafka } from './connect.ts'
import { CONFIG_OPTION, requireConfig } from './worker-config.ts'

/**
 * Sends dead letters back to the re-drive topic of the receiver that they came from. Progress is kept in one consumer
 * group per reason, so nothing is sent twice; each round raises the attempt of a message, and at the last it stays.
 */
export const command: Command = {
  help: {
    examples: [
      ['whosecall redrive -c worker.yaml --dry-run', 'what would be sent, by reason'],
      ['whosecall redrive -c worker.yaml --reason unknown_source', 'after a source was added'],
      ['whosecall redrive -c worker.yaml --limit 1000 --rate 100', 'a careful start'],
    ],
    usage: '-c FILE [options]',
    details: [
      'A message keeps its event_id. It needs `redrive_topic` in the receiver that read it.',
      'Exits 1 when messages stay because they were re-driven too often.',
    ],
  },
  options: {
    config: CONFIG_OPTION,
    reason: {
      type: 'text',
      value: 'REASON',
      multiple: true,
      choices: [...DEAD_LETTER_REASONS],
      description: `only these: ${DEAD_LETTER_REASONS.join(', ')}`,
    },
    'dry-run': { type: 'flag', short: 'n', description: 'send nothing and keep no progress' },
    limit: { type: 'integer', value: 'N', min: 1, description: 'send at most N messages' },
    rate: { type: 'integer', value: 'N', min: 1, description: 'send at most N messages a second' },
    'attempts-max': {
      type: 'integer',
      value: 'N',
      min: 1,
      max: 100,
      description: 'leave messages that were re-driven N times (default 5)',
    },
    exporter: {
      type: 'text',
      value: 'ID',
      description: 'whose dead letters, if there are several',
    },
  },
  async run(args, io) {
    const config = await requireConfig(args, io)
    const id = exporterId(config, args)
    const exporter = config.exporters[id]!
    const dead_letter_topic = exporter.dead_letter!.topic
    const logger = createLogger({ level: 'warn', format: 'text' })
    const meter = createMeter({ process_metrics: false })
    const bus: Bus = connectKafka({ clock: io.clock, logger, meter })(exporter, {
      compression: exporter.producer.compression,
    })
    const total = { sent: 0, exhausted: 0, unroutable: 0 }
    for (const reason of reasonsOf(args)) {
      const limit = args.integer('limit')
      if (io.stop.aborted || (limit !== undefined && total.sent >= limit)) break
      const result = await redriveReason({
        bus,
        clock: io.clock,
        reason,
        dead_letter_topic,
        topicFor: (topic) => redriveTopic(config, topic, logger),
        dry_run: args.flag('dry-run'),
        messages_max: limit === undefined ? Infinity : limit - total.sent,
        rate_per_s: args.integer('rate') ?? Infinity,
        attempts_max: args.integer('attempts-max') ?? 5,
        stop: io.stop,
        deadline: () => createDeadline(io.clock, 5000),
      })
      await report(io, reason, result, args.flag('dry-run'))
      total.sent += result.sent
      total.exhausted += result.exhausted
      total.unroutable += result.unroutable
    }
    await io.out.write(`${JSON.stringify({ ...total, dry_run: args.flag('dry-run') })}\n`)
    return total.exhausted + total.unroutable > 0 ? EXIT_FINDINGS : EXIT_OK
  },
}

function exporterId(config: WorkerConfig, args: Arguments): string {
  const ids = Object.keys(config.exporters).filter(
    (id) => config.exporters[id]?.dead_letter !== undefined,
  )
  const id = args.text('exporter') ?? (ids.length === 1 ? ids[0] : undefined)
  if (id === undefined)
    throw new WhosecallError(
      'usage',
      `whose dead letters? Name one with --exporter: ${ids.join(', ')}`,
    )
  if (!ids.includes(id))
    throw new WhosecallError(
      'usage',
      `no exporter ${id} in the config takes dead letters; there is ${ids.join(', ')}`,
    )
  return id
}

function reasonsOf(args: Arguments): readonly DeadLetterReason[] {
  const chosen = new Set(args.texts('reason'))
  return DEAD_LETTER_REASONS.filter((reason) => chosen.size === 0 || chosen.has(reason))
}

/** The re-drive topic of the receiver that reads the topic; `undefined` when there is none. */
function redriveTopic(config: WorkerConfig, topic: string, logger: Logger): string | undefined {
  for (const [id, receiver] of Object.entries(config.receivers)) {
    if (readsTopic(receiver, topic) === undefined) continue
    if (receiver.redrive_topic !== undefined) return receiver.redrive_topic
    logger.warn({ receiver: id, topic }, 'the receiver of this topic has no redrive_topic')
  }
  return undefined
}

async function report(io: Io, reason: string, result: RedriveResult, dry: boolean): Promise<void> {
  if (result.sent + result.exhausted + result.unroutable === 0) return
  const parts = [`${result.sent} ${dry ? 'would be sent' : 'sent'}`]
  if (result.exhausted > 0) parts.push(`${result.exhausted} stay, re-driven too often`)
  if (result.unroutable > 0) parts.push(`${result.unroutable} stay, no redrive_topic takes them`)
  await io.err.write(`${reason}: ${parts.join(', ')}\n`)
}
