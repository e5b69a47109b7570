import type { Status } from '#/core/status.ts'

/** A worker that has something of everything: reasons, gaps, partitions in several states, a lane that holds, problems. */
export const BUSY_STATUS: Status = {
  version: '1.2.3',
  at: '2026-03-01T12:00:00.000Z',
  started_at: '2026-03-01T09:57:00.000Z',
  processes: [{ pid: 41, state: 'running', restarts: 0 }],
  live: { ok: true, reasons: [] },
  ready: { ok: true, reasons: [] },
  config: { loaded_at: '2026-03-01T09:57:00.000Z', is_current: true },
  events_per_second: 1240.25,
  since_start: [
    row('attributed', 'none', 9_100_000, 4_000_000_000, 61_000),
    row('unattributed', 'ip_only', 700_000, 1_000_000_000, 9_000.5),
    row('unresolved', 'lookup_unavailable', 12, 4_000, 0.25),
  ],
  recent: [
    row('attributed', 'none', 9_300, 4_650_000, 80),
    row('unattributed', 'ip_only', 600, 300_000, 15),
    row('unattributed', 'unknown_identity', 100, 50_000, 5),
    row('unresolved', 'lookup_unavailable', 12, 4_000, 0.25),
  ],
  recent_seconds: 300,
  gaps: [
    {
      fingerprint: 'a1b2c3d4e5f6',
      source: 'litellm',
      evidence: [],
      ...row('unattributed', 'ip_only', 45_210, 9_000_000, 812.5),
      first_seen: '2026-03-01T10:00:00.000Z',
      last_seen: '2026-03-01T11:59:57.000Z',
      example: { topic: 'llm-raw', partition: 2, offset: 12_345, event: 0 },
    },
    {
      fingerprint: '0f0e0d0c0b0a',
      source: 'kong-ai-proxy',
      evidence: ['api_key', 'service'],
      ...row('unattributed', 'unknown_identity', 310, 70_000, 2),
      first_seen: '2026-03-01T10:00:00.000Z',
      last_seen: '2026-03-01T11:30:00.000Z',
      example: { topic: 'llm-raw', partition: 0, offset: 9_000, event: 3 },
    },
  ],
  gap_count: 40,
  partitions: [
    partition(0, 'ok', 12, 1),
    partition(1, 'stall', 90_500, 340),
    { ...partition(2, 'ok', 0, 0), in_flight: 3 },
  ],
  lanes: [
    { name: 'kafka events', holding: false },
    { name: 'kafka dead_letter', holding: true },
  ],
  lookup: {
    directory: 'closed',
    redis: 'ready',
    entries: 5_120,
    tiers: [
      { tier: 'memory', states: { fresh: 970, stale: 20, negative: 10 } },
      { tier: 'directory', states: { fresh: 30, unavailable: 0 } },
    ],
  },
  graph: { nodes: [], edges: [] },
  problems: [
    {
      at: '2026-03-01T11:58:01.000Z',
      level: 'error',
      message: 'messages were deleted before they were read: they are lost',
      fields: { topic: 'llm-raw', partition: 1 },
    },
    {
      at: '2026-03-01T11:50:00.000Z',
      level: 'warn',
      message: 'the Kafka client reports',
      fields: { broker: 'kafka-1:9092' },
    },
  ],
}

/** A worker that has just begun: nothing was read yet. */
export const IDLE_STATUS: Status = {
  ...BUSY_STATUS,
  started_at: BUSY_STATUS.at,
  events_per_second: 0,
  since_start: [],
  recent: [],
  gaps: [],
  gap_count: 0,
  partitions: [],
  lanes: [],
  lookup: { directory: 'loaded', entries: 0, tiers: [] },
  problems: [],
}

function row<O extends Status['recent'][number]['outcome'], R extends string>(
  outcome: O,
  reason: R,
  events: number,
  tokens: number,
  usd: number,
) {
  return { outcome, reason, events, tokens, cost: { USD: usd } }
}

function partition(
  number: number,
  state: Status['partitions'][number]['state'],
  lag_messages: number,
  lag_seconds: number,
) {
  return {
    receiver: 'kafka',
    topic: 'llm-raw',
    partition: number,
    state,
    in_flight: 0,
    lag_messages,
    lag_seconds,
    progressed_at: '2026-03-01T11:59:59.000Z',
  }
}
