/** Takes the attribution out of a published message again, by decoders that are not ours. */
import { readFileSync } from 'node:fs'
import assert from 'node:assert/strict'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { decodeLogs, encodeLogs, type AnyValue, type LogsData } from '../../unit/formats/otlp.ts'

export interface Taken {
  readonly attribution: Readonly<Record<string, unknown>>
  /** The message without it. */
  readonly rest: Buffer
}

const SCHEMA = new URL('../../../schemas/attribution.schema.json', import.meta.url)
const isAttribution = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync(SCHEMA, 'utf8')),
)

export function assertValid(attribution: unknown): void {
  assert.ok(isAttribution(attribution), JSON.stringify(isAttribution.errors))
}

/** Of a JSON event: what was appended before its last bracket. */
export function takeFromJson(value: Buffer): Taken {
  const parsed: unknown = JSON.parse(value.toString())
  assert.ok(isMembers(parsed) && isMembers(parsed['attribution']))
  const at = value.lastIndexOf(',"attribution":')
  assert.ok(at > 0, 'an attribution was appended')
  assert.equal(value.at(-1), 0x7d)
  return {
    attribution: parsed['attribution'],
    rest: Buffer.concat([value.subarray(0, at), value.subarray(-1)]),
  }
}

/** Of an OTLP message with one record: the `attribution.*` attributes of that record. */
export function takeFromProto(value: Buffer): Taken {
  const logs = decodeLogs(value)
  const record = logs.resourceLogs?.[0]?.scopeLogs?.[0]?.logRecords?.[0]
  const attribution: Record<string, unknown> = {}
  for (const { key, value: of } of record?.attributes ?? [])
    if (key?.startsWith('attribution.') && of !== undefined)
      put(attribution, key.split('.').slice(1), plain(of))
  return { attribution, rest: encodeLogs(withoutOurs(logs)) }
}

function withoutOurs(logs: LogsData): LogsData {
  return {
    resourceLogs: (logs.resourceLogs ?? []).map((resource) => ({
      ...resource,
      scopeLogs: (resource.scopeLogs ?? []).map((scope) => ({
        ...scope,
        logRecords: (scope.logRecords ?? []).map((record) => ({
          ...record,
          attributes: (record.attributes ?? []).filter(
            ({ key }) => !key?.startsWith('attribution.'),
          ),
        })),
      })),
    })),
  }
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...below] = path
  if (below.length === 0) {
    into[name] = value
    return
  }
  const next = isMembers(into[name]) ? { ...into[name] } : {}
  put(next, below, value)
  into[name] = next
}

function plain(value: AnyValue): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain)
  if (value.intValue !== undefined) return Number(value.intValue)
  return value.stringValue ?? value.boolValue ?? value.doubleValue
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
