/** What the registry counts beyond the lookups of its owner file: rows for the meter of its process. */
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
