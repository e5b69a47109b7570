/**
 * The status as server-sent events. One picture serves all clients: it is made at most twice a second, and only while
 * somebody looks. A client gets the sections that changed since its last event. While it has not taken that one, it gets
 * no other, so what waits for it is never more than one event, and who takes nothing for too long is dropped.
 */
import type { Clock, Logger } from '#/core/ports.ts'
import { createChanges } from './changes.ts'
import type { Picture } from './document.ts'

/** What is needed of a response. */
export interface EventClient {
  write(text: string): unknown
  /** Bytes that the other side has not taken yet. */
  readonly writableLength: number
  end(): void
  destroy(): void
}

export interface EventStream {
  /** The picture of now, and the id of the event after which a client of it needs more. */
  current(): { readonly picture: Picture; readonly id: string }
  /** Opens a client, unless there are too many, and gives back what removes it. */
  add(open: () => EventClient, after: string | undefined): (() => void) | undefined
  readonly clients: number
  /** Ends all clients; later ones are refused. */
  stop(): void
}

export interface EventStreamOptions {
  readonly picture: () => Picture
  readonly clock: Clock
  readonly logger: Logger
  readonly clients_max?: number
}

const CLIENTS_MAX = 16
export const TICK_MS = 500
export const HEARTBEAT_MS = 15_000
export const SLOW_CLIENT_MS = 10_000
const RETRY_MS = 2_000

interface Served {
  readonly client: EventClient
  /** Version of the page at the other side. */
  version: number
  wrote_at_ms: number
}

export function createEventStream(options: EventStreamOptions): EventStream {
  const { clock, clients_max = CLIENTS_MAX } = options
  const changes = createChanges(options.picture)
  const refresh = quietly(changes.refresh, options.logger)
  const served = new Set<Served>()
  let is_stopped = false
  let looking: AbortController | undefined

  function serve(each: Served): void {
    const { client, version } = each
    const idle_ms = clock.now() - each.wrote_at_ms
    if (client.writableLength > 0) {
      if (idle_ms < SLOW_CLIENT_MS) return
      client.destroy()
      remove(each)
      return
    }
    if (version < changes.version) client.write(changes.eventAfter(version))
    else if (idle_ms >= HEARTBEAT_MS) client.write(': still here\n\n')
    else return
    each.version = changes.version
    each.wrote_at_ms = clock.now()
  }

  async function look(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(TICK_MS, signal)
      if (signal.aborted) return
      refresh()
      for (const each of served) serve(each)
    }
  }

  function remove(each: Served): void {
    served.delete(each)
    if (served.size > 0) return
    looking?.abort()
    looking = undefined
  }

  return {
    current: () => ({ picture: changes.refresh(), id: changes.id }),
    add(open, after) {
      if (is_stopped || served.size >= clients_max) return undefined
      const client = open()
      refresh()
      const version = changes.versionOf(after)
      const news = version < changes.version ? changes.eventAfter(version) : ''
      client.write(`retry: ${RETRY_MS}\n\n${news}`)
      const each = { client, version: changes.version, wrote_at_ms: clock.now() }
      served.add(each)
      if (looking === undefined) {
        looking = new AbortController()
        void look(looking.signal)
      }
      return () => remove(each)
    },
    get clients() {
      return served.size
    },
    stop() {
      is_stopped = true
      for (const each of [...served]) {
        each.client.end()
        remove(each)
      }
    },
  }
}

/** A failure is logged when it begins, and what there was stays. */
function quietly(make: () => unknown, logger: Logger): () => void {
  let is_failing = false
  return () => {
    try {
      make()
      is_failing = false
    } catch (error) {
      if (!is_failing) logger.error({ error }, 'the status cannot be made')
      is_failing = true
    }
  }
}
