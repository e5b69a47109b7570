import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'

import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'

import { messageOf, WhosecallError } from '#/core/errors.ts'

import type { RedisConfig, RedisTls } from '../config.ts'

/**
 * The connection to Redis, reduced to what the tier needs. The options make a dead Redis cost nothing: no offline queue,
 * no retries per request, nothing sent again after a reconnect; a connection that owes a reply and is silent is closed.
 * Time-outs of commands are kept by the caller, who knows a busy event loop from a slow server; the client's own would
 * also cut short the handshake.
 */

export interface RedisLink {
  /** Commands can be sent; otherwise they reject at once. */
  readonly is_ready: boolean
  mget(keys: readonly string[]): Promise<readonly (string | null)[]>
  /** Rejects when any of them was refused. */
  set(entries: readonly RedisEntry[]): Promise<void>
  unlink(keys: readonly string[]): Promise<void>
  ping(): Promise<void>
  /** Resolves when connected, or when the first attempt has failed. */
  connect(): Promise<void>
  onReady(listener: () => void): void
  /** Where it goes, for log lines: address of Redis or of the sentinels, and whether by TLS. */
  readonly target: { readonly redis: string; readonly tls: boolean }
  /** What went wrong last on the connection. */
  readonly last_error: string | undefined
  close(): void
}
export interface RedisEntry {
  readonly key: string
  readonly value: string
  readonly ttl_ms: number
}

const RECONNECT_DELAY_MS = 50
const RECONNECT_DELAY_MS_MAX = 1000

export async function createRedisLink(config: RedisConfig): Promise<RedisLink> {
  const options = await optionsOf(config)
  const redis = new Redis({ ...options, replyMapping: 'legacy' })
  let last_error: string | undefined
  redis.on('error', (error: unknown) => {
    last_error = messageOf(error)
  })
  return {
    target: { redis: addressesOf(config), tls: options.tls !== undefined },
    get is_ready() {
      return redis.status === 'ready'
    },
    get last_error() {
      return last_error
    },
    mget: (keys) => redis.mget([...keys]),
    async set(entries) {
      const pipeline = redis.pipeline()
      for (const { key, value, ttl_ms } of entries) pipeline.set(key, value, 'PX', ttl_ms)
      const replies = (await pipeline.exec()) ?? []
      const refused = replies.find(([error]) => error !== null)?.[0]
      if (refused !== undefined && refused !== null) throw refused
    },
    async unlink(keys) {
      await redis.unlink(...keys)
    },
    async ping() {
      await redis.ping()
    },
    async connect() {
      // Later attempts are the client's own; their outcome is seen in `is_ready`.
      await redis.connect().catch(() => {})
    },
    onReady(listener) {
      redis.on('ready', listener)
    },
    close() {
      redis.disconnect()
    },
  }
}

export async function optionsOf(config: RedisConfig): Promise<RedisOptions> {
  const common: RedisOptions = {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    socketTimeout: config.socket_timeout_ms,
    connectTimeout: config.connect_timeout_ms,
    connectionName: 'whosecall',
    retryStrategy: reconnectDelay,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.tls === undefined ? {} : { tls: await tlsOf(config.tls) }),
  }
  if (config.sentinels === undefined) {
    return { ...common, ...addressOf(config.endpoint ?? '', common.tls) }
  }
  return {
    ...common,
    sentinels: [...config.sentinels],
    ...(config.name === undefined ? {} : { name: config.name }),
    sentinelRetryStrategy: reconnectDelay,
    sentinelCommandTimeout: config.connect_timeout_ms,
    ...(common.tls === undefined
      ? {}
      : { sentinelTLS: common.tls, enableTLSForSentinelMode: true }),
    ...(config.sentinel_password === undefined
      ? {}
      : { sentinelPassword: config.sentinel_password }),
    // After a failover the old master refuses writes: find the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
}

/** The form was checked with the config. */
function addressOf(endpoint: string, tls: ConnectionOptions | undefined): RedisOptions {
  const url = new URL(endpoint)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || '6379'),
    db: Number(url.pathname.slice(1) || '0'),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.protocol === 'rediss:' && tls === undefined ? { tls: {} } : {}),
  }
}

export function addressesOf({ endpoint, sentinels }: RedisConfig): string {
  if (sentinels === undefined) return new URL(endpoint ?? '').host
  return sentinels.map(({ host, port }) => `${host}:${port}`).join(', ')
}

async function tlsOf(tls: RedisTls): Promise<ConnectionOptions> {
  return {
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(tls.ca_file === undefined ? {} : { ca: await readPem('ca_file', tls.ca_file) }),
    ...(tls.cert_file === undefined ? {} : { cert: await readPem('cert_file', tls.cert_file) }),
    ...(tls.key_file === undefined ? {} : { key: await readPem('key_file', tls.key_file) }),
    ...(tls.server_name === undefined ? {} : { servername: tls.server_name }),
  }
}

async function readPem(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const message = `cannot read owners.redis.tls.${option}: ${messageOf(error)}`
    throw new WhosecallError('config_invalid', message, { cause: error })
  }
}

function reconnectDelay(attempt: number): number {
  const delay_ms = Math.min(RECONNECT_DELAY_MS * 2 ** Math.min(attempt, 10), RECONNECT_DELAY_MS_MAX)
  return Math.round(delay_ms * (0.8 + 0.2 * Math.random()))
}
