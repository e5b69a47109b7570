import { Type, type Static, type TObject, type TSchema, type TUnsafe } from 'typebox'

/**
 * The part of JSON Schema that configs are written in. A TypeBox value is put into one normal form, in which every later
 * step reads it: mappings are closed, unions of words are enums, unions of sections have a discriminator, and a section
 * all of whose keys have defaults is there by default.
 */

export interface SchemaNode {
  type?: string
  title?: string
  description?: string
  default?: unknown
  properties?: Record<string, SchemaNode>
  patternProperties?: Record<string, SchemaNode>
  additionalProperties?: boolean | SchemaNode
  required?: string[]
  items?: SchemaNode
  enum?: unknown[]
  const?: unknown
  anyOf?: SchemaNode[]
  oneOf?: SchemaNode[]
  discriminator?: { propertyName: string }
  /** Annotation: never printed. */
  secret?: boolean
  /** Annotation: what a number counts, e.g. `ms`. */
  unit?: string
  /** Annotation: the form of a text in words, for messages. */
  expects?: string
  /** Annotation of a component map: its legal types. */
  component_types?: string[]
  [keyword: string]: unknown
}

/** Keywords beyond JSON Schema 2020-12 that the normal form uses. */
export const ANNOTATIONS = ['secret', 'unit', 'expects', 'component_types'] as const

const COMPONENT_NAME = '[^/\\s]+'

/**
 * A mapping whose keys are component ids, `type` or `type/name`, and whose values have the schema of their type. A body
 * may be left empty (`memory:`) when no key of it is required.
 */
export function componentMap<M extends Record<string, TSchema>>(
  types: M,
  options: { readonly description?: string; readonly minProperties?: number } = {},
): TUnsafe<Record<string, Static<M[keyof M]>>> {
  const patternProperties: Record<string, TSchema> = {}
  for (const [type, schema] of Object.entries(types)) {
    patternProperties[`^${type}(/${COMPONENT_NAME})?$`] = schema
  }
  return Type.Unsafe({
    type: 'object',
    ...options,
    component_types: Object.keys(types),
    patternProperties,
    additionalProperties: false,
  })
}

/** The type in a component id: `kafka` of `kafka/raw`. */
export function componentType(id: string): string {
  return id.split('/', 1)[0] ?? id
}

/** Sections that differ by the word in `type`. A plain `Type.Union` of such objects means the same. */
export function unionByType<T extends TObject[]>(
  variants: readonly [...T],
  options: { readonly description?: string; readonly default?: unknown } = {},
): TUnsafe<Static<T[number]>> {
  return Type.Unsafe({ anyOf: [...variants], ...options })
}

const normalised = new WeakMap<TSchema, SchemaNode>()

/** The normal form of a schema. Computed once per schema value; treat it as read-only. */
export function normalSchema(schema: TSchema): SchemaNode {
  const known = normalised.get(schema)
  if (known) return known
  const copy: unknown = JSON.parse(JSON.stringify(schema))
  if (!isSchemaNode(copy)) throw new Error('a config schema is a JSON object')
  const node = normalise(copy)
  normalised.set(schema, node)
  return node
}

/** Schemas come from the code, so a look at the outside is enough to give them their type. */
export function isSchemaNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function normalise(node: SchemaNode): SchemaNode {
  if (node['allOf'] !== undefined || node['$ref'] !== undefined) {
    throw new Error('a config schema is one tree: allOf and $ref are not supported')
  }
  for (const key of ['properties', 'patternProperties'] as const) {
    const members = node[key]
    if (!members) continue
    for (const [name, member] of Object.entries(members)) members[name] = normalise(member)
  }
  if (typeof node.additionalProperties === 'object') {
    node.additionalProperties = normalise(node.additionalProperties)
  }
  if (node.items) node.items = normalise(node.items)
  if (node.oneOf) node.oneOf = node.oneOf.map(normalise)
  if (node.anyOf) normaliseUnion(node, node.anyOf.map(normalise))
  if (node.properties || node.patternProperties) node.additionalProperties ??= false
  for (const name of node.required ?? []) supplyByDefault(node.properties?.[name])
  return node
}

function normaliseUnion(node: SchemaNode, branches: SchemaNode[]): void {
  const words = branches.map((branch) => branch.enum ?? ('const' in branch ? [branch.const] : []))
  if (words.every((list) => list.length > 0)) {
    node.enum = words.flat()
    delete node.anyOf
    return
  }
  const tag = discriminatorOf(branches)
  if (tag === undefined) {
    node.anyOf = branches
    return
  }
  node.type = 'object'
  node.discriminator = { propertyName: tag }
  node.oneOf = branches
  delete node.anyOf
}

