/** Asks Redis and the directory of owners, or loads the owner file, and compares their clocks with ours. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf } from '#/core/errors.ts'
import {
  inspectDirectory,
  inspectRedis,
  loadOwnerFile,
  type DirectoryFacts,
  type OwnersConfig,
  type RedisFacts,
} from '#/owners/index.ts'
import type { Io } from '../command.ts'
import { bytesText, durationText, type Check } from './check.ts'

export interface OwnersReport {
  readonly checks: readonly Check[]
  /** Services that were asked, and those that answered. */
  readonly asked: number
  readonly answered: number
}

export async function checkOwners(config: OwnersConfig, io: Io): Promise<OwnersReport> {
  const { directory, redis } = config
  if (directory.type === 'file')
    return { checks: await checkFile(directory, io), asked: 0, answered: 0 }
  const now = (): number => io.clock.now()
  const reports = await Promise.all([
    ask(
      () => inspectDirectory(directory, now),
      (facts) => checkDirectory(directory, facts),
      (message) => ({
        area: 'directory',
        subject: directory.endpoint,
        status: 'fail',
        message: `no answer: ${message}`,
        fix: 'start it, or correct owners.directory.endpoint; until then events are unresolved',
      }),
    ),
    ...(redis === undefined
      ? []
      : [
          ask(
            () => inspectRedis(redis, now),
            (facts) => checkRedis(redisName(redis), redis.command_timeout_ms, facts),
            (message) => ({
              area: 'redis',
              subject: redisName(redis),
              status: 'fail',
              message: `no answer: ${message}`,
              fix: 'start it, or correct owners.redis; workers run without it, and the directory bears it all',
            }),
          ),
        ]),
  ])
  return {
    checks: reports.flatMap(({ checks }) => checks),
    asked: reports.length,
    answered: reports.filter(({ is_answered }) => is_answered).length,
  }
}

async function ask<T>(
  question: () => Promise<T>,
  judge: (facts: T) => readonly Check[],
  failed: (message: string) => Check,
): Promise<{ readonly checks: readonly Check[]; readonly is_answered: boolean }> {
  try {
    return { checks: judge(await question()), is_answered: true }
  } catch (error) {
    return { checks: [failed(reasonOf(error))], is_answered: false }
  }
}

