import { typeOf } from './expect.ts'
import { branchFor, itemSchema, memberSchema, type SchemaNode } from './schema.ts'

/**
 * Fills in what the file leaves out. Ajv does this too, but not inside a union; configs have unions of a word and a
 * section, and the section has defaults like any other.
 */
export function fillDefaults(schema: SchemaNode, value: unknown): void {
  const node = branchOf(schema, value)
  if (Array.isArray(value)) {
    const items = itemSchema(node)
    if (items) for (const item of value) fillDefaults(items, item)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(node.properties ?? {})) {
    const known: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
    if (known !== undefined || member.default === undefined) continue
    Reflect.set(value, name, structuredClone(member.default))
  }
  for (const [name, item] of Object.entries(value)) {
    const member = memberSchema(node, name)
    if (member) fillDefaults(member, item)
  }
}

function branchOf(schema: SchemaNode, value: unknown): SchemaNode {
  const tag = schema.discriminator?.propertyName
  if (tag !== undefined && typeof value === 'object' && value !== null) {
    return branchFor(schema, Reflect.get(value, tag)) ?? {}
  }
  return schema.anyOf?.find((branch) => takesType(branch, value)) ?? schema
}

/** Whether a branch of a plain union is meant for values of this type. */
export function takesType(branch: SchemaNode, value: unknown): boolean {
  const type = typeOf(value)
  if (branch.type === undefined) return (branch.enum ?? []).some((word) => typeOf(word) === type)
  return branch.type === type || (branch.type === 'integer' && type === 'number')
}
