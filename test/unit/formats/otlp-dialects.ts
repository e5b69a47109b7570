/** What tests of both OTLP encodings share: the fields they read, the two encodings, and what is appended. */

import type { FieldRead } from '#/core/view.ts'
import { eventId, lower, value } from './harness.ts'
import {
  decodeLogs,
  encodeLogs,
  text,
  type KeyValue,
  type LogRecord,
  type LogsData,
} from './otlp.ts'

export const FIELDS: readonly FieldRead[] = [
  value('/attributes/a'),
  value('/resource/service.name'),
  value('/scope/name'),
  value('/eventName'),
  value('/timeUnixNano', 'reads'),
  value('/observedTimeUnixNano', 'reads'),
  value('/body', 'presence'),
  value('/severityText', 'reads'),
  value('/traceId', 'reads'),
  value('/spanId', 'reads'),
  { path: '/attributes/l', shape: 'list', use: 'decides' },
  { path: '/attributes/m', shape: 'map', use: 'decides', tag: lower },
  { path: '/attributes', shape: 'map', use: 'decides', tag: lower },
  { path: '/resource', shape: 'map', use: 'decides', tag: lower },
  {
    path: '/attributes',
    shape: 'names',
    use: 'decides',
    tag: (name) => (name.startsWith('mcp') ? 'mcp' : undefined),
  },
]
export const [
  A,
  SERVICE,
  SCOPE,
  EVENT,
  TIME,
  OBSERVED,
  BODY,
  SEVERITY,
  TRACE,
  SPAN,
  L,
  M,
  ATTRIBUTES,
  RESOURCE,
  NAMES,
] = FIELDS.keys() as unknown as readonly number[]

export interface Dialect {
  readonly encoding: 'otlp_json' | 'otlp_proto'
  encode(logs: LogsData): Buffer
  decode(bytes: Buffer): LogsData
}

export const DIALECTS: readonly Dialect[] = [
  {
    encoding: 'otlp_json',
    encode: (logs) => Buffer.from(JSON.stringify(logs)),
    decode: (bytes) => JSON.parse(bytes.toString()) as LogsData,
  },
  { encoding: 'otlp_proto', encode: encodeLogs, decode: decodeLogs },
]

const APPENDED: readonly KeyValue[] = [
  text('attribution.outcome', 'attributed'),
  text('attribution.owner.id', 'team:payments'),
  text('attribution.owner.team', 'payments'),
  text('attribution.owner.cost_center', 'CC-1'),
  { key: 'attribution.revision', value: { intValue: '0' } },
  text('attribution.method', 'credential'),
  text('attribution.confidence', 'high'),
  {
    key: 'attribution.chain',
    value: {
      arrayValue: {
        values: [{ stringValue: 'api_key=litellm/1' }, { stringValue: 'team=payments' }],
      },
    },
  },
]

export function appended(index: number): readonly KeyValue[] {
  return [...APPENDED, text('attribution.event_id', eventId(index))]
}

export function firstRecord(logs: LogsData): LogRecord {
  return logs.resourceLogs![0]!.scopeLogs![0]!.logRecords![0]!
}
