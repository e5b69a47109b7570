/**
 * `GET /tap?outcome=…&reason=…&source=…&stage=…&rate=10/s`: one JSON object a line, for as long as the client stays. A
 * client that reads too slowly misses events, and is told how many: `{"missed":12}`. An empty line says that nothing came.
 */
import type { ServerResponse } from 'node:http'
import { WhosecallError } from '#/core/errors.ts'
import type { AdminRoute } from '#/telemetry/index.ts'
import { mayShow, type Identities } from './identities.ts'
import { readTapFilter } from './tap-filter.ts'
import { TAP_CLIENTS_MAX, type Tap } from './tap.ts'
import type { TappedEvent } from './tapped-event.ts'

/** What waits for a client that is slower than its events. */
const QUEUE_BYTES_MAX = 262_144
/** Why keys are not shown. */
const WITHHELD =
  'evidence shows identities: it is given where /explain answers, see service.telemetry.metrics.explain'

export interface TapRouteOptions {
  /** Sources that a filter may name. */
  readonly knownSources: () => readonly string[]
  /** Whether what events carry as evidence may be shown. */
  readonly identities: Identities
}

/** Shorter than any time-out of an idle connection. */
const IDLE_LINE_MS = 5_000

export function tapRoute(tap: Tap, { knownSources, identities }: TapRouteOptions): AdminRoute {
  const open = new Set<ServerResponse>()
  return {
    path: '/tap',
    answer(request, reply) {
      try {
        const filter = readTapFilter(queryOf(request.query), knownSources())
        if (filter.evidence && !mayShow(identities, request))
          return reply.code(403).send({ error: WITHHELD })
        if (request.method === 'HEAD') return reply.type(TYPE).send()
        const out = reply.raw
        const unsubscribe = tap.subscribe(filter, lineWriter(out))
        if (unsubscribe === undefined)
          return reply.code(429).send({ error: `${TAP_CLIENTS_MAX} taps are open already` })
        reply.hijack()
        open.add(out)
        const idle = setInterval(() => out.write('\n'), IDLE_LINE_MS).unref()
        out.once('close', () => {
          clearInterval(idle)
          unsubscribe()
          open.delete(out)
        })
        out.writeHead(200, { 'content-type': TYPE, 'cache-control': 'no-store' })
        out.flushHeaders()
        return reply
      } catch (error) {
        if (!(error instanceof WhosecallError)) throw error
        return reply.code(400).send({ error: error.message })
      }
    },
    stop() {
      for (const out of open) out.end()
    },
  }
}

const TYPE = 'application/x-ndjson; charset=utf-8'

function lineWriter(out: ServerResponse): (event: TappedEvent) => void {
  let missed = 0
  return (event) => {
    if (out.writableLength > QUEUE_BYTES_MAX) {
      missed += 1
      return
    }
    if (missed > 0) out.write(`${JSON.stringify({ missed })}\n`)
    missed = 0
    out.write(`${JSON.stringify(event)}\n`)
  }
}

function queryOf(query: unknown): Readonly<Record<string, readonly string[]>> {
  if (typeof query !== 'object' || query === null) return {}
  return Object.fromEntries(
    Object.entries(query).map(([name, value]: readonly [string, unknown]) => [
      name,
      Array.isArray(value) ? value.map(String) : [String(value)],
    ]),
  )
}
