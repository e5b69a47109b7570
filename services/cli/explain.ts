import { WhosecallError } from '#/core/errors.ts'
import { ENCODINGS } from '#/core/words.ts'
import { SOURCES } from '#/sources/index.ts'
import { createDeadline, createLogger, createMeter } from '#/telemetry/index.ts'
import { startExplaining, type ExplainDocument } from '#/worker/explain/index.ts'
import { EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { fromArchive, type Subject } from './explain/from-archive.ts'
import { fromTopic } from './explain/from-topic.ts'
import { documentText } from './explain/text.ts'
import { CONFIG_OPTION } from './worker-config.ts'

/**
 * Why one message was attributed as it was: what the rules saw, what the owners answered, which rule decided, and what would
 * change it. The rules, formats and owners are those of the worker; nothing is written anywhere and nothing is committed.
 */

const NAMES = SOURCES.map(({ name }) => name)

export const command: Command = {
  help: {
    examples: [
      [
        'whosecall explain --owners owners.yaml calls.ndjson --line 3',
        'one line of a file, its source by its fields',
      ],
      [
        'whosecall explain -c worker.yaml --topic ai.calls --partition 0 --offset 42',
        'one message of the broker, read without a group',
      ],
      ['tail -n 1 calls.ndjson | whosecall explain -c worker.yaml -', 'what just came in'],
      [
        'whosecall explain -c worker.yaml calls.ndjson --event 2 --json',
        'the third event of the first line, for programs',
      ],
    ],
    usage: '[-c FILE | --owners FILE] [options] FILE|- | --topic T --partition P --offset N',
    details: [
      'Of a file that holds several lines the first is explained; --line names another.',
      'Shown are the evidence with its trust, the rungs, every lookup, the rule that decided and why the others did not,',
      'and what would attribute the event. Values are shown only where they are keys or words that mean nobody.',
      'Exits 0 whatever the outcome is; a dead letter is explained, too.',
    ],
  },
  options: {
    config: {
      ...CONFIG_OPTION,
      description: 'worker config: its receivers, processors and owners',
    },
    owners: {
      type: 'text',
      value: 'FILE',
      description: 'owner file, in place of a config or of its owners',
    },
    line: { type: 'integer', value: 'N', min: 1, description: 'line of the file (default 1)' },
    event: { type: 'integer', value: 'N', description: 'only this event of the message, from 0' },
    topic: { type: 'text', value: 'TOPIC', description: 'read from the broker of its receiver' },
    partition: { type: 'integer', value: 'N', description: 'partition of the topic' },
    offset: { type: 'integer', value: 'N', description: 'offset of the message' },
    source: {
      type: 'text',
      value: 'SOURCE',
      description: 'who wrote the record (default: the receiver whose source it is, else auto)',
      choices: [...NAMES, 'custom', 'auto'],
    },
    encoding: {
      type: 'text',
      value: 'ENCODING',
      description: 'encoding of the message (default: the usual one of the source)',
      choices: [...ENCODINGS],
    },
    json: { type: 'flag', description: 'print one JSON document an event' },
  },
  async run(args, io) {
    const logger = createLogger({ level: 'warn', format: 'text' })
    const ports = { clock: io.clock, logger, meter: createMeter({ process_metrics: false }) }
    const subject: Subject = isFromTopic(args)
      ? await fromTopic(args, io, ports)
      : await fromArchive(args, io)
    const { message, route, owners } = subject
    const explainer = await startExplaining({ ...route, owners, ports })
    try {
      const documents = await explainer.explain(message)
      await print(chosen(documents, args), args, io)
    } finally {
      await explainer.stop(createDeadline(io.clock, 1000))
      subject.end?.()
    }
    return EXIT_OK
  },
}

function isFromTopic(args: Arguments): boolean {
  const given = [args.text('topic'), args.integer('partition'), args.integer('offset')]
  if (given.every((one) => one === undefined)) return false
  if (given.some((one) => one === undefined))
    throw new WhosecallError(
      'usage',
      'a message of the broker needs --topic, --partition and --offset',
    )
  if (args.positionals.length > 0)
    throw new WhosecallError('usage', 'name a file or a topic, not both')
  return true
}

function chosen(
  documents: readonly ExplainDocument[],
  args: Arguments,
): readonly ExplainDocument[] {
  const event = args.integer('event')
  if (event === undefined) return documents
  const found = documents.filter(({ index }) => index === event)
  if (found.length > 0) return found
  const count = documents.filter(({ index }) => index !== undefined).length
  throw new WhosecallError('usage', `the message has no event ${event}; it has ${count}`)
}

async function print(
  documents: readonly ExplainDocument[],
  args: Arguments,
  io: Io,
): Promise<void> {
  const as_json = args.flag('json')
  for (const [at, document] of documents.entries()) {
    if (io.stop.aborted) return
    const text = as_json ? JSON.stringify(document) : documentText(document, io.out)
    await io.out.write(`${at > 0 && !as_json ? '\n' : ''}${text}\n`)
  }
}
