import { Ajv2020 } from 'ajv/dist/2020.js'

import { messageOf } from '#/core/errors.ts'
import type { Key } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'

import { bulkhead } from 'cockatiel'

import { withBelievedTimeout } from '../believed.ts'
import { createOwnerIntern, readRow } from '../bindings.ts'
import type { InternOwner } from '../bindings.ts'
import { createBreaker, RefusedError } from '../breaker.ts'
import type { BreakerState } from '../breaker.ts'
import type { HttpDirectoryConfig } from '../config.ts'
import type { LookupCounts } from '../counts.ts'
import { isRow } from '../row-schema.ts'
import type { Directory, DirectoryResult } from '../tier.ts'
import { BATCH_LOOKUP_PATH, batch_response_schema } from './contract.ts'
import type { BatchRequest, BatchResponse, BatchResult } from './contract.ts'

/**
 * A directory behind HTTP. A request that fails in any way makes its keys `unavailable`; only a well-formed reply of the
 * right length may say `not_found`. A directory that asks for a pause (429, 503 with `Retry-After`) gets it.
 */

export interface HttpDirectory extends Directory {
  readonly state: BreakerState
  stop(): void
}

/** Batches that wait for a free request; more are unavailable at once. */
const WAITING_BATCHES_MAX = 64
/** Characters of the identities in one request; each is at most six bytes of JSON. */
const BATCH_LENGTH_MAX = 262_144
const RETRY_AFTER_MS_MAX = 60_000
const UNAVAILABLE: DirectoryResult = { type: 'unavailable' }

const isBatchResponse = new Ajv2020().compile<BatchResponse>(batch_response_schema)

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export function createHttpDirectory(
  config: HttpDirectoryConfig,
  { clock, logger, meter }: Ports,
  counts: LookupCounts,
  fetcher: Fetch = fetch,
): HttpDirectory {
  const url = lookupUrlOf(config)
  const seconds = meter.histogram('whosecall_lookup_duration_seconds')
  const success = meter.gauge('whosecall_directory_last_success_timestamp_seconds')
  const gate = bulkhead(config.requests_max, WAITING_BATCHES_MAX)
  const ended = new AbortController()
  /** What the probe asks for. */
  let last_key: Key | undefined
  let last_error = ''
  const breaker = createBreaker({
    dependency: 'directory',
    probe_interval_ms: config.probe_interval_ms,
    probe: () => request(last_key === undefined ? [] : [last_key]),
    clock,
    meter,
    onOpen: () => logger.warn({ reason: last_error }, 'owner directory does not answer'),
    onClosed: () => logger.info({}, 'owner directory answers again'),
  })

  async function askChunk(keys: readonly Key[]): Promise<readonly DirectoryResult[]> {
    last_key = keys[0]
    const asked_ms = clock.now()
    let results: readonly BatchResult[]
    try {
      results = await gate.execute(() => breaker.run(() => request(keys)))
    } catch (error) {
      counts.directory[error instanceof RefusedError ? 'unavailable' : 'error'] += keys.length
      return keys.map(() => UNAVAILABLE)
    }
    success.set(clock.now() / 1000, { directory: 'http' })
    const intern = createOwnerIntern()
    return results.map((result) => {
      const read = readResult(result, asked_ms, intern)
      counts.directory[COUNTED_AS[read.type]]++
      return read
    })
  }

  async function request(keys: readonly Key[]): Promise<readonly BatchResult[]> {
    const started = performance.now()
    const cancel = new AbortController()
    const signal = AbortSignal.any([ended.signal, cancel.signal])
    try {
      const reply = send(keys, signal)
      return await withBelievedTimeout('owner directory', reply, config.timeout_ms, clock)
    } catch (error) {
      last_error = messageOf(error)
      throw error
    } finally {
      cancel.abort()
      seconds.observe((performance.now() - started) / 1000, { tier: 'directory' })
    }
  }

  async function send(keys: readonly Key[], signal: AbortSignal): Promise<readonly BatchResult[]> {
    const response = await fetchTwice({
      method: 'POST',
      headers: headersOf(config),
      body: JSON.stringify(requestOf(config, keys)),
      redirect: 'error',
      signal,
    })
    if (response.status !== 200) {
      const pause_ms = retryAfterMs(response, clock.now())
      if (pause_ms !== undefined) breaker.pause(pause_ms)
      await response.body?.cancel()
      throw new Error(`status ${response.status}`)
    }
    const body: unknown = JSON.parse(await readBody(response, config.response_bytes_max, counts))
    if (!isBatchResponse(body)) throw new Error('the reply is not a batch lookup response')
    if (body.results.length !== keys.length) {
      throw new Error(`asked for ${keys.length} keys, got ${body.results.length} results`)
    }
    return body.results
  }

  /** A connection that broke may have been a restart of one of several servers. Asking again changes nothing there. */
  async function fetchTwice(init: RequestInit): Promise<Response> {
    try {
      return await fetcher(url, init)
    } catch (error) {
      if (init.signal?.aborted === true) throw error
      return fetcher(url, init)
    }
  }

  return {
    get state() {
      return breaker.state
    },
    async ask(keys) {
      const chunks = chunksOf(keys, config.batch_keys_max)
      return (await Promise.all(chunks.map(askChunk))).flat()
    },
    stop() {
      ended.abort()
      breaker.stop()
    },
  }
}

