import { readFileSync } from 'node:fs'
import { readFile as readFileAsync } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { formatDiagnostics, type ConfigResult } from '#/config/index.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Arguments, Io, OptionSpec } from './command.ts'

/** Reading a config file: the same option, messages and exit code in every command that needs one. */

export const CONFIG_OPTION: OptionSpec = {
  type: 'text',
  short: 'c',
  value: 'FILE',
  description: 'config file of the worker (YAML), - for stdin',
}

/** For commands that take the config of a registry as well. */
export const ANY_CONFIG_OPTION: OptionSpec = {
  ...CONFIG_OPTION,
  description: 'config file of a worker or of a registry (YAML), - for stdin',
}

export interface ConfigText {
  readonly file: string
  readonly text: string
  readonly env: Io['env']
  readonly readFile: (path: string) => string
}
export type Read<T> = (source: ConfigText) => ConfigResult<T>

export async function readConfigFile<T>(
  args: Arguments,
  io: Io,
  read: Read<T>,
): Promise<{ readonly file: string; readonly result: ConfigResult<T> }> {
  const file = args.text('config') ?? onlyPositional(args)
  const result = read({
    file,
    text: await readInput(file, io),
    env: io.env,
    readFile: (path) => readFileSync(resolve(io.cwd, path), 'utf8'),
  })
  return { file, result }
}

/** Reads the same file again, as it is then; `undefined` when the config came from a pipe. */
export function rereadConfig<T>(
  args: Arguments,
  io: Io,
  read: Read<T>,
): (() => Promise<{ readonly text: string; readonly result: ConfigResult<T> }>) | undefined {
  const file = args.text('config') ?? onlyPositional(args)
  if (file === '-') return undefined
  return async () => {
    const content = await readFileAsync(resolve(io.cwd, file), 'utf8')
    const result = read({
      file,
      text: content,
      env: io.env,
      readFile: (path) => readFileSync(resolve(io.cwd, path), 'utf8'),
    })
    return { text: content, result }
  }
}

/** The config, or an error that lists everything that is wrong with it. Warnings are talk. */
export async function requireConfigOf<T>(args: Arguments, io: Io, read: Read<T>): Promise<T> {
  const { file, result } = await readConfigFile(args, io, read)
  const options = { color: io.err.has_color }
  if (!result.ok) {
    await io.err.write(formatDiagnostics(result.diagnostics, options))
    throw new WhosecallError('config_invalid', `${file} is not a valid config`)
  }
  if (result.warnings.length > 0) await io.err.write(formatDiagnostics(result.warnings, options))
  return result.config
}

/** `whosecall run -c FILE` and `whosecall run FILE` mean the same. */
function onlyPositional(args: Arguments): string {
  const [file] = args.positionals
  if (file === undefined) throw new WhosecallError('usage', 'which config? Name it with -c FILE')
  return file
}

async function readInput(file: string, io: Io): Promise<string> {
  if (file === '-') return text(io.stdin)
  try {
    return readFileSync(resolve(io.cwd, file), 'utf8')
  } catch (error) {
    const message = `cannot read the config file ${file}: ${messageOf(error)}`
    throw new WhosecallError('config_invalid', message, { cause: error })
  }
}
