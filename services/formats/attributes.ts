/**
 * An attribution record as a flat, ordered list: the order of the published schema, nothing empty. Plain JSON nests it,
 * OTLP writes it as attributes.
 */

import type { AttributionRecord } from '#/core/decision.ts'
import { OWNER_FIELDS } from '#/core/owners.ts'

export type AttributeValue = string | number | boolean | readonly string[]
export type Attribute = readonly [path: string, value: AttributeValue]

export function listAttributes(record: AttributionRecord): readonly Attribute[] {
  const owner = record.owner
  const listed: readonly (readonly [string, AttributeValue | undefined])[] = [
    ['outcome', record.outcome],
    ['reason', record.reason],
    ['owner.id', owner?.id],
    ...OWNER_FIELDS.map((name) => [`owner.${name}`, owner?.[name]] as const),
    ['revision', record.revision],
    ['ip_only', record.ip_only],
    ['method', record.method],
    ['level', record.level],
    ['confidence', record.confidence],
    ['evidence', record.evidence],
    ['chain', record.chain],
    ['on_behalf_of', record.on_behalf_of],
    ['initiator', record.initiator],
    ['environment', record.environment],
    ['traffic_class', record.traffic_class],
    ['suggested_owner', record.suggested_owner],
    ['conflicts', record.conflicts],
    ['binding', record.binding],
    ['directory_revision', record.directory_revision],
    ['engine', record.engine],
    ...USAGE_FIELDS.map((name) => [`usage.${name}`, record.usage?.[name]] as const),
    ...COST_FIELDS.map((name) => [`cost.${name}`, record.cost?.[name]] as const),
  ]
  return listed.filter((attribute): attribute is Attribute => isFilled(attribute[1]))
}

const USAGE_FIELDS = ['input', 'cache_read', 'cache_write', 'output', 'estimated'] as const
const COST_FIELDS = ['amount', 'currency', 'basis'] as const

function isFilled(value: AttributeValue | undefined): value is AttributeValue {
  if (value === undefined) return false
  return typeof value === 'number' || typeof value === 'boolean' || value.length > 0
}

export type NestedAttributes = Record<string, AttributeValue | Record<string, AttributeValue>>

/** The same as an object, with objects for the owner, the usage and the cost. */
export function nestAttributes(record: AttributionRecord): NestedAttributes {
  const root: NestedAttributes = {}
  const parts = new Map<string, Record<string, AttributeValue>>()
  for (const [path, value] of listAttributes(record)) {
    const dot = path.indexOf('.')
    if (dot < 0) {
      root[path] = value
      continue
    }
    const name = path.slice(0, dot)
    let part = parts.get(name)
    if (part === undefined) {
      parts.set(name, (part = {}))
      root[name] = part
    }
    part[path.slice(dot + 1)] = value
  }
  return root
}