/** Batches of so many keys and so many characters, so that no request is too large for a directory. */
function chunksOf(keys: readonly Key[], keys_max: number): readonly (readonly Key[])[] {
  const chunks: Key[][] = []
  let chunk: Key[] = []
  let length = 0
  for (const key of keys) {
    length += key.value.length
    if (chunk.length === keys_max || (length > BATCH_LENGTH_MAX && chunk.length > 0)) {
      chunks.push(chunk)
      chunk = []
      length = key.value.length
    }
    chunk.push(key)
  }
  return chunk.length > 0 ? [...chunks, chunk] : chunks
}

const COUNTED_AS = { found: 'fresh', not_found: 'negative', unavailable: 'error' } as const

/** A row that cannot be read makes the key unavailable: the rest of its rows might name the wrong owner. */
function readResult(result: BatchResult, asked_ms: number, intern: InternOwner): DirectoryResult {
  const revision = result.rev === undefined ? {} : { revision: result.rev }
  if (result.status === 'not_found') {
    return { type: 'not_found', ...revision, ...ttl(result.negative_ttl_s) }
  }
  const versions: readonly unknown[] = result.versions ?? []
  if (result.status === 'error' || versions.length === 0) return UNAVAILABLE
  const bindings = []
  for (const row of versions) {
    const read = isRow(row) ? readRow(row, intern) : undefined
    if (read === undefined || !read.ok) return UNAVAILABLE
    bindings.push(read.binding)
  }
  const stored = { bindings, fetched_at_ms: asked_ms, ...revision, ...ttl(result.ttl_s) }
  return { type: 'found', stored }
}

function ttl(seconds: number | undefined): { readonly ttl_ms?: number } {
  return seconds === undefined ? {} : { ttl_ms: seconds * 1000 }
}

export function lookupUrlOf({ endpoint }: HttpDirectoryConfig): string {
  return `${endpoint.replace(/\/+$/, '')}${BATCH_LOOKUP_PATH}`
}

export function requestOf(config: HttpDirectoryConfig, keys: readonly Key[]): BatchRequest {
  return {
    ...(config.tenant === undefined ? {} : { tenant: config.tenant }),
    keys: keys.map(({ kind, value }) => ({ kind, value })),
  }
}

export function headersOf(config: HttpDirectoryConfig): Record<string, string> {
  return {
    ...config.headers,
    ...(config.auth === undefined ? {} : { authorization: `Bearer ${config.auth.bearer_token}` }),
    'content-type': 'application/json',
    accept: 'application/json',
  }
}

/** Seconds or a date; only what asks for a pause counts. */
function retryAfterMs(response: Response, now_ms: number): number | undefined {
  if (response.status !== 429 && response.status !== 503) return undefined
  const header = response.headers.get('retry-after')
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now_ms
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX)
}

async function readBody(
  response: Response,
  bytes_max: number,
  { limits }: LookupCounts,
): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > bytes_max) {
      limits.lookup_body_bytes++
      throw new Error(`the reply is larger than ${bytes_max} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
