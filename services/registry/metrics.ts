import { CATALOGUE } from '#/telemetry/index.ts'

/** What the registry counts beyond the lookups of its owner file. */
export const REGISTRY_METRICS = {
  whosecall_registry_requests_total: {
    type: 'counter',
    help: 'Lookup requests, by status code.',
    labels: { code: ['200', '400', '401', '413', '415', '500', '503'] },
  },
  whosecall_registry_keys_total: {
    type: 'counter',
    help: 'Keys of lookup requests, by what was answered.',
    labels: { status: ['found', 'not_found', 'error'] },
  },
  whosecall_registry_request_duration_seconds: {
    type: 'histogram',
    help: 'Time of one lookup request.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  },
} as const

const {
  whosecall_lookups_total: lookups,
  whosecall_limits_hit_total: limits,
  whosecall_directory_last_success_timestamp_seconds: last_success,
} = CATALOGUE

/** All that a registry can count: it has no bus, no Redis and no directory behind it. */
export const REGISTRY_CATALOGUE = {
  whosecall_build_info: CATALOGUE.whosecall_build_info,
  whosecall_owner_file_bindings: CATALOGUE.whosecall_owner_file_bindings,
  whosecall_owner_file_last_reload_successful:
    CATALOGUE.whosecall_owner_file_last_reload_successful,
  whosecall_directory_last_success_timestamp_seconds: {
    ...last_success,
    labels: { directory: ['file'] },
  },
  whosecall_lookups_total: { ...lookups, labels: { ...lookups.labels, tier: ['memory'] } },
  whosecall_limits_hit_total: { ...limits, labels: { limit: ['metric_series'] } },
  ...REGISTRY_METRICS,
} as const