/** The error of `fetch` says nothing itself. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const own = messageOf(cause instanceof Error ? cause : error)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return own === '' ? code || 'the connection failed' : own
}

function redisName({ endpoint, name }: NonNullable<OwnersConfig['redis']>): string {
  return endpoint === undefined ? `master ${name ?? ''}` : new URL(endpoint).host
}

type HttpDirectory = Extract<OwnersConfig['directory'], { readonly type: 'http' }>

export function checkDirectory(
  { endpoint, timeout_ms }: Pick<HttpDirectory, 'endpoint' | 'timeout_ms'>,
  facts: DirectoryFacts,
): readonly Check[] {
  const about = { area: 'directory', subject: endpoint } as const
  const { status, round_trip_ms, is_batch_reply, date_ms, answered_at_ms } = facts
  if (status === 401 || status === 403)
    return [
      {
        ...about,
        status: 'fail',
        message: `it refuses us with status ${status}`,
        fix: 'correct owners.directory.auth or headers',
      },
    ]
  if (status !== 200 || !is_batch_reply)
    return [
      {
        ...about,
        status: 'fail',
        message: `it answers with status ${status}${status === 200 ? ', and not as the lookup contract says' : ''}`,
        fix: 'owners.directory.endpoint is the base URL of a service with POST /v1/owners:batchLookup',
      },
    ]
  const clock = date_ms === undefined ? [] : [checkSkew(endpoint, date_ms, answered_at_ms)]
  const took = `an empty lookup took ${durationText(round_trip_ms)}`
  if (round_trip_ms > timeout_ms / 2)
    return [
      {
        ...about,
        status: 'warn',
        message: `${took}, and timeout_ms is ${timeout_ms}`,
        fix: 'bring it nearer, or raise owners.directory.timeout_ms',
      },
      ...clock,
    ]
  return [{ ...about, status: 'pass', message: took }, ...clock]
}

export function checkRedis(
  subject: string,
  command_timeout_ms: number,
  facts: RedisFacts,
): readonly Check[] {
  const about = { area: 'redis', subject } as const
  const { version, role, round_trip_ms, maxmemory_bytes, maxmemory_policy, evicted_keys } = facts
  const found: Check[] = []
  const warn = (message: string, fix: string): void =>
    void found.push({ ...about, status: 'warn', message, fix })
  if (role !== 'master')
    found.push({
      ...about,
      status: 'fail',
      message: `it is a ${role} and takes no writes`,
      fix: 'name the master, or use sentinels',
    })
  if (maxmemory_bytes === 0)
    warn(
      'it has no maxmemory: it may grow until its host kills it',
      'set maxmemory and maxmemory-policy allkeys-lru',
    )
  else if (maxmemory_policy === 'noeviction')
    warn(
      `full at ${bytesText(maxmemory_bytes)} it refuses writes (maxmemory-policy noeviction), and the directory is asked instead`,
      'set maxmemory-policy allkeys-lru',
    )
  else if (evicted_keys > 0)
    warn(
      `it has evicted ${evicted_keys} keys: it is too small for what it holds`,
      'raise maxmemory, if the directory is asked too often',
    )
  if (round_trip_ms > command_timeout_ms / 2)
    warn(
      `a PING takes ${durationText(round_trip_ms)}, and command_timeout_ms is ${command_timeout_ms}`,
      'bring it nearer, or raise owners.redis.command_timeout_ms',
    )
  const clock = checkSkew(subject, facts.time_ms, facts.asked_at_ms)
  if (found.length > 0) return [...found, clock]
  const message = `version ${version}, ${bytesText(facts.used_bytes)} of ${bytesText(maxmemory_bytes)} used, a PING takes ${durationText(round_trip_ms)}`
  return [{ ...about, status: 'pass', message }, clock]
}

/** Answers carry absolute times: their age is wrong by as much as clocks differ. */
const SKEW_MS_WARN = 2_000
const SKEW_MS_FAIL = 60_000

export function checkSkew(subject: string, theirs_ms: number, ours_ms: number): Check {
  const skew_ms = Math.abs(theirs_ms - ours_ms)
  const about = { area: 'clock', subject } as const
  if (skew_ms <= SKEW_MS_WARN)
    return { ...about, status: 'pass', message: `within ${durationText(SKEW_MS_WARN)} of ours` }
  return {
    ...about,
    status: skew_ms > SKEW_MS_FAIL ? 'fail' : 'warn',
    message: `${durationText(skew_ms)} ${theirs_ms > ours_ms ? 'ahead of' : 'behind'} ours: the age of owners is wrong by as much`,
    fix: 'let NTP set both clocks',
  }
}

async function checkFile(
  { path, file_bytes_max }: Extract<OwnersConfig['directory'], { readonly type: 'file' }>,
  io: Io,
): Promise<readonly Check[]> {
  const about = { area: 'directory', subject: path } as const
  try {
    const file = resolve(io.cwd, path)
    const { bindings, errors } = await loadOwnerFile(file, file_bytes_max)
    const { mtimeMs } = await stat(file)
    if (errors.length > 0)
      return [
        {
          ...about,
          status: 'fail',
          message: `${errors.length} errors; a worker would not start with it`,
          fix: 'whosecall validate -c … names them',
        },
      ]
    const age = `changed ${durationText(Math.max(0, io.clock.now() - mtimeMs))} ago`
    if (bindings.length === 0)
      return [
        {
          ...about,
          status: 'warn',
          message: `no bindings, ${age}: nobody will be named`,
          fix: 'add rows',
        },
      ]
    return [{ ...about, status: 'pass', message: `${bindings.length} bindings, ${age}` }]
  } catch (error) {
    const fix = 'correct owners.directory.path; a relative one starts at the working directory'
    return [{ ...about, status: 'fail', message: messageOf(error), fix }]
  }
}
