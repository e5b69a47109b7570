import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'
import type { Arguments, Io } from './command.ts'
import { CONFIG_OPTION, requireConfigOf } from './config-file.ts'

/** The worker's config from `-c FILE`. */
export { CONFIG_OPTION }

/** For what connects to nothing: the files that connections need may be elsewhere. */
export function requireConfigOffline(args: Arguments, io: Io): Promise<WorkerConfig> {
  return requireConfigOf(args, io, (source) => readWorkerConfig({ ...source, files: 'none' }))
}

export function requireConfig(args: Arguments, io: Io): Promise<WorkerConfig> {
  return requireConfigOf(args, io, readWorkerConfig)
}
