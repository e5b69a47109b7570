/** The process and its host: memory against what the config may hold, file descriptors, Node, files with secrets. */
import { readFileSync, statSync } from 'node:fs'
import { getHeapStatistics } from 'node:v8'
import type { WorkerConfig } from '#/worker/index.ts'
import { workersOf } from '../supervisor/run.ts'
import { bytesText, type Check } from './check.ts'

export interface Host {
  readonly node: string
  /** Of the container, or of the machine where there is none. */
  readonly memory_bytes: number
  readonly heap_bytes: number
  /** `undefined` where the system does not say. */
  readonly files_max: number | undefined
}

export function readHost(): Host {
  const constrained = process.constrainedMemory()
  const total = constrained > 0 ? constrained : Infinity
  return {
    node: process.versions.node,
    memory_bytes: Math.min(total, memoryOfMachine()),
    heap_bytes: getHeapStatistics().heap_size_limit,
    files_max: openFilesMax(),
  }
}

function memoryOfMachine(): number {
  const kib = /^MemTotal:\s+(\d+) kB/m.exec(textOf('/proc/meminfo'))?.[1]
  return kib === undefined ? Infinity : Number(kib) * 1024
}

function openFilesMax(): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(textOf('/proc/self/limits'))?.[1]
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? Infinity : Number(soft)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const NODE_MAJOR_MIN = 24
/** What a worker needs before its first message. */
const BASE_BYTES = 160 * 1024 ** 2
/** What is in flight is held as it came and as it goes out. */
const COPIES = 2
/** An identity in memory with its bindings, and how many kinds a worker usually meets. */
const ENTRY_BYTES = 400
const KINDS = 3
const FILES_MIN = 1_024

/** Caches are in each process of a service; what is in flight is shared among them. */
export function checkHost(host: Host, config: WorkerConfig): readonly Check[] {
  const { owners, service } = config
  const { node, memory_bytes, heap_bytes, files_max } = host
  const in_flight = COPIES * service.in_flight_bytes_max
  const entries = owners.directory.type === 'file' ? 0 : KINDS * owners.cache.entries_max
  const heap_wanted = BASE_BYTES + entries * ENTRY_BYTES
  const checks: Check[] = []
  const add = (subject: string, status: Check['status'], message: string, fix?: string): void =>
    void checks.push({ area: 'process', subject, status, message, ...(fix && { fix }) })

  if (Number(node.split('.')[0]) < NODE_MAJOR_MIN)
    add('node', 'fail', `version ${node}`, `run it with Node ${NODE_MAJOR_MIN} or later`)
  else add('node', 'pass', `version ${node}`)

  const processes = workersOf(config)
  const wanted = in_flight + processes * heap_wanted
  const full = `with everything full ${processes > 1 ? `${processes} workers take` : 'it takes'} about ${bytesText(wanted)}`
  const has = Number.isFinite(memory_bytes) ? bytesText(memory_bytes) : 'without a limit'
  if (memory_bytes < service.in_flight_bytes_max)
    add(
      'memory',
      'fail',
      `${has}, less than service.in_flight_bytes_max (${bytesText(service.in_flight_bytes_max)})`,
      `give it ${bytesText(wanted)}, or lower service.in_flight_bytes_max`,
    )
  else if (memory_bytes < wanted)
    add(
      'memory',
      'warn',
      `${has}; ${full}`,
      `raise the limit, or lower service.in_flight_bytes_max${processes > 1 ? ', service.workers' : ''} or owners.cache.entries_max`,
    )
  else add('memory', 'pass', `${has}; ${full}`)

  if (heap_bytes < heap_wanted)
    add(
      'heap',
      'warn',
      `${bytesText(heap_bytes)}; with full caches it takes about ${bytesText(heap_wanted)}`,
      `start Node with --max-old-space-size=${Math.ceil(heap_wanted / 1024 ** 2)} (NODE_OPTIONS), or lower owners.cache.entries_max`,
    )
  else if (heap_bytes > memory_bytes)
    add(
      'heap',
      'warn',
      `it may grow to ${bytesText(heap_bytes)}, and there are ${has}`,
      `start Node with --max-old-space-size=${Math.ceil(heap_wanted / 1024 ** 2)} (NODE_OPTIONS)`,
    )
  else add('heap', 'pass', `up to ${bytesText(heap_bytes)}`)

  if (files_max !== undefined && files_max < FILES_MIN)
    add('open files', 'warn', `at most ${files_max}`, `allow ${FILES_MIN} (ulimit -n)`)
  else if (files_max !== undefined) add('open files', 'pass', `at most ${files_max}`)
  return checks
}

/** Files that hold secrets: read by the config itself, or named by it. */
export function secretFiles(config: WorkerConfig): readonly string[] {
  const connections = [...Object.values(config.receivers), ...Object.values(config.exporters)]
  const named = connections.flatMap(({ tls, auth }) => [
    tls?.key_file,
    auth?.sasl?.oauthbearer?.token_file,
  ])
  return [...named, config.owners.redis?.tls?.key_file].filter((file) => file !== undefined)
}

export function checkSecretFiles(
  files: readonly string[],
  absolute: (path: string) => string,
): readonly Check[] {
  return [...new Set(files)].map((subject): Check => {
    const about = { area: 'secrets', subject } as const
    try {
      const { mode } = statSync(absolute(subject))
      if ((mode & 0o004) === 0) return { ...about, status: 'pass', message: 'not for everybody' }
      const message = `everybody on this host may read it (mode ${(mode & 0o777).toString(8)})`
      return {
        ...about,
        status: 'warn',
        message,
        fix: 'chmod o-r, or defaultMode 0440 of the mount',
      }
    } catch {
      const fix = 'mount it, or correct the path'
      return { ...about, status: 'fail', message: 'it is not there, or may not be looked at', fix }
    }
  })
}
