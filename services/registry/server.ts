import { createHash, timingSafeEqual } from 'node:crypto'

import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify from 'fastify'
import type { FastifyError, FastifyInstance } from 'fastify'

import { messageOf, WhosecallError } from '#/core/errors.ts'
import { BATCH_LOOKUP_PATH, batch_request_schema, batch_response_schema } from '#/owners/index.ts'
import type { FileOwners } from '#/owners/index.ts'
import { parseEndpoint } from '#/telemetry/index.ts'

import type { RegistryConfig } from './config.ts'
import type { RegistryPorts } from './index.ts'
import { lookUp } from './lookup.ts'
import type { AskedKey } from './lookup.ts'
import { REGISTRY_METRICS } from './metrics.ts'

/** The HTTP side of the registry: the batch lookup, health and metrics. Errors are problem details (RFC 9457). */

type ServerConfig = RegistryConfig['registry']
interface LookupBody {
  readonly keys: readonly AskedKey[]
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const PROBLEM_TYPE = 'application/problem+json'
const RETRY_AFTER_S = 1
const METHODS: Readonly<Record<string, string>> = {
  [BATCH_LOOKUP_PATH]: 'POST',
  '/livez': 'GET, HEAD',
  '/readyz': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
}

export function createServer(
  config: ServerConfig,
  owners: FileOwners,
  ports: RegistryPorts,
): FastifyInstance {
  const ajv = new Ajv2020({ allErrors: false })
  const server = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: config.body_bytes_max,
    requestTimeout: config.request_timeout_ms,
    connectionTimeout: config.request_timeout_ms,
  })
  server.removeContentTypeParser('text/plain')
  server.setValidatorCompiler(({ schema }) => ajv.compile(schema))
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) ports.logger.error({ reason: messageOf(error) }, 'lookup request failed')
    // Validation messages name members and limits, never values.
    const detail = status >= 500 ? 'this is a bug of the registry' : error.message
    return reply
      .code(status)
      .type(PROBLEM_TYPE)
      .send({ status, title: titleOf(status), detail })
  })
  server.setNotFoundHandler((request, reply) => {
    const allowed = METHODS[request.url.split('?', 1)[0] ?? '']
    if (allowed !== undefined) {
      const detail = `expected ${allowed}, not ${request.method}`
      return reply
        .code(405)
        .header('allow', allowed)
        .type(PROBLEM_TYPE)
        .send({ status: 405, title: titleOf(405), detail })
    }
    const detail = `expected POST ${BATCH_LOOKUP_PATH}, or GET /livez, /readyz or /metrics`
    return reply
      .code(404)
      .type(PROBLEM_TYPE)
      .send({ status: 404, title: titleOf(404), detail })
  })
  addLookup(server, config, owners, ports)
  addHealth(server, owners, ports)
  return server
}

function addLookup(
  server: FastifyInstance,
  config: ServerConfig,
  owners: FileOwners,
  { meter }: RegistryPorts,
): void {
  const requests = meter.counter('whosecall_registry_requests_total')
  const keys_counter = meter.counter('whosecall_registry_keys_total')
  const seconds = meter.histogram('whosecall_registry_request_duration_seconds')
  const codes: readonly string[] = REGISTRY_METRICS.whosecall_registry_requests_total.labels.code
  server.post<{ Body: LookupBody }>(
    // A colon alone would begin a parameter.
    BATCH_LOOKUP_PATH.replace(':', '::'),
    {
      schema: { body: requestSchema(config.keys_max), response: { 200: batch_response_schema } },
      // The reply is built by us and checked by the contract suite; JSON.stringify is faster than a generic serializer.
      serializerCompiler: () => (data) => JSON.stringify(data),
      onRequest: async (request, reply) => {
        if (isAuthorised(config.bearer_token, request.headers.authorization)) return
        const detail = 'expected Authorization: Bearer with the token of the registry'
        await reply
          .code(401)
          .header('www-authenticate', 'Bearer')
          .type(PROBLEM_TYPE)
          .send({ status: 401, title: titleOf(401), detail })
      },
      onResponse: (_request, reply, done) => {
        const code = String(reply.statusCode)
        requests.add(1, { code: codes.includes(code) ? code : '500' })
        seconds.observe(reply.elapsedTime / 1000)
        done()
      },
    },
    async (request, reply) => {
      if (owners.revision === undefined) {
        const detail = 'there are no bindings yet'
        return reply
          .code(503)
          .header('retry-after', RETRY_AFTER_S)
          .type(PROBLEM_TYPE)
          .send({ status: 503, title: titleOf(503), detail })
      }
      const results = request.body.keys.map((key) => lookUp(owners, key, config))
      for (const status of ['found', 'not_found', 'error'] as const) {
        keys_counter.add(results.filter((result) => result.status === status).length, { status })
      }
      return reply.send({ results })
    },
  )
}

function addHealth(server: FastifyInstance, owners: FileOwners, ports: RegistryPorts): void {
  server.get('/livez', () => ({ status: 'ok', reasons: [] }))
  server.get('/readyz', (_request, reply) => {
    const is_ready = owners.revision !== undefined
    return reply.code(is_ready ? 200 : 503).send({
      status: is_ready ? 'ok' : 'unavailable',
      reasons: is_ready ? [] : ['the owner file was not read yet'],
    })
  })
  server.get('/metrics', async (_request, reply) =>
    reply.type(METRICS_TYPE).send(await ports.metricsText()),
  )
}

export async function listen(server: FastifyInstance, endpoint: string): Promise<string> {
  const { host, port } = parseEndpoint(endpoint, 'registry.endpoint')
  try {
    return await server.listen({ host, port })
  } catch (error) {
    await server.close()
    const message = `cannot listen on ${endpoint}: ${messageOf(error)}; change registry.endpoint`
    throw new WhosecallError('dependency_unreachable', message, { cause: error })
  }
}

function requestSchema(keys_max: number): object {
  const { properties } = batch_request_schema
  const keys = { ...properties.keys, maxItems: keys_max }
  return { ...batch_request_schema, properties: { ...properties, keys } }
}

function isAuthorised(token: string | undefined, header: string | undefined): boolean {
  if (token === undefined) return true
  // Hashes have one length, so the comparison tells nothing about the token.
  return timingSafeEqual(sha256(`Bearer ${token}`), sha256(header ?? ''))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function titleOf(status: number): string {
  const titles: Readonly<Record<number, string>> = {
    400: 'Bad request',
    401: 'Unauthorized',
    404: 'Not found',
    405: 'Method not allowed',
    413: 'Request too large',
    415: 'Expected application/json',
    503: 'Not ready',
  }
  return titles[status] ?? 'Error'
}
