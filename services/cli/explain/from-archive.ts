import { basename } from 'node:path'
import { WhosecallError } from '#/core/errors.ts'
import type { OwnersConfig } from '#/owners/index.ts'
import type { ExplainMessage } from '#/worker/explain/index.ts'
import { chunksOf, modifiedAt, requireArchives } from '../archives.ts'
import { openCapture, type OpenedCapture } from '../attribute/from-capture.ts'
import { planOf, type Route } from '../attribute/plan.ts'
import type { Arguments, Io } from '../command.ts'
import { linesOf, wholeOf } from '../lines.ts'

/** One message of a file or of stdin, and what it is run through: the same as in `attribute`. */

export interface Subject {
  readonly message: ExplainMessage
  readonly route: Route
  readonly owners: OwnersConfig
  /** To be called when it is explained. */
  readonly end?: () => void
}

export async function fromArchive(args: Arguments, io: Io): Promise<Subject> {
  const { positionals } = args
  requireArchives(positionals, io)
  const [file = '-', ...more] = positionals
  if (more.length > 0)
    throw new WhosecallError('usage', 'one message at a time: name one file, and --line')
  const wanted = args.integer('line')
  const capture = await openCapture(args, io)
  if (capture !== undefined) return fromCapture(capture, file, wanted)
  const plan = await planOf(args, io)
  const chunks = chunksOf(file, io)
  const topic = file === '-' ? 'stdin' : basename(file)
  let found: { readonly line: number; readonly value: Buffer } | undefined
  for await (const one of plan.whole ? wholeOf(chunks, file) : linesOf(chunks, file)) {
    if (found !== undefined) {
      const hint = `explains line ${found.line} of ${file}; --line names another\n`
      if (wanted === undefined) await io.err.write(hint)
      break
    }
    if (wanted === undefined || one.line === wanted) found = one
  }
  if (found === undefined)
    throw new WhosecallError(
      'usage',
      wanted === undefined
        ? `${file} holds no message`
        : `${file} has no message in line ${wanted}`,
    )
  const { line, value } = found
  const timestamp = modifiedAt(file, io)
  return {
    message: { topic, partition: 0, offset: line - 1, timestamp, value },
    route: plan.routeOf(value),
    owners: plan.owners,
  }
}

/** The first message of a capture stands in its second line. */
function fromCapture(capture: OpenedCapture, file: string, line = 2): Subject {
  const { plan, topic, end } = capture
  const found = capture.messages.find((message) => message.line === line)
  if (found === undefined) {
    end()
    throw new WhosecallError('usage', `${file} has no message in line ${line}`)
  }
  const { value, timestamp } = found
  return {
    message: { topic, partition: 0, offset: line - 1, timestamp, value },
    route: plan.routeOf(value ?? Buffer.alloc(0)),
    owners: plan.owners,
    end,
  }
}
