/** Reads a worker's config: text in, typed config or diagnostics out. */
import { readConfig, type ConfigResult } from '#/config/index.ts'
import { fileChecks, type FilesChecked } from './check-files.ts'
import { CHECKS } from './checks.ts'
import { WorkerConfig } from './config.ts'

export interface ConfigText {
  /** As messages shall name it. */
  readonly file: string
  readonly text: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => string
  /** Which of the files that the config names must be there; default `connections`. */
  readonly files?: FilesChecked
}

export function readWorkerConfig(source: ConfigText): ConfigResult<WorkerConfig> {
  const checks = [...CHECKS, ...fileChecks(source.files ?? 'connections', source.readFile)]
  return readConfig({ ...source, schema: WorkerConfig, checks })
}
