import { WhosecallError } from '#/core/errors.ts'
import { OUTCOMES } from '#/core/words.ts'
import { readTapRate, TAP_RATE_MAX, TAP_REASONS, TAP_STAGES } from '#/worker/admin/tap-filter.ts'
import type { TappedEvent } from '#/worker/admin/tapped-event.ts'
import { EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { linesOf } from './lines.ts'
import { paint } from './style.ts'
import { openWorker, shownUrl, URL_OPTION, workerUrl } from './worker-url.ts'

/**
 * Samples of the events that go through a running worker, as its admin server shows them: where each lies and what was
 * decided about it, nothing of what it says.
 */
export const command: Command = {
  help: {
    examples: [
      ['whosecall tap', 'ten events a second of the worker on this machine, until Ctrl-C'],
      ['whosecall tap --outcome unattributed --limit 20', 'twenty that nobody owns'],
      ['whosecall tap --reason ip_only --source "kong*" --evidence', 'of some sources only'],
      ['whosecall tap --stage dead_lettered --format json', 'messages that went to dead letters'],
    ],
    usage: '[--url URL] [--outcome O]… [--reason R]… [--source S]… [options]',
    details: [
      'Events are sampled: the first that match, as many as the rate allows. Prompts, persons, addresses and secrets are',
      'never shown. A dead letter is shown as a whole, without its source and its events.',
      'An example can be looked into with its topic, partition and offset.',
      'Exits 69 when no worker answers, or when it ends.',
    ],
  },
  options: {
    url: URL_OPTION,
    outcome: {
      type: 'text',
      value: 'OUTCOME',
      multiple: true,
      choices: [...OUTCOMES],
      description: `only these: ${OUTCOMES.join(', ')}`,
    },
    reason: {
      type: 'text',
      value: 'REASON',
      multiple: true,
      choices: [...TAP_REASONS],
      description: `only these: ${TAP_REASONS.join(', ')}`,
    },
    source: {
      type: 'text',
      value: 'SOURCE',
      multiple: true,
      description: 'only of these; * is any text, ? any character',
    },
    stage: {
      type: 'text',
      value: 'STAGE',
      choices: [...TAP_STAGES],
      description: `when they are shown: ${TAP_STAGES.join(', ')} (default decided)`,
    },
    limit: { type: 'integer', value: 'N', min: 1, description: 'end after N events' },
    rate: {
      type: 'text',
      value: 'RATE',
      description: `at most so many, as 10/s (the default) or 30/m; up to ${TAP_RATE_MAX}/s`,
    },
    evidence: {
      type: 'flag',
      description: 'also the winning key, as the published event carries it',
    },
    format: {
      type: 'text',
      value: 'FORMAT',
      choices: ['json', 'text'],
      description: 'json or text (default: text on a terminal, json in a pipe)',
    },
    json: { type: 'flag', description: 'the same as --format json' },
  },
  async run(args, io) {
    const url = workerUrl(args.text('url'))
    readTapRate(args.text('rate'))
    const enough = new AbortController()
    const signal = AbortSignal.any([io.stop, enough.signal])
    const limit = args.integer('limit') ?? Infinity
    const print = printer(args, io)
    let shown = 0
    try {
      const response = await openWorker(url, `tap?${queryOf(args).toString()}`, signal)
      if (io.out.is_terminal) await io.err.write('looking on; Ctrl-C ends it\n')
      for await (const { value } of linesOf(chunksOf(response), shownUrl(url))) {
        shown += await print(JSON.parse(value.toString()))
        if (shown >= limit) break
      }
    } catch (error) {
      // What is cut off in the middle of an answer has ended.
      if (error instanceof WhosecallError && !io.stop.aborted) throw error
    } finally {
      enough.abort()
    }
    if (io.stop.aborted || shown >= limit) return EXIT_OK
    throw new WhosecallError(
      'dependency_unreachable',
      `the worker at ${shownUrl(url)} has ended the tap`,
    )
  },
}

function queryOf(args: Arguments): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of ['outcome', 'reason', 'source'])
    for (const value of args.texts(name)) query.append(name, value)
  for (const name of ['stage', 'rate']) {
    const value = args.text(name)
    if (value !== undefined) query.set(name, value)
  }
  if (args.flag('evidence')) query.set('evidence', '1')
  return query
}

async function* chunksOf(response: Response): AsyncGenerator<Buffer> {
  // An answer without a body has no lines.
  for await (const chunk of response.body ?? []) yield Buffer.from(chunk)
}

type Line = TappedEvent | { readonly missed: number }

/** Prints a line, and answers how many events it was. */
function printer(args: Arguments, io: Io): (line: Line) => Promise<number> {
  const format = args.flag('json')
    ? 'json'
    : (args.text('format') ?? (io.out.is_terminal ? 'text' : 'json'))
  return async (line) => {
    if ('missed' in line) {
      await io.err.write(`${line.missed} events missed: this end reads too slowly\n`)
      return 0
    }
    await io.out.write(`${format === 'json' ? JSON.stringify(line) : textOf(line, io)}\n`)
    return 1
  }
}

const COLORS = { attributed: 'green', unattributed: 'red', unresolved: 'yellow' } as const

/** One line an event: place, source, what it came to, whose it is and how that is known. */
export function textOf(event: TappedEvent, io: Pick<Io, 'out'>): string {
  const { topic, partition, offset, outcome, reason } = event
  const place = [topic, partition, offset, ...(event.event === undefined ? [] : [event.event])]
  const what =
    event.fate === 'dead_lettered'
      ? paint(
          'red',
          `dead-lettered ${event.dead_letter_reason} (${event.dead_letter_stage})`,
          io.out,
        )
      : outcome === undefined
        ? (event.class ?? 'no call')
        : paint(COLORS[outcome], [outcome, reason, event.class].filter(Boolean).join(' '), io.out)
  const how = [event.method, event.level, event.confidence].filter(Boolean).join('/')
  const kinds = event.evidence_kinds ?? []
  return [
    place.join('/'),
    event.source,
    what,
    event.owner_id,
    how,
    event.fate === 'filtered' ? 'filtered' : '',
    event.evidence ?? (kinds.length > 0 ? `[${kinds.join(' ')}]` : ''),
  ]
    .filter(Boolean)
    .join('  ')
}
