/**
 * Files that a config names, read as the start would read them. A relative path starts at the working directory, as in the
 * Collector, so an error says which one that was.
 */
import { isAbsolute } from 'node:path'
import { createSecureContext } from 'node:tls'
import { pointerOf, type Report } from '#/config/index.ts'
import { messageOf } from '#/core/errors.ts'
import type { WorkerConfig } from './config.ts'

/**
 * `connections`: what a worker needs to connect. `all`: also the owner file, which a running worker can wait for, but a
 * rollout should not. `none`: for what connects to nothing.
 */
export type FilesChecked = 'none' | 'connections' | 'all'

export function fileChecks(
  checked: FilesChecked,
  readFile: (path: string) => string,
): readonly ((config: WorkerConfig, report: Report) => void)[] {
  if (checked === 'none') return []
  const connections = (config: WorkerConfig, report: Report) => {
    for (const { place, tls } of tlsSections(config)) checkTls(place, tls, readFile, report)
    for (const { place, file } of tokenFiles(config)) {
      readOf({ place, file, what: 'the token file', secret_path: true }, readFile, report)
    }
  }
  return checked === 'connections' ? [connections] : [connections, ownerFile(readFile)]
}

function ownerFile(readFile: (path: string) => string) {
  return ({ owners: { directory } }: WorkerConfig, report: Report) => {
    if (directory.type !== 'file') return
    const place = pointerOf('owners', 'directory', 'path')
    readOf({ place, file: directory.path, what: 'the owner file' }, readFile, report)
  }
}

interface Tls {
  readonly ca_file?: string
  readonly cert_file?: string
  readonly key_file?: string
}

function tlsSections(config: WorkerConfig) {
  const of_kafka = (['receivers', 'exporters'] as const).flatMap((kind) =>
    Object.entries(config[kind]).flatMap(([id, { tls }]) =>
      tls === undefined || tls.insecure ? [] : [{ place: pointerOf(kind, id, 'tls'), tls }],
    ),
  )
  const of_redis = config.owners.redis?.tls
  if (of_redis === undefined || config.owners.directory.type === 'file') return of_kafka
  return [...of_kafka, { place: pointerOf('owners', 'redis', 'tls'), tls: of_redis }]
}

function tokenFiles(config: WorkerConfig) {
  return (['receivers', 'exporters'] as const).flatMap((kind) =>
    Object.entries(config[kind]).flatMap(([id, { auth }]) => {
      const file = auth?.sasl?.mechanism === 'OAUTHBEARER' && auth.sasl.oauthbearer?.token_file
      const place = pointerOf(kind, id, 'auth', 'sasl', 'oauthbearer', 'token_file')
      return file ? [{ place, file }] : []
    }),
  )
}

function checkTls(
  place: string,
  tls: Tls,
  readFile: (path: string) => string,
  report: Report,
): void {
  const pem = (name: keyof Tls): string | undefined => {
    const file = tls[name]
    if (file === undefined) return undefined
    const text = readOf({ place: `${place}/${name}`, file, what: name }, readFile, report)
    if (text === undefined || text.includes('-----BEGIN ')) return text
    report(`${place}/${name}`, {
      code: 'WC-C116',
      message: `${name} is no PEM file: it has no line -----BEGIN …-----`,
      found: JSON.stringify(file),
    })
    return undefined
  }
  pem('ca_file')
  const cert = pem('cert_file')
  const key = pem('key_file')
  if (cert === undefined || key === undefined) return
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    report(place, {
      code: 'WC-C116',
      message: `cert_file and key_file cannot be used together: ${messageOf(error)}`,
    })
  }
}

interface NamedFile {
  readonly place: string
  readonly file: string
  readonly what: string
  /** Then what stands there by mistake may be the secret itself. */
  readonly secret_path?: boolean
}

/** The text, or nothing when that is reported. */
function readOf(
  { place, file, what, secret_path = false }: NamedFile,
  readFile: (path: string) => string,
  report: Report,
): string | undefined {
  try {
    return readFile(file)
  } catch (error) {
    report(place, {
      code: 'WC-C116',
      message: `${what} cannot be read: ${reasonOf(error)}`,
      ...(!secret_path && { found: JSON.stringify(file) }),
      ...(!isAbsolute(file) && {
        help: `a relative path starts at the working directory${startOf(error, file)}`,
      }),
    })
    return undefined
  }
}

/** The working directory, as the error of the file system has it. */
function startOf(error: unknown, file: string): string {
  const path = error instanceof Error && 'path' in error ? error.path : undefined
  const relative = file.replace(/^(?:\.\/)+/, '')
  if (typeof path !== 'string' || !path.endsWith(`/${relative}`)) return ''
  return `, here ${path.slice(0, -relative.length - 1) || '/'}`
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'this process may not read it',
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (code === '' ? 'it cannot be read' : code)
}
