import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Deadline, Startable } from '#/core/component.ts'
import { WhosecallError, messageOf } from '#/core/errors.ts'
import type { Logger } from '#/core/ports.ts'

/**
 * The side door for operators: metrics and health, and the routes that a part of the program adds (the status page of a
 * worker). It answers GET and HEAD only, and serves nothing of the data.
 */

export interface Health {
  readonly ok: boolean
  /** Why not; static texts and names from the config, no data. */
  readonly reasons: readonly string[]
}

/** What a part of the program adds. A path that the server has itself, such as `/`, is taken over. */
export interface AdminRoute {
  /** As Fastify writes it: `/explain/:topic/:partition/:offset`. */
  readonly path: string
  /** HEAD comes here too; what is sent then loses its body. */
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => unknown
  /** Ends what its answers keep open; called once, before the server closes. */
  readonly stop?: () => void
}

export interface AdminServerOptions {
  /** `host:port`; port 0 takes any free one. */
  readonly endpoint: string
  /** The config key of `endpoint`, for messages (default `service.telemetry.metrics.endpoint`). */
  readonly endpoint_key?: string
  readonly metricsText: () => Promise<string>
  /** Progress: false asks the platform to restart the process. */
  readonly live: () => Health
  /** Whether a roll-out may go on. */
  readonly ready: () => Health
  readonly logger: Logger
  readonly routes?: readonly AdminRoute[]
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const REQUEST_TIMEOUT_MS = 10_000
const HEADER_TIMEOUT_MS = 10_000

export function createAdminServer(
  options: AdminServerOptions,
): Startable<{ readonly url: string }> {
  return {
    async start() {
      const server = Fastify({
        logger: false,
        forceCloseConnections: true,
        connectionTimeout: HEADER_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        bodyLimit: 1,
      })
      addRoutes(server, options)
      const url = await listen(server, options)
      let stopped: Promise<void> | undefined
      return {
        value: { url },
        stop(deadline) {
          if (stopped === undefined) for (const route of options.routes ?? []) route.stop?.()
          stopped ??= close(server, deadline)
          return stopped
        },
      }
    },
  }
}

function addRoutes(server: FastifyInstance, options: AdminServerOptions): void {
  const added = options.routes ?? []
  const paths = [...new Set(['/', '/metrics', '/livez', '/readyz', ...added.map((of) => of.path)])]
  for (const { path, answer: handler } of added) server.get(path, handler)
  server.get('/metrics', async (_request, reply) => {
    try {
      const text = await options.metricsText()
      return reply.header('content-type', CONTENT_TYPE).send(text)
    } catch (error) {
      options.logger.error({ error }, 'metrics cannot be rendered')
      return reply.code(500).send({ error: 'metrics cannot be rendered' })
    }
  })
  server.get('/livez', (_request, reply) => answer(reply, options.live()))
  server.get('/readyz', (_request, reply) => answer(reply, options.ready()))
  if (!added.some(({ path }) => path === '/'))
    server.get('/', (_request, reply) =>
      reply.header('content-type', 'text/html; charset=utf-8').send(INDEX),
    )
  server.setNotFoundHandler(({ method }, reply) =>
    method === 'GET' || method === 'HEAD'
      ? reply.code(404).send({ error: 'not found', paths })
      : reply.code(405).header('allow', 'GET, HEAD').send({ error: 'method not allowed' }),
  )
}

function answer(reply: FastifyReply, { ok, reasons }: Health): FastifyReply {
  return reply
    .code(ok ? 200 : 503)
    .header('cache-control', 'no-store')
    .send({ status: ok ? 'ok' : 'unavailable', reasons })
}

const INDEX = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>whosecall</title>
<style>:root { color-scheme: light dark; font-family: sans-serif }</style>
<h1>whosecall</h1>
<ul>
<li><a href="/metrics">/metrics</a>: Prometheus metrics
<li><a href="/livez">/livez</a>: is it making progress
<li><a href="/readyz">/readyz</a>: is it ready, and if not, why
</ul>
</html>
`

async function listen(server: FastifyInstance, options: AdminServerOptions): Promise<string> {
  const { endpoint, endpoint_key = 'service.telemetry.metrics.endpoint' } = options
  const { host, port } = parseEndpoint(endpoint, endpoint_key)
  try {
    await server.listen({ host, port })
  } catch (error) {
    await server.close()
    throw new WhosecallError(
      'dependency_unreachable',
      `cannot listen on ${endpoint}: ${listenReason(error)}; change ${endpoint_key}`,
      { cause: error },
    )
  }
  const address = server.server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
}

/** Splits `host:port`; an IPv6 host stands in brackets. */
export function parseEndpoint(endpoint: string, key: string): { host: string; port: number } {
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^\s:]+)):(?<port>\d{1,5})$/.exec(endpoint)?.groups
  const host = parts?.['v6'] ?? parts?.['host']
  const port = Number(parts?.['port'])
  if (host === undefined || port > 65_535) {
    throw new WhosecallError('config_invalid', `${key} is "${endpoint}", expected host:port`)
  }
  return { host, port }
}

function listenReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return 'another process uses this address'
  if (code === 'EACCES') return 'this process may not use this port'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'this machine has no such address'
  return messageOf(error)
}

async function close(server: FastifyInstance, deadline: Deadline): Promise<void> {
  const late = new Promise<void>((resolve) => {
    if (deadline.signal.aborted) resolve()
    deadline.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([server.close(), late])
}
