import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ConfigResult } from '#/config/index.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import { createOwnerTable, loadOwnerFile, type OwnerTable } from '#/owners/index.ts'
import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'
import { processorsOf, type Route } from '../attribute/plan.ts'
import type { Io } from '../command.ts'
import type { Settings } from './file.ts'

/** What a case runs through: a receiver of the config that stands beside the tests, or one that is made of its settings. */

export function routeOfCase(
  settings: Settings,
  worker: WorkerConfig | undefined,
  io: Pick<Io, 'env'>,
): Route {
  const { source } = settings
  if (source !== undefined) return madeRoute(settings, source, io)
  const receivers = worker?.receivers ?? {}
  const ids = Object.keys(receivers)
  const id = settings.receiver ?? (ids.length === 1 ? ids[0] : undefined)
  const receiver = id === undefined ? undefined : receivers[id]
  if (id === undefined || receiver === undefined || worker === undefined)
    throw new WhosecallError(
      'config_invalid',
      id === undefined
        ? `which receiver? There are ${ids.join(', ')}`
        : `the config has no receiver ${id}; there is ${ids.join(', ')}`,
    )
  const { options, attribution, redaction } = settings
  if (options !== undefined || attribution !== undefined || redaction !== undefined)
    throw new WhosecallError(
      'config_invalid',
      'options, attribution and redaction belong to source; a receiver has those of its config',
    )
  return { receiver_id: id, receiver, processors: processorsOf(worker, id) }
}

function madeRoute(settings: Settings, source: string, { env }: Pick<Io, 'env'>): Route {
  const { encoding, ...options } = settings.options ?? {}
  const { attribution = {}, redaction } = settings
  const processors = { attribution, ...(redaction === undefined ? {} : { redaction }) }
  const brokers = ['unused:9092']
  const text = JSON.stringify({
    receivers: {
      kafka: {
        brokers,
        logs: { topics: ['test'], ...(encoding === undefined ? {} : { encoding }) },
        source,
        trust: 'trusted',
        ...options,
      },
    },
    processors,
    exporters: {
      kafka: { brokers, logs: { topic: 'out' }, dead_letter: { topic: 'dead' } },
    },
    owners: { directory: { type: 'file', path: 'owners.yaml' } },
    service: {
      pipelines: {
        logs: {
          receivers: ['kafka'],
          processors: Object.keys(processors),
          exporters: ['kafka'],
        },
      },
    },
  })
  const read = readWorkerConfig({ file: 'settings', text, env, readFile: noFile, files: 'none' })
  if (!read.ok) throw new WhosecallError('config_invalid', read.diagnostics.map(wordsOf).join('; '))
  const receiver = read.config.receivers['kafka']!
  return { receiver_id: 'test', receiver, processors: read.config.processors }
}

function wordsOf({
  path,
  message,
  expected,
}: {
  path: string
  message: string
  expected?: string
}) {
  const inside = path.replace('receivers.kafka', 'options').replace('processors.', '')
  return `${inside}: ${message}${expected === undefined ? '' : `, expected ${expected}`}`
}

function noFile(): string {
  throw new Error('no file is read here')
}

/** The worker's config, as it is read for what connects to nothing. */
export async function readCaseConfig(
  file: string,
  io: Pick<Io, 'cwd' | 'env'>,
): Promise<ConfigResult<WorkerConfig>> {
  let text: string
  try {
    text = readFileSync(resolve(io.cwd, file), 'utf8')
  } catch (error) {
    throw new WhosecallError('config_invalid', `cannot read ${file}: ${messageOf(error)}`)
  }
  const readFile = (path: string) => readFileSync(resolve(io.cwd, path), 'utf8')
  return readWorkerConfig({ file, text, env: io.env, readFile, files: 'none' })
}

/** The owner file of the config; a directory service is not asked. */
export async function ownersOfConfig(
  worker: WorkerConfig | undefined,
  { cwd }: Pick<Io, 'cwd'>,
): Promise<OwnerTable> {
  const directory = worker?.owners.directory
  if (directory === undefined) return createOwnerTable([], 'test')
  if (directory.type !== 'file')
    throw new WhosecallError(
      'config_invalid',
      'the config asks a directory service: say who owns what with directory, in the case or in defaults',
    )
  const { bindings, errors, revision } = await loadOwnerFile(
    resolve(cwd, directory.path),
    directory.file_bytes_max,
  )
  if (errors.length > 0) {
    const diagnostics = errors.map((one) => `${one.file}:${one.line}:${one.column}: ${one.message}`)
    throw new WhosecallError('config_invalid', diagnostics.join('\n'))
  }
  return createOwnerTable(bindings, revision)
}
