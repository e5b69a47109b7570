/**
 * `/explain/<topic>/<partition>/<offset>` of the admin server. Unlike the status page it shows identities, as the attributed
 * event itself does, so by default it answers only on a loopback address. It reads one message beside the group and is
 * asked by people: one explanation at a time is enough.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import { createDeadline, type AdminRoute } from '#/telemetry/index.ts'
import type { WorkerConfig } from '../config.ts'
import { readAsOf, readMessage, type MessagePlace } from '../explain/message.ts'
import { startExplaining, type ExplainDocument } from '../explain/index.ts'
import type { Connect } from '../index.ts'
import { NO_METER } from '../shadow/shadow.ts'
import { mayShow, type Identities } from './identities.ts'
import { html } from './page/html.ts'
import { explanation, explanationPage } from './page/explanation.ts'
import { PAGE_HEADERS } from './page/headers.ts'

export interface ExplainRouteOptions {
  /** The config in force. */
  readonly config: () => WorkerConfig | Promise<WorkerConfig>
  readonly connect: Connect
  readonly identities: Identities
  readonly ports: Ports
}

const STOP_MS_MAX = 1_000
const RETRY_AFTER_SECONDS = 2

export function explainRoute(options: ExplainRouteOptions): AdminRoute {
  let is_busy = false
  return {
    path: '/explain/:topic/:partition/:offset',
    async answer(request, reply) {
      if (!mayShow(options.identities, request))
        return answer(
          reply,
          403,
          'Not here',
          'Ask by an address of this machine: identities are shown.',
        )
      const place = placeOf(request)
      if (place === undefined)
        return answer(reply, 404, 'No such message', 'A message has a partition and an offset.')
      if (is_busy) {
        void reply.header('retry-after', RETRY_AFTER_SECONDS)
        return answer(reply, 503, 'One at a time', 'Somebody else asks at the moment; reload.')
      }
      is_busy = true
      try {
        const documents = await explanationsOf(options, place)
        const wanted = eventOf(request)
        const shown = documents.filter(({ index }) => wanted === undefined || index === wanted)
        const content = shown.flatMap((document, index) => explanation(document, String(index)))
        const title = `${place.topic}/${place.partition} at ${place.offset}`
        return send(reply, 200, explanationPage(title, content))
      } catch (error) {
        const is_known = error instanceof WhosecallError
        if (!is_known) options.ports.logger.warn({ error }, 'a message could not be explained')
        return answer(
          reply,
          is_known && error.code === 'usage' ? 404 : 502,
          'No explanation',
          messageOf(error),
        )
      } finally {
        is_busy = false
      }
    },
  }
}

async function explanationsOf(
  { config, connect, ports }: ExplainRouteOptions,
  place: MessagePlace,
): Promise<readonly ExplainDocument[]> {
  const in_force = await config()
  const read_as = readAsOf(in_force, place.topic)
  const message = await readMessage(read_as, place, connect, ports.clock)
  const explainer = await startExplaining({
    ...read_as,
    owners: in_force.owners,
    ports: { ...ports, meter: NO_METER },
  })
  try {
    return await explainer.explain(message)
  } finally {
    using deadline = createDeadline(ports.clock, STOP_MS_MAX)
    await explainer.stop(deadline)
  }
}

function answer(reply: FastifyReply, code: number, title: string, why: string): FastifyReply {
  return send(reply, code, explanationPage(title, [html`<p>${why}</p>`]))
}

function send(reply: FastifyReply, code: number, text: string): FastifyReply {
  return reply
    .code(code)
    .headers(PAGE_HEADERS)
    .header('content-type', 'text/html; charset=utf-8')
    .send(text)
}

const NUMBER = /^\d{1,15}$/

function placeOf({ params }: FastifyRequest): MessagePlace | undefined {
  const { topic, partition, offset } = params as Readonly<Record<string, string>>
  if (topic === undefined || !NUMBER.test(partition ?? '') || !NUMBER.test(offset ?? ''))
    return undefined
  return { topic, partition: Number(partition), offset: Number(offset) }
}

function eventOf({ query }: FastifyRequest): number | undefined {
  const { event } = query as Readonly<Record<string, unknown>>
  return typeof event === 'string' && NUMBER.test(event) ? Number(event) : undefined
}
