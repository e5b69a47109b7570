import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import { DEAD_LETTER_REASONS, REASONS } from '#/core/words.ts'
import { createLogger, createMeter } from '#/telemetry/index.ts'
import { readAsOf } from '#/worker/explain/message.ts'
import { takeFromTopic } from './capture/from-topic.ts'
import { makeCapture, type Made } from './capture/make.ts'
import { EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { durationMs } from './durations.ts'
import { VERSION } from './version.ts'
import { CONFIG_OPTION, requireConfig } from './worker-config.ts'

/**
 * A sample of a topic as a file that can go with a support ticket: what the rules read of each message, and nothing else of
 * it, with pseudonyms. `whosecall attribute` decides it as the originals were decided, without the brokers and the
 * directory.
 */
export const command: Command = {
  help: {
    examples: [
      [
        'whosecall capture -c worker.yaml --topic llm-raw -o sample.ndjson',
        'the last 100 messages',
      ],
      [
        'whosecall capture -c worker.yaml --topic llm-raw --since 10m --reason ip_only -o sample.ndjson',
        'of the last ten minutes, those with such an event',
      ],
      ['whosecall attribute sample.ndjson --report', 'what is decided about them, anywhere'],
    ],
    usage: '-c FILE --topic T -o FILE [options]',
    details: [
      'It reads by offset: no group is joined and nothing is committed.',
      'Left out is all that the rules do not read: prompts, completions, bodies of dead letters. Persons and secrets become',
      'pseudonyms, made with a key that is thrown away; addresses become others that nobody has; of owners the ids are kept.',
      'Names of services, teams, accounts and topics stay: look at the file before it goes anywhere.',
    ],
  },
  options: {
    config: CONFIG_OPTION,
    topic: { type: 'text', value: 'TOPIC', description: 'what to read; a receiver must read it' },
    output: { type: 'text', short: 'o', value: 'FILE', description: 'where the capture goes' },
    limit: {
      type: 'integer',
      value: 'N',
      min: 1,
      max: 10_000,
      description: 'messages at most (default 100)',
    },
    since: { type: 'text', value: 'TIME', description: 'messages of this last time, such as 10m' },
    partition: { type: 'integer', value: 'N', description: 'only this partition' },
    offset: { type: 'integer', value: 'N', description: 'begin here; needs --partition' },
    reason: {
      type: 'text',
      value: 'REASON',
      multiple: true,
      choices: [...REASONS, ...DEAD_LETTER_REASONS],
      description: 'only messages with such an event, or such dead letters',
    },
    force: { type: 'flag', description: 'write over a file that exists' },
    json: { type: 'flag', description: 'print what was done as JSON' },
  },
  async run(args, io) {
    const topic = needed(args, 'topic', 'which topic? Name it with --topic')
    const output = needed(args, 'output', 'where to? Name a file with -o')
    if (args.integer('offset') !== undefined && args.integer('partition') === undefined)
      throw new WhosecallError('usage', '--offset needs --partition')
    const since = args.text('since')
    const since_ms = since === undefined ? undefined : durationMs('since', since)
    const config = await requireConfig(args, io)
    const route = readAsOf(config, topic)
    const logger = createLogger({ level: 'warn', format: 'text' })
    const ports = { clock: io.clock, logger, meter: createMeter({ process_metrics: false }) }
    const options = { route, owners: config.owners, ports, version: VERSION }
    const taken = await takeFromTopic(
      {
        topic,
        limit: args.integer('limit') ?? 100,
        partition: args.integer('partition'),
        offset: args.integer('offset'),
        since_ms: since_ms === undefined ? undefined : io.clock.now() - since_ms,
        reasons: args.texts('reason'),
      },
      options,
      io.stop,
    )
    const made = await makeCapture(options, taken)
    write(output, made, args, io)
    await report(output, made, args, io)
    return EXIT_OK
  },
}

function needed(args: Arguments, name: string, question: string): string {
  const value = args.text(name)
  if (value === undefined) throw new WhosecallError('usage', question)
  return value
}

function write(output: string, { header, messages }: Made, args: Arguments, io: Io): void {
  const lines = [header, ...messages.map((message) => ({ ...message, line: undefined }))]
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  try {
    const flag = args.flag('force') ? 'w' : 'wx'
    writeFileSync(resolve(io.cwd, output), text, { flag, mode: 0o600 })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = exists ? 'it exists; --force writes over it' : messageOf(error)
    throw new WhosecallError('usage', `cannot write ${output}: ${why}`, { cause: error })
  }
}

async function report(output: string, made: Made, args: Arguments, io: Io): Promise<void> {
  const { messages, replaced, differing, unanswered, header } = made
  const { persons, secrets, addresses } = replaced
  const bytes = messages.reduce((sum, { value_bytes }) => sum + value_bytes, 0)
  const kept = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  await io.err.write(
    [
      `${messages.length} messages in ${output}: ${kept} of ${bytes} bytes kept, all that the rules read.`,
      `Replaced: ${persons} persons, ${secrets} secrets, ${addresses} addresses. ${header.bindings.length} answers of the directory are in it.`,
      ...(differing > 0
        ? [`${differing} messages are decided differently without what was left out.`]
        : []),
      ...(unanswered > 0 ? [`${unanswered} keys could not be looked up.`] : []),
      'Look at it before you send it to anybody: names of services, teams, accounts and topics are as they were.',
      '',
    ].join('\n'),
  )
  if (!args.flag('json')) return
  const summary = { output, messages: messages.length, persons, secrets, addresses }
  await io.out.write(`${JSON.stringify({ ...summary, differing, unanswered })}\n`)
}
