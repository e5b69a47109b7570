import { WhosecallError } from '#/core/errors.ts'

/** Archives as messages: every line is one, or the whole file is. */

/** A line without an end is not gathered for ever. */
const LINE_BYTES_MAX = 268_435_456

export interface Line {
  /** From 1. */
  readonly line: number
  readonly value: Buffer
}

/** Lines without their newline, numbered from 1. Blank lines are no messages. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<Line> {
  let line = 0
  let rest: Buffer[] = []
  let rest_bytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      line += 1
      const value =
        rest.length === 0
          ? chunk.subarray(start, end)
          : Buffer.concat([...rest, chunk.subarray(start, end)])
      rest = []
      rest_bytes = 0
      start = end + 1
      if (!isBlank(value)) yield { line, value }
    }
    rest.push(chunk.subarray(start))
    rest_bytes += chunk.length - start
    if (rest_bytes > LINE_BYTES_MAX)
      throw new WhosecallError(
        'usage',
        `line ${line + 1} of ${file} is longer than ${LINE_BYTES_MAX} bytes`,
      )
  }
  const value = Buffer.concat(rest)
  if (!isBlank(value)) yield { line: line + 1, value }
}

/** The whole input as one message. */
export async function* wholeOf(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<Line> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    bytes += chunk.length
    if (bytes > LINE_BYTES_MAX)
      throw new WhosecallError('usage', `${file} is longer than ${LINE_BYTES_MAX} bytes`)
  }
  yield { line: 1, value: Buffer.concat(parts) }
}

function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte > 0x20) return false
  return true
}
