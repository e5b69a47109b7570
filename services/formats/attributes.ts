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
    ['suggested_owner', record.suggested_owner],
    ['conflicts', record.conflicts],
    ['binding', record.binding],
    ['directory_revision', record.directory_revision],
    ['engine', record.engine],
  ]
  return listed.filter((attribute): attribute is Attribute => isFilled(attribute[1]))
}

function isFilled(value: AttributeValue | undefined): value is AttributeValue {
  if (value === undefined) return false
  return typeof value === 'number' || typeof value === 'boolean' || value.length > 0
}

export type NestedAttributes = Record<string, AttributeValue | Record<string, AttributeValue>>

/** The same as an object, the owner in an object of its own. */
export function nestAttributes(record: AttributionRecord): NestedAttributes {
  const root: NestedAttributes = {}
  const owner: Record<string, AttributeValue> = {}
  for (const [path, value] of listAttributes(record)) {
    if (!path.startsWith('owner.')) root[path] = value
    else {
      root['owner'] = owner
      owner[path.slice('owner.'.length)] = value
    }
  }
  return root
}
