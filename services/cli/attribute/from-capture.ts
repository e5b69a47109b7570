import { resolve } from 'node:path'
import { WhosecallError } from '#/core/errors.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { isAsExpected, isCapture, readCapture, type Capture } from '../capture/file.ts'
import { createReplay } from '../capture/replay.ts'
import type { Arguments, Io } from '../command.ts'
import { planOf, type Plan } from './plan.ts'

/**
 * A capture in place of an archive: it brings along what it is read with, unless the command line says otherwise; then it
 * shows what another config would make of the same messages.
 */

export interface CaptureMessage {
  /** In the file, from 1. */
  readonly line: number
  readonly value: Buffer | null
  /** Epoch milliseconds. */
  readonly timestamp: number
}

export interface OpenedCapture {
  readonly plan: Plan
  readonly topic: string
  readonly messages: readonly CaptureMessage[]
  /** Notes what became of the message in a line. */
  see(line: number, message: ObservedMessage): void
  /** Whether all is as it was where the capture was made. */
  summary(): string
  end(): void
}

/** `undefined` when the files are none. */
export async function openCapture(args: Arguments, io: Io): Promise<OpenedCapture | undefined> {
  const files = args.positionals.filter((file) => file !== '-')
  const found: string[] = []
  for (const file of files) if (await isCapture(resolve(io.cwd, file))) found.push(file)
  const [file] = found
  if (file === undefined) return undefined
  if (args.positionals.length > 1)
    throw new WhosecallError('usage', `${file} is a capture: it is read alone`)
  const capture = await readCapture(resolve(io.cwd, file), file)
  const is_own = ['config', 'owners', 'source'].every((name) => args.text(name) === undefined)
  const replay = is_own ? createReplay(capture.header) : undefined
  const plan = replay?.plan ?? { ...(await planOf(args, io)), whole: false }
  return opened(capture, plan, () => replay?.end())
}

function opened({ messages }: Capture, plan: Plan, end: () => void): OpenedCapture {
  const expected = new Map(messages.map((message) => [message.line, message.expected]))
  const differing: number[] = []
  return {
    plan,
    end,
    topic: messages[0]?.topic ?? 'capture',
    messages: messages.map(({ line, value, timestamp }) => ({
      line,
      timestamp,
      value: value === null ? null : Buffer.from(value),
    })),
    see(line, message) {
      const before = expected.get(line)
      if (before !== undefined && !isAsExpected(before, message)) differing.push(line)
    },
    summary() {
      if (differing.length === 0) return 'all are decided as they were when captured'
      const lines = differing.slice(0, LINES_MAX).join(', ')
      const more = differing.length > LINES_MAX ? ', …' : ''
      return `${differing.length} are not decided as they were when captured: lines ${lines}${more}`
    },
  }
}

const LINES_MAX = 20
