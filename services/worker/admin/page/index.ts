/**
 * The routes of the status page: the document, the status as JSON, its changes as events, and two files. Everything comes
 * from memory and from this server; the policy in the headers allows nothing else, no inline script or style among it.
 */
import { readFileSync } from 'node:fs'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Logger } from '#/core/ports.ts'
import type { Status } from '#/core/status.ts'
import type { AdminRoute } from '#/telemetry/index.ts'
import { documentOf, pictureOf } from './document.ts'
import { createEventStream, type EventStream } from './events.ts'
import { PAGE_HEADERS } from './headers.ts'
import type { PageOptions } from './options.ts'

export interface StatusPageOptions extends PageOptions {
  readonly status: () => Status
  readonly clock: Clock
  readonly logger: Logger
  /** Pages that are live at one time (default 16); those beyond get 503 and try again. */
  readonly clients_max?: number
}

const HTML = 'text/html; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const EVENTS = 'text/event-stream; charset=utf-8'
const RETRY_AFTER_SECONDS = 30

/** Routes for `createAdminServer({ routes })`. */
export function statusRoutes(options: StatusPageOptions): readonly AdminRoute[] {
  const { logger } = options
  const stream = createEventStream({
    ...options,
    picture: () => pictureOf(options.status(), options),
  })
  const made = (type: string, make: () => string) => (_: FastifyRequest, reply: FastifyReply) => {
    try {
      const text = make()
      return reply.headers(PAGE_HEADERS).header('content-type', type).send(text)
    } catch (error) {
      logger.error({ error }, 'the status cannot be made')
      return reply.code(500).headers(PAGE_HEADERS).send({ error: 'the status cannot be made' })
    }
  }
  const file = (name: string, type: string) => {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8')
    return made(type, () => text)
  }
  return [
    {
      path: '/',
      answer: made(HTML, () => {
        const { picture, id } = stream.current()
        return documentOf(picture, id)
      }),
    },
    { path: '/status.json', answer: made(JSON_TYPE, () => JSON.stringify(options.status())) },
    { path: '/events', answer: answerEvents(stream), stop: () => stream.stop() },
    { path: '/page.css', answer: file('./page.css', 'text/css; charset=utf-8') },
    { path: '/page.js', answer: file('./page.js', 'text/javascript; charset=utf-8') },
  ]
}

function answerEvents(stream: EventStream) {
  return (request: FastifyRequest, reply: FastifyReply): unknown => {
    if (request.method === 'HEAD')
      return reply.headers(PAGE_HEADERS).header('content-type', EVENTS).send()
    const response = reply.raw
    const open = () => {
      reply.hijack()
      // The server closes idle connections; this one is idle by design, and its heartbeats find out who is gone.
      response.socket?.setTimeout(0)
      return response.writeHead(200, {
        ...PAGE_HEADERS,
        'content-type': EVENTS,
        'x-accel-buffering': 'no',
      })
    }
    const remove = stream.add(open, afterOf(request))
    if (remove !== undefined) return void response.once('close', remove)
    return reply
      .code(503)
      .headers(PAGE_HEADERS)
      .header('retry-after', RETRY_AFTER_SECONDS)
      .send({ error: 'too many pages are live; reload to see the status' })
  }
}

/** A browser that comes back says it in the header, our page that was paused in the query. */
function afterOf({ headers, query }: FastifyRequest): string | undefined {
  const header = headers['last-event-id']
  if (typeof header === 'string') return header
  const after = (query as Readonly<Record<string, unknown>>)['after']
  return typeof after === 'string' ? after : undefined
}
