import type { Caller } from './callers.ts'
import type { Gap } from './lines.ts'
import type { Attribution } from './read-attribution.ts'
import { createScore, type Shares } from './score.ts'

/**
 * Decides what is worth saying as events come out: a few examples of each kind, and the moment the unattributed rate
 * crosses the alert line. It holds no more than a fixed number of events' worth of memory.
 *
 * Alert: calm ─▶ firing when the rate of the window is above the line; firing ─▶ calm when it has fallen clearly below.
 */
export const ALERT_LINE = 0.3
const CALM_LINE = 0.25
const WINDOW_EVENTS = 1000
/** Small denominators fabricate alerts. */
const ALERT_EVENTS_MIN = 250
const EXAMPLES_PER_KIND = 1
const OWNERS_MAX = 256
const OWNERS_SHOWN = 5

export type Notice =
  | { readonly type: 'example'; readonly caller: Caller; readonly found: Attribution }
  | { readonly type: 'alert'; readonly recent: Shares; readonly gap: Gap | undefined }
  | { readonly type: 'recovery'; readonly recent: Shares }

export interface Watch {
  add(caller: Caller, found: Attribution): readonly Notice[]
  total(): Shares
  recent(): Shares
  topOwners(): readonly (readonly [owner: string, events: number])[]
}

export function createWatch(): Watch {
  const score = createScore(WINDOW_EVENTS)
  const gaps = createGaps()
  const shown = new Map<string, number>()
  const owners = new Map<string, number>()
  let firing = false

  const alertChange = (): Notice | undefined => {
    const recent = score.recent()
    if (!firing && recent.events >= ALERT_EVENTS_MIN && recent.unattributed_rate > ALERT_LINE) {
      firing = true
      return { type: 'alert', recent, gap: gaps.largest() }
    }
    if (firing && recent.unattributed_rate < CALM_LINE) {
      firing = false
      return { type: 'recovery', recent }
    }
    return undefined
  }

  return {
    add(caller, found) {
      score.add(found.outcome, found.reason)
      gaps.add(caller, found)
      const owner = found.owner_id
      if (owner !== undefined && (owners.has(owner) || owners.size < OWNERS_MAX)) {
        owners.set(owner, (owners.get(owner) ?? 0) + 1)
      }
      const notices: Notice[] = []
      const kind =
        found.outcome === 'attributed' ? `${caller.source} ${found.method}` : found.reason
      const seen = shown.get(kind ?? '') ?? 0
      if (seen < EXAMPLES_PER_KIND) {
        shown.set(kind ?? '', seen + 1)
        notices.push({ type: 'example', caller, found })
      }
      const change = alertChange()
      if (change !== undefined) notices.push(change)
      return notices
    },
    total: () => score.total(),
    recent: () => score.recent(),
    topOwners: () => [...owners].toSorted(([, a], [, b]) => b - a).slice(0, OWNERS_SHOWN),
  }
}

/** Which addresses make up the gap of the window. */
function createGaps(): {
  add(caller: Caller, found: Attribution): void
  largest(): Gap | undefined
} {
  const ring: { name: string; address: string; suggested: string | undefined; ip_only: boolean }[] =
    []
  let next = 0
  return {
    add(caller, found) {
      if (found.outcome !== 'unattributed') return
      ring[next % GAP_EVENTS] = {
        name: caller.name,
        address: caller.address,
        suggested: found.suggested_owner,
        ip_only: found.reason === 'ip_only',
      }
      next += 1
    },
    largest() {
      const groups = Map.groupBy(
        ring.filter((entry) => entry.ip_only),
        (entry) => entry.name,
      )
      const [largest] = [...groups.values()].toSorted((a, b) => b.length - a.length)
      if (largest === undefined) return undefined
      const suggested_owner = largest.find((entry) => entry.suggested !== undefined)?.suggested
      return {
        addresses: [...new Set(largest.map((entry) => entry.address))].toSorted(),
        share: largest.length / ring.length,
        ...(suggested_owner === undefined ? {} : { suggested_owner }),
      }
    },
  }
}

const GAP_EVENTS = 250
