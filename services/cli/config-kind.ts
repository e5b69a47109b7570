import { isMap, isScalar, parseDocument } from 'yaml'
import { readConfig, type ConfigResult } from '#/config/index.ts'
import { RegistryConfig } from '#/registry/index.ts'
import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'
import type { ConfigText } from './config-file.ts'

/** The configs of the project: which of them a file is, told by its sections, and how each is read. */

export type AnyConfig =
  | { readonly kind: 'worker'; readonly config: WorkerConfig }
  | { readonly kind: 'registry'; readonly config: RegistryConfig }

export function readRegistryConfig(source: ConfigText): ConfigResult<RegistryConfig> {
  return readConfig({ ...source, schema: RegistryConfig })
}

/** `files`: whether the files that a worker's connections need must be there. */
export function readAnyConfig(
  source: ConfigText,
  { files }: { readonly files: 'all' | 'none' },
): ConfigResult<AnyConfig> {
  if (isOfRegistry(source.text)) {
    const result = readRegistryConfig(source)
    return result.ok ? { ...result, config: { kind: 'registry', config: result.config } } : result
  }
  const result = readWorkerConfig({ ...source, files })
  return result.ok ? { ...result, config: { kind: 'worker', config: result.config } } : result
}

const WORKER_SECTIONS = ['receivers', 'processors', 'exporters', 'service']
/** What is larger is no config of either kind. */
const TEXT_CHARS_MAX = 1_048_576

/** Its own section may be left out; then the owners stand alone. */
function isOfRegistry(text: string): boolean {
  if (text.length > TEXT_CHARS_MAX) return false
  const { contents } = parseDocument(text)
  if (!isMap(contents)) return false
  const sections = contents.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''))
  if (sections.some((name) => WORKER_SECTIONS.includes(name))) return false
  return sections.includes('registry') || sections.includes('owners')
}
