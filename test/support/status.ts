/** Statuses to look at: a worker in the middle of a working day, one that nothing came to yet, one in trouble, a hostile one. */
import type { PipelineGraph } from '#/core/graph.ts'
import type { Gap, OutcomeAmounts, PartitionStatus, Status } from '#/core/status.ts'
import type { KeyKind, PartitionCondition, Reason } from '#/core/words.ts'

const AT = '2026-03-17T03:12:40.000Z'

const REASON_SHARES: readonly (readonly [Reason | 'none', number])[] = [
  ['none', 0.9312],
  ['ip_only', 0.0241],
  ['shared_account', 0.0173],
  ['no_identity', 0.0032],
  ['unknown_identity', 0.0148],
  ['unowned', 0.0051],
  ['weak_evidence', 0],
  ['conflict', 0.0019],
  ['lookup_unavailable', 0],
]

function amounts(events: number, shares = REASON_SHARES): readonly OutcomeAmounts[] {
  return shares.map(([reason, share]) => {
    const of_events = Math.round(events * share)
    return {
      outcome: outcomeOf(reason),
      reason,
      events: of_events,
      tokens: of_events * (reason === 'shared_account' ? 6104 : 1893),
      cost: {
        USD: of_events * (reason === 'shared_account' ? 0.0187 : 0.00419),
        ...(reason === 'none' || reason === 'ip_only' ? { EUR: of_events * 0.00031 } : {}),
      },
    }
  })
}

function outcomeOf(reason: Reason | 'none'): OutcomeAmounts['outcome'] {
  if (reason === 'none') return 'attributed'
  return reason === 'lookup_unavailable' ? 'unresolved' : 'unattributed'
}

const GAPS: readonly (readonly [string, string, Reason, readonly KeyKind[], number])[] = [
  ['5f3ac09d1e77', 'litellm', 'ip_only', ['ip'], 18_244],
  ['a8810be2c4d0', 'aws-bedrock-invocation', 'shared_account', ['aws_role', 'ip'], 11_930],
  [
    '03dd5517f2ab',
    'otel-genai-spans',
    'unknown_identity',
    ['k8s_workload', 'service', 'team'],
    9_102,
  ],
  ['c7e6604419bf', 'azure-openai-diagnostic', 'shared_account', ['api_key', 'ip'], 3_417],
  ['77120aef90c3', 'kong-ai-proxy', 'unowned', ['oauth_client', 'api_key'], 2_960],
  ['e29b4d8f6a15', 'gcp-vertex-audit', 'unknown_identity', ['gcp_sa', 'federated'], 1_288],
  ['1b90c6d7e843', 'portkey', 'conflict', ['api_key', 'user', 'cost_center'], 604],
  ['d04f8a2b7c61', 'vllm', 'no_identity', [], 97],
]

function gaps(): readonly Gap[] {
  return GAPS.map(([fingerprint, source, reason, evidence, events], index) => ({
    fingerprint,
    source,
    reason,
    evidence,
    events,
    tokens: events * 2115,
    cost: reason === 'no_identity' ? {} : { USD: events * 0.0061 },
    first_seen: index % 3 === 0 ? '2026-03-14T09:41:03.000Z' : '2026-03-17T01:08:55.000Z',
    last_seen: `2026-03-17T03:1${index % 3}:0${index}.000Z`,
    example: {
      topic: 'ai.gateway.raw',
      partition: index % 6,
      offset: 8_812_400 + 917 * index,
      event: index % 2 === 0 ? 0 : 3,
    },
  }))
}

function partitions(states: readonly PartitionCondition[]): readonly PartitionStatus[] {
  return states.map((state, index) => ({
    topic: index < 6 ? 'ai.gateway.raw' : 'ai.otel.raw',
    partition: index % 6,
    receiver: index < 6 ? 'kafka/gateways' : 'kafka/otel',
    state,
    in_flight: state === 'ok' ? 12 + 7 * index : 0,
    ...(index !== 7 && {
      lag_messages: state === 'ok' ? 31 * index : 48_200 + index,
      lag_seconds: state === 'ok' ? index / 4 : 1_390,
    }),
    progressed_at: state === 'ok' ? '2026-03-17T03:12:39.000Z' : '2026-03-17T02:49:30.000Z',
  }))
}

