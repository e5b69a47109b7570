/**
 * What a running worker cannot take over from a new config: connections, topics, groups, and what the process was started
 * with. Everything that says how records are judged can change: processors, sources, trust, words, limits, owners.
 */
import { isDeepStrictEqual } from 'node:util'
import type { WorkerConfig } from '../config.ts'

/** Keys of a receiver that say how its records are judged. */
export const LIVE_RECEIVER_KEYS: readonly string[] = [
  'source',
  'custom',
  'trust',
  'issuer',
  'cluster',
  'tenant',
  'trusted_resource_attributes',
  'trusted_brokers',
  'trusted_proxies',
  'forwarded_hops',
  'nobody_words',
  'shared_words',
  'wrappers',
  'limits',
]

/** Paths of values that differ and would need a restart; at most 20. */
export function frozenChanges(before: WorkerConfig, after: WorkerConfig): readonly string[] {
  return differences(frozen(before), frozen(after), '').slice(0, PATHS_MAX)
}

const PATHS_MAX = 20

/** The config without all that may change. */
function frozen(config: WorkerConfig): unknown {
  const { receivers, exporters, service } = config
  const { pipelines, ...of_service } = service
  return {
    receivers: mapped(receivers, (receiver) => {
      const kept = Object.entries(receiver).filter(([key]) => !LIVE_RECEIVER_KEYS.includes(key))
      return { ...Object.fromEntries(kept), logs: { ...receiver.logs, encoding: undefined } }
    }),
    exporters,
    service: {
      ...of_service,
      pipelines: mapped(pipelines, (pipeline) => ({ ...pipeline, processors: undefined })),
    },
  }
}

function mapped<T>(map: Readonly<Record<string, T>>, change: (value: T) => unknown): unknown {
  return Object.fromEntries(Object.entries(map).map(([id, value]) => [id, change(value)]))
}

function differences(before: unknown, after: unknown, path: string): readonly string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isMap(before) || !isMap(after)) return [path]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) =>
    differences(before[key], after[key], path === '' ? key : `${path}.${key}`),
  )
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
