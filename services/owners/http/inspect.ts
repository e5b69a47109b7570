import type { HttpDirectoryConfig } from '../config.ts'
import { headersOf, lookupUrlOf, requestOf } from './client.ts'

/** Asks a directory about no key at all: the cheapest question of the contract, and one that changes nothing. */

export interface DirectoryFacts {
  readonly status: number
  readonly round_trip_ms: number
  /** Of its `Date` header, epoch milliseconds to the second, and of our clock when the answer came. */
  readonly date_ms: number | undefined
  readonly answered_at_ms: number
  /** Whether the reply is one of the contract. */
  readonly is_batch_reply: boolean
}

/** Rejects when there is no answer. */
export async function inspectDirectory(
  config: HttpDirectoryConfig,
  now: () => number,
): Promise<DirectoryFacts> {
  const start = performance.now()
  const response = await fetch(lookupUrlOf(config), {
    method: 'POST',
    headers: headersOf(config),
    body: JSON.stringify(requestOf(config, [])),
    redirect: 'error',
    signal: AbortSignal.timeout(Math.max(config.timeout_ms, WAIT_MS_MIN)),
  })
  const round_trip_ms = performance.now() - start
  const answered_at_ms = now()
  const text = (await response.text()).slice(0, REPLY_CHARS_MAX)
  const date = Date.parse(response.headers.get('date') ?? '')
  return {
    status: response.status,
    round_trip_ms,
    date_ms: Number.isNaN(date) ? undefined : date,
    answered_at_ms,
    is_batch_reply: isBatchReply(text),
  }
}

/** A patient probe tells slow from dead; the worker itself would not wait. */
const WAIT_MS_MIN = 3_000
/** An answer to no question is short. */
const REPLY_CHARS_MAX = 65_536

function isBatchReply(text: string): boolean {
  try {
    const reply: unknown = JSON.parse(text)
    return (
      typeof reply === 'object' &&
      reply !== null &&
      'results' in reply &&
      Array.isArray(reply.results)
    )
  } catch {
    return false
  }
}