const GRAPH: PipelineGraph = {
  nodes: [
    { id: 't/gw', kind: 'topic', label: 'ai.gateway.raw', detail: 'at kafka-0.kafka:9092' },
    { id: 't/otel', kind: 'topic', label: 'ai.otel.raw', detail: 'at kafka-0.kafka:9092' },
    {
      id: 'r/gw',
      kind: 'receiver',
      label: 'kafka/gateways',
      detail: 'source auto, json, trusted, group whosecall',
    },
    {
      id: 'r/otel',
      kind: 'receiver',
      label: 'kafka/otel',
      detail: 'source otel-genai-spans, otlp_proto, claimed, group whosecall',
    },
    {
      id: 'p/a',
      kind: 'processor',
      label: 'attribution',
      detail: 'detail standard, at least low confidence',
      reads: ['/metadata/user_api_key_hash', '/requester_ip_address', 'service.name', 'user.id'],
      writes: ['attribution.outcome', 'attribution.reason', 'attribution.owner.id'],
    },
    { id: 'p/r', kind: 'processor', label: 'redaction/prompts', detail: 'drops 3, secrets: mask' },
    { id: 'e/out', kind: 'exporter', label: 'kafka/attributed', detail: 'as_is, compression lz4' },
    { id: 'e/siem', kind: 'exporter', label: 'kafka/siem', detail: 'ocsf, not required' },
    { id: 't/out', kind: 'topic', label: 'ai.attributed', detail: 'at kafka-0.kafka:9092' },
    { id: 't/dead', kind: 'topic', label: 'ai.dead-letters', detail: 'at kafka-0.kafka:9092' },
    { id: 't/siem', kind: 'topic', label: 'siem.ai-usage', detail: 'at kafka-0.siem:9092' },
    { id: 'o/m', kind: 'directory', label: 'memory', detail: '200000 identities of a kind' },
    { id: 'o/r', kind: 'directory', label: 'redis', detail: 'redis://redis:6379' },
    { id: 'o/d', kind: 'directory', label: 'directory', detail: 'http://registry:8080' },
  ],
  edges: [
    { from: 't/gw', to: 'r/gw' },
    { from: 't/otel', to: 'r/otel' },
    { from: 'r/gw', to: 'p/a', label: 'events' },
    { from: 'r/otel', to: 'p/a', label: 'events' },
    { from: 'p/a', to: 'p/r' },
    { from: 'p/r', to: 'e/out' },
    { from: 'p/r', to: 'e/siem' },
    { from: 'e/out', to: 't/out', label: 'events' },
    { from: 'e/out', to: 't/dead', label: 'dead letter' },
    { from: 'e/siem', to: 't/siem', label: 'events' },
    { from: 'p/a', to: 'o/m', label: 'identities' },
    { from: 'o/m', to: 'o/r', label: 'misses' },
    { from: 'o/r', to: 'o/d', label: 'misses' },
  ],
}

/** A working day: all is well, and some calls have no owner. */
export function busyStatus(change: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    at: AT,
    started_at: '2026-03-14T09:40:12.000Z',
    processes: [
      { pid: 4711, state: 'running', restarts: 0 },
      { pid: 4712, state: 'running', restarts: 1 },
    ],
    live: { ok: true, reasons: [] },
    ready: { ok: true, reasons: [] },
    config: { loaded_at: '2026-03-16T16:20:09.000Z', is_current: true },
    events_per_second: 2318.4,
    since_start: amounts(541_886_230),
    recent: amounts(757_008),
    recent_seconds: 300,
    gaps: gaps(),
    gap_count: 214,
    partitions: partitions(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok']),
    lanes: [
      { name: 'kafka/attributed events', holding: false },
      { name: 'kafka/attributed dead_letter', holding: false },
      { name: 'kafka/siem events', holding: false },
    ],
    lookup: {
      directory: 'closed',
      redis: 'closed',
      entries: 48_122,
      tiers: [
        {
          tier: 'memory',
          states: { fresh: 538_112_004, stale: 9_120, negative: 2_904_551, miss: 860_555 },
        },
        { tier: 'redis', states: { fresh: 701_440, negative: 100_201, miss: 58_914, error: 12 } },
        { tier: 'directory', states: { fresh: 41_702, negative: 17_208, unavailable: 4 } },
      ],
    },
    graph: GRAPH,
    problems: [
      {
        at: '2026-03-17T02:58:11.000Z',
        level: 'warn',
        message: 'the broker is away; the lane tries again',
        fields: { exporter: 'kafka/siem', attempt: 3, retry_ms: 800 },
      },
      {
        at: '2026-03-16T16:20:09.000Z',
        level: 'error',
        message: 'a message is too large for the output topic: it becomes a dead letter',
        fields: { topic: 'ai.gateway.raw', partition: 3, offset: 8_700_112, bytes: 1_402_880 },
      },
    ],
    ...change,
  }
}

