/**
 * Raises one finding for a rule, a subject and a window, however many calls there are. Windows are of Kafka timestamps, so
 * that the same input gives the same findings with the same ids; what is remembered is only which were raised. It is
 * bounded: what is forgotten in its window may be raised again, under the same id, and forgetting is counted.
 */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Ports } from '#/core/ports.ts'
import type { Mark } from './marks.ts'

export interface Finding {
  readonly uid: string
  readonly mark: Mark
  /** Of the message that raised it, epoch milliseconds. */
  readonly time_ms: number
  readonly window_start_ms: number
  readonly window_ms: number
  /** Of the event that raised it. */
  readonly event_id: string
  /** What was seen, for a rule that counts; sorted. */
  readonly members: readonly string[]
}

export interface Watch {
  /** `eventId` is asked for only when a finding is raised. */
  see(mark: Mark, time_ms: number, eventId: () => string): Finding | undefined
  /** It was not written and nobody else will raise it: the next event may. */
  forget(finding: Finding): void
}

export interface WatchOptions {
  readonly window_ms: number
  readonly subjects_max: number
  /** Workloads with one credential that make a finding. */
  readonly shared_credential_workloads: number
}

export function createWatch(options: WatchOptions, { meter }: Pick<Ports, 'meter'>): Watch {
  const { window_ms, subjects_max, shared_credential_workloads } = options
  const raised_count = meter.counter('whosecall_findings_total')
  const limits = meter.counter('whosecall_limits_hit_total')
  const onForgotten = (_: unknown, __: string, reason: LRUCache.DisposeReason) => {
    if (reason === 'evict') limits.add(1, { limit: 'finding_subjects' })
  }
  const raised = new LRUCache<string, true>({ max: subjects_max, dispose: onForgotten })
  const counted = new LRUCache<string, Set<string>>({ max: subjects_max, dispose: onForgotten })
  /** Marks that have nothing new to say in a window, so that most events cost one comparison. */
  let seen = new WeakMap<Mark, number>()

  /** `undefined`: not enough yet. */
  function membersOf(mark: Mark, name: string): readonly string[] | undefined {
    const { member } = mark
    if (member === undefined) return []
    // Names of different kinds may be one workload.
    const key = `${name}\n${member.slice(0, member.indexOf('='))}`
    const members = counted.get(key) ?? new Set()
    if (members.size < shared_credential_workloads) members.add(member)
    counted.set(key, members)
    return members.size < shared_credential_workloads ? undefined : [...members].toSorted()
  }

  return {
    see(mark, time_ms, eventId) {
      const window_start_ms = Math.max(0, Math.floor(time_ms / window_ms) * window_ms)
      if (seen.get(mark) === window_start_ms) return undefined
      const name = nameOf(mark, window_start_ms)
      const members = membersOf(mark, name)
      seen.set(mark, window_start_ms)
      if (members === undefined || raised.get(name)) return undefined
      raised.set(name, true)
      raised_count.add(1, { rule: mark.rule })
      return {
        uid: uidOf(name),
        mark,
        time_ms: Math.max(0, time_ms),
        window_start_ms,
        window_ms,
        event_id: eventId(),
        members,
      }
    },
    forget({ mark, window_start_ms }) {
      raised.delete(nameOf(mark, window_start_ms))
      seen = new WeakMap()
    },
  }
}

function nameOf({ origin, rule, subject }: Mark, window_start_ms: number): string {
  return JSON.stringify([origin, rule, subject, window_start_ms])
}

/** A UUID of version 8, whose bits are those of a hash. */
function uidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}
