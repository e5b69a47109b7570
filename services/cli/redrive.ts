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
 * Sends dead letters back to the redrive topic of the receiver that they came from. Progress is kept in one consumer group
 * per reason: what was sent is not sent again, and what stays is found again by a later run.
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
      'A message stays, and the next run finds it again, when its receiver has no redrive_topic, when the',
      'redrive topic refuses it, or when it was re-driven too often. Exits 1 when messages stay.',
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
    limit: { type: 'integer', value: 'N', min: 1, description: 'end after N messages were sent' },
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
    // A letter fits in a topic in the way in which it was written.
    const { compression } = exporter.dead_letter!
    const bus: Bus = connectKafka({ clock: io.clock, logger, meter })(exporter, { compression })
    const topicFor = createRouting(config, logger)
    const total = { sent: 0, exhausted: 0, unroutable: 0, refused: 0 }
    for (const reason of reasonsOf(args)) {
      const limit = args.integer('limit')
      if (io.stop.aborted || (limit !== undefined && total.sent >= limit)) break
      const result = await redriveReason({
        bus,
        clock: io.clock,
        logger,
        reason,
        dead_letter_topic,
        topicFor,
        dry_run: args.flag('dry-run'),
        messages_max: limit === undefined ? Infinity : limit - total.sent,
        rate_per_s: args.integer('rate') ?? Infinity,
        attempts_max: args.integer('attempts-max') ?? 5,
        stop: io.stop,
        deadline: () => createDeadline(io.clock, 5000),
      })
      await report(io, reason, result, args.flag('dry-run'))
      for (const count of COUNTS) total[count] += result[count]
    }
    await io.out.write(`${JSON.stringify({ ...total, dry_run: args.flag('dry-run') })}\n`)
    return COUNTS.some((count) => count !== 'sent' && total[count] > 0) ? EXIT_FINDINGS : EXIT_OK
  },
}

const COUNTS = ['sent', 'exhausted', 'unroutable', 'refused'] as const

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

/** What is remembered of topics; names beyond it are looked up each time. */
const TOPICS_MAX = 1000

/**
 * The redrive topic of the receiver that reads a topic; `undefined` when there is none. Each receiver without one is named
 * once, and so is a topic that no receiver reads.
 */
export function createRouting(
  { receivers }: Pick<WorkerConfig, 'receivers'>,
  logger: Pick<Logger, 'warn'>,
): (topic: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  const told = new Set<string>()
  const warnOnce = (fields: Readonly<Record<string, string>>, message: string): void => {
    const name = JSON.stringify(fields)
    if (told.has(name) || told.size >= TOPICS_MAX) return
    told.add(name)
    logger.warn(fields, message)
  }
  function find(topic: string): string | undefined {
    const readers = Object.entries(receivers).filter(
      ([, receiver]) => readsTopic(receiver, topic) !== undefined,
    )
    const routed = readers.find(([, { redrive_topic }]) => redrive_topic !== undefined)
    if (routed !== undefined) return routed[1].redrive_topic
    for (const [receiver] of readers)
      warnOnce({ receiver }, 'the receiver has no redrive_topic: dead letters from its topics stay')
    if (readers.length === 0)
      warnOnce({ topic }, 'no receiver of this config reads the topic: its dead letters stay')
    return undefined
  }
  return (topic) => {
    if (known.has(topic)) return known.get(topic)
    const target = find(topic)
    if (known.size < TOPICS_MAX) known.set(topic, target)
    return target
  }
}

async function report(io: Io, reason: string, result: RedriveResult, dry: boolean): Promise<void> {
  if (COUNTS.every((count) => result[count] === 0)) return
  const parts = [`${result.sent} ${dry ? 'would be sent' : 'sent'}`]
  if (result.exhausted > 0) parts.push(`${result.exhausted} stay, re-driven too often`)
  if (result.unroutable > 0) parts.push(`${result.unroutable} stay, no redrive_topic takes them`)
  if (result.refused > 0) parts.push(`${result.refused} stay, their redrive topic refuses them`)
  await io.err.write(`${reason}: ${parts.join(', ')}\n`)
}
