import { accessSync, constants, createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Io } from './command.ts'

/** The files that a command line names; `-` is stdin. What cannot be read is a usage error, told before any work begins. */

export function requireArchives(files: readonly string[], io: Io): void {
  if (files.length === 0)
    throw new WhosecallError('usage', 'which file? Name one or more, or - for stdin')
  for (const file of files) if (file !== '-') requireReadable(resolve(io.cwd, file), file)
}

function requireReadable(path: string, file: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    throw unreadable(file, error)
  }
  if (statSync(path).isDirectory())
    throw new WhosecallError('usage', `${file} is a directory: name the files in it`)
}

export function chunksOf(file: string, io: Io): AsyncIterable<Buffer> {
  return file === '-' ? io.stdin : fileChunks(resolve(io.cwd, file), file)
}

async function* fileChunks(path: string, file: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path)
  const failed: { error?: unknown } = {}
  stream.once('error', (error) => (failed.error = error))
  try {
    yield* stream
  } catch (error) {
    throw error === failed.error ? unreadable(file, error) : error
  }
}

/** Epoch milliseconds. */
export function modifiedAt(file: string, io: Io): number {
  if (file === '-') return io.clock.now()
  try {
    return Math.trunc(statSync(resolve(io.cwd, file)).mtimeMs)
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): WhosecallError {
  return new WhosecallError('usage', `cannot read ${file}: ${messageOf(error)}`, { cause: error })
}
