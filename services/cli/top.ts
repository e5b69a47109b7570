import type { Status } from '#/core/status.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import { EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { durationMs } from './durations.ts'
import { createLiveScreen } from './top/live-screen.ts'
import { renderTop } from './top/render.ts'
import { readWorker, shownUrl, unreachable, URL_OPTION, workerUrl } from './worker-url.ts'

/**
 * Where a worker stands, as a table that is drawn anew every few seconds: the numbers of its status page in a terminal. In a
 * pipe it is printed once.
 */
export const command: Command = {
  help: {
    examples: [
      ['whosecall top', 'the worker on this machine, until Ctrl-C'],
      ['whosecall top --url http://10.1.2.3:9464', 'another one'],
      ['whosecall top --once', 'print it once, all of it'],
      ['whosecall top --json', 'the same as JSON, once'],
    ],
    usage: '[--url URL] [options]',
    details: [
      'It asks the admin server of the worker; nothing is read from Kafka.',
      'Exits 69 when no worker answers. One that has answered before is waited for.',
    ],
  },
  options: {
    url: URL_OPTION,
    interval: { type: 'text', value: 'TIME', description: 'draw it this often (default 2s)' },
    exact: { type: 'flag', description: 'all digits of every number' },
    once: { type: 'flag', description: 'print it once and end; so does a pipe' },
    json: { type: 'flag', description: 'print the status as JSON, once' },
  },
  async run(args, io) {
    const url = workerUrl(args.text('url'))
    const interval_ms = durationMs('interval', args.text('interval') ?? '2s', {
      min_ms: 100,
      max_ms: 3_600_000,
    })
    const first = await readStatus(url, io)
    if (first === undefined) return EXIT_OK
    if (args.flag('json')) await io.out.write(`${JSON.stringify(first)}\n`)
    else if (args.flag('once') || !io.out.is_terminal)
      await io.out.write(`${render(first, url, args, io, Infinity).join('\n')}\n`)
    else await watch(first, url, interval_ms, args, io)
    return EXIT_OK
  },
}

/** Between two looks at the size of the terminal. */
const RESIZE_LOOK_MS = 250

async function watch(
  first: Status,
  url: URL,
  interval_ms: number,
  args: Arguments,
  io: Io,
): Promise<void> {
  const screen = createLiveScreen(io.out)
  let status = first
  let failing_since_ms: number | undefined
  const draw = async () => {
    const note =
      failing_since_ms === undefined
        ? undefined
        : `RECONNECTING  no answer for ${Math.round((io.clock.now() - failing_since_ms) / 1000)} s; what stands below is of ${status.at}`
    await screen.draw(render(status, url, args, io, io.out.rows, note))
  }
  try {
    while (!io.stop.aborted) {
      await draw()
      await waitOrResize(interval_ms, io, draw)
      if (io.stop.aborted) break
      try {
        status = (await readStatus(url, io)) ?? status
        failing_since_ms = undefined
      } catch (error) {
        if (!(error instanceof WhosecallError)) throw error
        failing_since_ms ??= io.clock.now()
      }
    }
  } finally {
    await screen.leave()
  }
}

async function waitOrResize(ms: number, io: Io, redraw: () => Promise<void>): Promise<void> {
  const until_ms = io.clock.now() + ms
  const size = () => `${io.out.columns}x${io.out.rows}`
  let drawn = size()
  while (!io.stop.aborted) {
    const left_ms = until_ms - io.clock.now()
    if (left_ms <= 0) return
    await io.clock.sleep(Math.min(left_ms, RESIZE_LOOK_MS), io.stop)
    if (size() === drawn || io.stop.aborted) continue
    drawn = size()
    await redraw()
  }
}

function render(
  status: Status,
  url: URL,
  args: Arguments,
  io: Io,
  rows: number,
  note?: string,
): readonly string[] {
  const { has_color, columns, is_terminal } = io.out
  return renderTop(status, {
    columns: is_terminal ? columns : PLAIN_COLUMNS,
    rows,
    exact: args.flag('exact'),
    has_color,
    url: shownUrl(url),
    note,
  })
}

/** In a pipe nothing is cut off. */
const PLAIN_COLUMNS = 1000

/** `undefined` when the command was asked to end meanwhile. */
async function readStatus(url: URL, io: Io): Promise<Status | undefined> {
  let text: string
  try {
    text = await readWorker(url, 'status.json', io.stop)
  } catch (error) {
    if (io.stop.aborted) return undefined
    throw error
  }
  try {
    return asStatus(JSON.parse(text))
  } catch (error) {
    throw unreachable(url, `what it answers is no status: ${messageOf(error)}`, error)
  }
}

/** A worker of another version may say more or less; without these there is nothing to show. */
function asStatus(value: unknown): Status {
  if (typeof value !== 'object' || value === null) throw new Error('it is no object')
  for (const name of NEEDED) if (!(name in value)) throw new Error(`${name} is missing`)
  return value as Status
}

const NEEDED = [
  'version',
  'at',
  'started_at',
  'processes',
  'live',
  'ready',
  'config',
  'recent',
  'since_start',
  'gaps',
  'partitions',
  'lanes',
  'lookup',
  'problems',
] as const satisfies readonly (keyof Status)[]
