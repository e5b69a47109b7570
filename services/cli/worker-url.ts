import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { OptionSpec } from './command.ts'

/** The admin server of a running worker: where it is, and how to ask it. */

export const DEFAULT_URL = 'http://127.0.0.1:9464'

export const URL_OPTION: OptionSpec = {
  type: 'text',
  value: 'URL',
  description: `admin server of the worker (default ${DEFAULT_URL})`,
}

const ANSWER_WAIT_MS = 5_000

export function workerUrl(text: string | undefined): URL {
  const given = text ?? DEFAULT_URL
  const url = URL.parse(given)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new WhosecallError('usage', `--url must be like ${DEFAULT_URL}, not "${given}"`)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** How it is shown: without the slash at its end, and without a password. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.replace(/\/$/, '')
}

/** The text at a path below the URL. What does not answer is unreachable; so is what is no worker. */
export async function readWorker(url: URL, path: string, stop: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_WAIT_MS)])
  try {
    const response = await openWorker(url, path, signal)
    return await response.text()
  } catch (error) {
    throw error instanceof WhosecallError ? error : unreachable(url, messageOf(error), error)
  }
}

/** An answer whose body is yet to be read. */
export async function openWorker(url: URL, path: string, signal: AbortSignal): Promise<Response> {
  const at = new URL(path, url)
  let response: Response
  try {
    response = await fetch(at, { signal, headers: { accept: 'application/json' } })
  } catch (error) {
    throw unreachable(url, causeOf(error), error)
  }
  if (response.ok) return response
  const said = await response.text().catch(() => '')
  if (response.status === 400)
    throw new WhosecallError('usage', reasonIn(said).replace(/^: /, '') || `${at.href} is refused`)
  if (response.status === 404)
    throw unreachable(url, `it has no ${at.pathname}: is it the admin server of a worker?`)
  throw unreachable(url, `it answers ${response.status}${reasonIn(said)}`)
}

export function unreachable(url: URL, why: string, cause?: unknown): WhosecallError {
  return new WhosecallError(
    'dependency_unreachable',
    `no worker at ${shownUrl(url)}: ${why}\n` +
      'Is it running? --url names its admin server, which the config has under service.telemetry.metrics.endpoint.',
    { cause },
  )
}

/** `fetch` says only that it failed; why is in its cause. */
function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer within ${ANSWER_WAIT_MS} ms`
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND') return 'no such host'
  return messageOf(cause ?? error)
}

function reasonIn(text: string): string {
  try {
    const said: unknown = JSON.parse(text)
    if (typeof said === 'object' && said !== null && 'error' in said)
      return `: ${String(said.error)}`
  } catch {
    // No JSON: the number has to do.
  }
  return ''
}
