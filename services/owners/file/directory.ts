import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'

import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Startable } from '#/core/component.ts'
import type { Answer, Owners } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'

import type { FileDirectoryConfig } from '../config.ts'
import { createLookupCounts } from '../counts.ts'
import { reached } from '../deadline.ts'
import { loadOwnerText } from './load.ts'
import { loadOwnerTextInThread } from './load-thread.ts'
import type { FileDiagnostic } from './load.ts'
import { createOwnerTable } from './table.ts'
import type { OwnerTable } from './table.ts'

/**
 * Owners from a file, wholly in memory: every answer is synchronous and final until the file changes. The file is polled,
 * not watched, because a mounted ConfigMap changes by swapping a symbolic link. A file with errors never replaces a good
 * one. A file that is not there yet is an outage (`unavailable`): what mounts or copies it may come after the worker, and a
 * worker that restarts meanwhile shall not die of it. One that is there and wrong at the start is an error.
 */

export interface FileOwners extends Owners {
  /** Hash of the content in force; `undefined` while there was none. */
  readonly revision: string | undefined
  readonly bindings_count: number
  /** Why there is no content in force, once that is known. */
  readonly absent_reason: string | undefined
  /** Looks at the file now; the poll does the same. */
  reload(): Promise<void>
}

/** So many errors are written to the log or into the message of the error. */
const ERRORS_SHOWN = 20
/** Longer files are reloaded in a thread; this takes about 20 ms. */
const READ_AT_ONCE_LENGTH_MAX = 32_768
/** How long a file must stay as it is before it is read again. */
const SETTLE_MS = 50

export function createFileOwners(config: FileDirectoryConfig, ports: Ports): Startable<FileOwners> {
  return {
    async start() {
      const state = createFileState(config, ports)
      await state.reload('start')
      const ended = new AbortController()
      const polling = poll(() => state.reload('poll'), config, ports, ended.signal)
      const remove = ports.meter.onScrape(() => state.counts.flush())
      return {
        value: state.owners,
        async stop(deadline) {
          ended.abort()
          await Promise.race([polling, reached(deadline)])
          state.counts.flush()
          remove()
        },
      }
    },
  }
}

async function poll(
  reload: () => Promise<void>,
  config: FileDirectoryConfig,
  { clock }: Ports,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(config.reload_interval_ms, signal)
    if (!signal.aborted) await reload()
  }
}

function createFileState(config: FileDirectoryConfig, { logger, meter, clock }: Ports) {
  const path = resolve(config.path)
  const counts = createLookupCounts(meter)
  const successful = meter.gauge('whosecall_owner_file_last_reload_successful')
  const bindings_gauge = meter.gauge('whosecall_owner_file_bindings')
  const success = meter.gauge('whosecall_directory_last_success_timestamp_seconds')
  let table: OwnerTable | undefined
  let epoch = 0
  /** What the file looked like when it was last read, good or not. */
  let seen: string | undefined
  let unread_reason: string | undefined
  /** What was last read is in force. */
  let is_good = false

  function noteSuccess(): void {
    success.set(clock.now() / 1000, { directory: 'file' })
  }

  function find(key: Parameters<OwnerTable['find']>[0]): Answer {
    const answer = table === undefined ? unavailable(clock.now()) : table.find(key)
    counts.memory[answer.state]++
    return answer
  }

  const owners: FileOwners = {
    peek: find,
    lookup: (keys) => Promise.resolve(keys.map(find)),
    get epoch() {
      return epoch
    },
    get revision() {
      return table?.revision
    },
    get bindings_count() {
      return table?.bindings_count ?? 0
    },
    get absent_reason() {
      return table === undefined ? unread_reason : undefined
    },
    reload: () => reload('poll'),
  }

  let reloading: Promise<void> | undefined
  function reload(when: 'start' | 'poll'): Promise<void> {
    reloading ??= reloadNow(when).finally(() => (reloading = undefined))
    return reloading
  }

  async function reloadNow(when: 'start' | 'poll'): Promise<void> {
    try {
      const stamp = await stampOf(path)
      if (stamp === seen) {
        if (is_good) noteSuccess()
        return
      }
      is_good = false
      // Somebody may be writing it right now, and half a file can be well-formed.
      if (when === 'poll') await clock.sleep(SETTLE_MS)
      const text = await readSettled(path, stamp, config.file_bytes_max)
      if (text === undefined) return
      seen = stamp
      await use(text, when)
    } catch (error) {
      successful.set(0)
      if (error instanceof WhosecallError) throw error
      const message = messageOf(error)
      unread_reason = `the owner file ${path} cannot be read: ${message}`
      if (seen !== message) logger.warn({ path, reason: message }, 'owner file cannot be read')
      seen = message
    }
  }

  async function use(text: string, when: 'start' | 'poll'): Promise<void> {
    const is_long = when === 'poll' && text.length > READ_AT_ONCE_LENGTH_MAX
    const loaded = is_long
      ? await loadOwnerTextInThread({ file: path, text })
      : loadOwnerText(path, text)
    if (loaded.errors.length > 0) {
      successful.set(0)
      if (when === 'start')
        throw new WhosecallError('config_invalid', explain(config.path, loaded.errors))
      unread_reason = `the owner file ${path} has errors`
      const errors = loaded.errors.slice(0, ERRORS_SHOWN)
      logger.warn({ path, errors }, 'owner file has errors; the last good one stays in force')
      return
    }
    successful.set(1)
    is_good = true
    noteSuccess()
    if (loaded.revision === table?.revision) return
    if (loaded.warnings.length > 0) {
      const warnings = loaded.warnings.slice(0, ERRORS_SHOWN)
      logger.warn({ path, warnings }, 'owner file has warnings')
    }
    table = createOwnerTable(loaded.bindings, loaded.revision)
    bindings_gauge.set(table.bindings_count)
    epoch++
    if (when === 'poll') logger.info({ path, revision: table.revision }, 'owner file reloaded')
  }

  return { owners, counts, reload }
}

function unavailable(now_ms: number): Answer {
  return { state: 'unavailable', bindings: [], good_until_ms: now_ms }
}

/** What changes when a file changes: also a name that points to another file now. */
async function stampOf(path: string): Promise<string> {
  const { mtimeMs, ctimeMs, size, ino } = await stat(path)
  return `${mtimeMs}/${ctimeMs}/${size}/${ino}`
}

/** `undefined` when the file changed meanwhile; the next poll sees it again. */
async function readSettled(
  path: string,
  stamp: string,
  file_bytes_max: number,
): Promise<string | undefined> {
  const { size } = await stat(path)
  if (size > file_bytes_max) {
    throw new Error(`it has ${size} bytes; file_bytes_max allows ${file_bytes_max}`)
  }
  const text = await readFile(path, 'utf8')
  return (await stampOf(path)) === stamp ? text : undefined
}

function explain(path: string, errors: readonly FileDiagnostic[]): string {
  const lines = errors
    .slice(0, ERRORS_SHOWN)
    .map(({ file, line, column, message }) => `  ${file}:${line}:${column}: ${message}`)
  const more = errors.length > ERRORS_SHOWN ? [`  and ${errors.length - ERRORS_SHOWN} more`] : []
  return [`the owner file ${path} has errors:`, ...lines, ...more].join('\n')
}