/** Started, connected, and nothing was read yet. */
export function emptyStatus(change: Partial<Status> = {}): Status {
  return busyStatus({
    started_at: '2026-03-17T03:12:20.000Z',
    processes: [{ pid: 4711, state: 'running', restarts: 0 }],
    config: { loaded_at: '2026-03-17T03:12:20.000Z', is_current: true },
    events_per_second: 0,
    since_start: [],
    recent: [],
    gaps: [],
    gap_count: 0,
    partitions: [],
    lanes: [],
    lookup: { directory: 'loaded', entries: 0, tiers: [] },
    graph: { nodes: [], edges: [] },
    problems: [],
    ...change,
  })
}

/** Everything at once that can be wrong. */
export function troubledStatus(): Status {
  return busyStatus({
    live: {
      ok: false,
      reasons: [
        'kafka/otel: ai.otel.raw/0: no progress for 1390 s with 40 messages in flight, 48206 waiting',
      ],
    },
    ready: {
      ok: false,
      reasons: [
        'kafka/attributed events cannot be written: holding ai.gateway.raw/3 at offset 8812407',
      ],
    },
    config: {
      loaded_at: '2026-03-16T16:20:09.000Z',
      is_current: false,
      problem: 'worker.yaml:14:9: unknown key "reciever", did you mean "receiver"?',
    },
    processes: [
      { pid: 4711, state: 'running', restarts: 0 },
      { pid: 4790, state: 'starting', restarts: 6 },
    ],
    recent: amounts(757_008, [
      ['none', 0.71],
      ['ip_only', 0.04],
      ['shared_account', 0.03],
      ['lookup_unavailable', 0.22],
    ]),
    partitions: partitions(['ok', 'ok', 'ok', 'warn', 'ok', 'rewind', 'stall', 'stop']),
    lanes: [
      { name: 'kafka/attributed events', holding: true },
      { name: 'kafka/attributed dead_letter', holding: false },
    ],
    lookup: { ...busyStatus().lookup, directory: 'open', redis: 'half_open' },
  })
}

/** Names as somebody would choose them who wants to break the page. */
export const HOSTILE = `"><script>document.title='broken'</script><img src=x onerror=alert(1)>'&\u0000\u202e`

export function hostileStatus(): Status {
  const [gap] = gaps()
  const [partition] = partitions(['stall'])
  return busyStatus({
    version: HOSTILE,
    live: { ok: false, reasons: [HOSTILE] },
    ready: { ok: false, reasons: [HOSTILE] },
    config: { loaded_at: HOSTILE, is_current: false, problem: HOSTILE },
    recent: [
      {
        outcome: 'attributed',
        reason: 'none',
        events: 1,
        tokens: 1,
        cost: { [HOSTILE]: 1, __proto__: 1 },
      },
    ],
    gaps: [
      {
        ...gap!,
        fingerprint: HOSTILE,
        source: HOSTILE,
        cost: { [HOSTILE]: 3 },
        first_seen: HOSTILE,
        example: { topic: HOSTILE, partition: 0, offset: 1, event: 1 },
      },
    ],
    partitions: [{ ...partition!, topic: HOSTILE, receiver: HOSTILE, progressed_at: HOSTILE }],
    lanes: [{ name: HOSTILE, holding: true }],
    lookup: {
      directory: HOSTILE,
      redis: HOSTILE,
      entries: 1,
      tiers: [{ tier: HOSTILE, states: { [HOSTILE]: 1 } }],
    },
    graph: {
      nodes: [
        { id: HOSTILE, kind: 'topic', label: HOSTILE, detail: HOSTILE, reads: [HOSTILE] },
        { id: 'b', kind: 'receiver', label: HOSTILE.repeat(20), detail: HOSTILE },
      ],
      edges: [
        { from: HOSTILE, to: 'b', label: HOSTILE },
        { from: 'b', to: HOSTILE },
        { from: 'b', to: 'nowhere' },
      ],
    },
    problems: [{ at: HOSTILE, level: 'error', message: HOSTILE, fields: { [HOSTILE]: HOSTILE } }],
  })
}
