import type { TapFilter } from '#/worker/admin/tap-filter.ts'
import { TAP_CLIENTS_MAX, type Tap } from '#/worker/admin/tap.ts'
import type { TappedEvent } from '#/worker/admin/tapped-event.ts'
import type { TapOrder } from './protocol.ts'

/** Looks on at all workers at once; each of them sends its share of what the rate allows. */
export interface ServiceTap extends Tap {
  /** Who looks on now, for a worker that has just started. */
  orders(): Iterable<TapOrder>
  onTapped(tap: number, event: TappedEvent): void
}

interface Client {
  readonly order: TapOrder
  readonly onEvent: (event: TappedEvent) => void
}

export function createServiceTap(workers: number, tell: (order: TapOrder) => void): ServiceTap {
  const clients = new Map<number, Client>()
  let last_tap = 0

  return {
    subscribe(filter: TapFilter, onEvent) {
      if (clients.size >= TAP_CLIENTS_MAX) return undefined
      last_tap += 1
      const tap = last_tap
      const order = { tap, filter: { ...filter, rate_per_s: filter.rate_per_s / workers } }
      clients.set(tap, { order, onEvent })
      tell(order)
      return () => {
        if (clients.delete(tap)) tell({ tap })
      }
    },
    *orders() {
      for (const { order } of clients.values()) yield order
    },
    onTapped: (tap, event) => clients.get(tap)?.onEvent(event),
  }
}
