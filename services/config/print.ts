import type { TSchema } from 'typebox'
import { stringify } from 'yaml'
import { REDACTED, redactUrls } from './redact.ts'
import {
  branchFor,
  isSecret,
  itemSchema,
  memberSchema,
  normalSchema,
  type SchemaNode,
} from './schema.ts'

/**
 * The resolved config as YAML, defaults included, in the order of the file. Values whose schema says `secret`, and
 * user information and query values in URLs are replaced.
 */
export function printConfig(config: unknown, schema: TSchema): string {
  return stringify(redactValue(config, normalSchema(schema)), {
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })
}

function redactValue(value: unknown, schema: SchemaNode | undefined): unknown {
  if (value === undefined || value === null) return value
  if (isSecret(schema)) return REDACTED
  if (typeof value === 'string') return redactUrls(value)
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const items = schema && itemSchema(schema)
    return value.map((item) => redactValue(item, items))
  }
  const mapping = schema && chosenBranch(schema, value)
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      redactValue(member, mapping && memberSchema(mapping, name)),
    ]),
  )
}

function chosenBranch(schema: SchemaNode, value: object): SchemaNode {
  const tag = schema.discriminator?.propertyName
  if (tag === undefined) return schema
  const word: unknown = Reflect.get(value, tag)
  return branchFor(schema, word) ?? schema
}