/** The key whose word tells the branches apart: `type` if it does, else the first that does. */
function discriminatorOf(branches: readonly SchemaNode[]): string | undefined {
  const first = branches[0]?.properties ?? {}
  const names = Object.keys(first).toSorted((a, b) => Number(b === 'type') - Number(a === 'type'))
  return names.find((name) => {
    const words = branches.flatMap((branch) => tagWords(branch, name))
    const all = branches.every((branch) => tagWords(branch, name).length > 0)
    return all && new Set(words).size === words.length
  })
}

function tagWords(branch: SchemaNode, name: string): readonly string[] {
  const tag = branch.properties?.[name]
  if (!tag || !branch.required?.includes(name)) return []
  return (tag.enum ?? [tag.const]).filter((word) => typeof word === 'string')
}

function supplyByDefault(node: SchemaNode | undefined): void {
  if (!node || node.default !== undefined || node.type !== 'object' || node.discriminator) return
  if (!node.properties && !node.component_types) return
  if (node['minProperties'] !== undefined) return
  if (canBeEmpty(node)) node.default = {}
}

/** Whether `{}` is a legal value once the defaults are in. */
export function canBeEmpty(node: SchemaNode): boolean {
  return (node.required ?? []).every((name) => node.properties?.[name]?.default !== undefined)
}

/** The words that choose a branch of a discriminated union. */
export function unionWords(node: SchemaNode): readonly string[] {
  const tag = node.discriminator?.propertyName
  if (tag === undefined) return []
  return (node.oneOf ?? []).flatMap((branch) => tagWords(branch, tag))
}

export function branchFor(node: SchemaNode, word: unknown): SchemaNode | undefined {
  const tag = node.discriminator?.propertyName
  if (tag === undefined || typeof word !== 'string') return undefined
  return node.oneOf?.find((branch) => tagWords(branch, tag).includes(word))
}

/** The schema of a member of a mapping. For a plain union, of the branch that is a mapping. */
export function memberSchema(node: SchemaNode, name: string): SchemaNode | undefined {
  const mapping = node.anyOf?.find((branch) => branch.type === 'object') ?? node
  const own = mapping.properties
  if (own && Object.hasOwn(own, name)) return own[name]
  for (const [pattern, member] of Object.entries(mapping.patternProperties ?? {})) {
    if (new RegExp(pattern, 'u').test(name)) return member
  }
  return typeof mapping.additionalProperties === 'object' ? mapping.additionalProperties : undefined
}

export function itemSchema(node: SchemaNode): SchemaNode | undefined {
  return node.items ?? node.anyOf?.find((branch) => branch.type === 'array')?.items
}

/** Whether a text is a legal type here. */
export function wantsString(node: SchemaNode): boolean {
  if (node.type === 'string') return true
  const words = node.enum ?? ('const' in node ? [node.const] : [])
  if (words.some((word) => typeof word === 'string')) return true
  return node.anyOf?.some(wantsString) ?? false
}

export function wantsMapping(node: SchemaNode): boolean {
  return node.type === 'object' || (node.anyOf?.some(wantsMapping) ?? false)
}

/** Whether something in this section is a secret. */
export function holdsSecret(node: SchemaNode): boolean {
  return isSecret(node) || innerSchemas(node).some(holdsSecret)
}

export function isSecret(node: SchemaNode | undefined): boolean {
  return node?.secret === true
}

/** Names of all keys of a schema whose values are secret. */
export function secretNames(node: SchemaNode, names = new Set<string>()): ReadonlySet<string> {
  for (const [name, member] of Object.entries(node.properties ?? {})) {
    if (isSecret(member)) names.add(name)
  }
  for (const member of innerSchemas(node)) secretNames(member, names)
  return names
}

/** Names of the keys of this mapping, and which of them are secret. */
export function siblingNames(node: SchemaNode): {
  readonly all: readonly string[]
  readonly secret: readonly string[]
} {
  const mapping = node.anyOf?.find((branch) => branch.type === 'object') ?? node
  const members = Object.entries(mapping.properties ?? {})
  return {
    all: members.map(([name]) => name),
    secret: members.flatMap(([name, member]) => (isSecret(member) ? [name] : [])),
  }
}

function innerSchemas(node: SchemaNode): readonly SchemaNode[] {
  return [
    ...Object.values(node.properties ?? {}),
    ...Object.values(node.patternProperties ?? {}),
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
    ...(node.items ? [node.items] : []),
  ]
}
