import type { TSchema } from 'typebox'
import { expectedWords } from './expect.ts'
import { ANNOTATIONS, canBeEmpty, normalSchema, unionWords, type SchemaNode } from './schema.ts'

/**
 * What is generated from a config schema: JSON Schema 2020-12 for editors and a table of options for readers.
 */

const SUBSTITUTION = 'substitution'

/**
 * The schema of the file as it is written: keys with a default are optional, a substitution may stand in for any
 * scalar, and only standard keywords are used.
 */
export function jsonSchemaOf(
  schema: TSchema,
  head: { readonly $id?: string; readonly title?: string } = {},
): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...head,
    ...publishNode(normalSchema(schema)),
    $defs: {
      [SUBSTITUTION]: {
        description: 'A value from outside: ${env:NAME}, ${env:NAME:-default} or ${file:/path}.',
        type: 'string',
        pattern: '^\\$\\{(env|file):[^}]+\\}$',
      },
    },
  }
}

function publishNode(node: SchemaNode): Record<string, unknown> {
  const rest: Record<string, unknown> = { ...node }
  for (const keyword of [...ANNOTATIONS, 'discriminator', 'default']) delete rest[keyword]
  const description = describe(node)
  // A default that only says "this section exists" helps nobody who reads the schema.
  const shown_default = isEmptyMapping(node.default) ? undefined : node.default
  const notes = {
    ...(description !== '' && { description }),
    ...(shown_default !== undefined && { default: shown_default }),
    ...(node.secret === true && { writeOnly: true }),
  }
  if (isScalar(node)) {
    const scalar = { ...rest }
    delete scalar['description']
    return { ...notes, anyOf: [scalar, { $ref: `#/$defs/${SUBSTITUTION}` }] }
  }
  const published: Record<string, unknown> = { ...rest, ...notes }
  if (node.properties) published['properties'] = mapValues(node.properties, publishNode)
  if (node.patternProperties) {
    published['patternProperties'] = mapValues(
      node.patternProperties,
      node.component_types ? publishBody : publishNode,
    )
  }
  if (typeof node.additionalProperties === 'object') {
    published['additionalProperties'] = publishNode(node.additionalProperties)
  }
  if (node.items) published['items'] = publishNode(node.items)
  if (node.anyOf) published['anyOf'] = node.anyOf.map(publishNode)
  if (node.oneOf) published['oneOf'] = node.oneOf.map(publishBranch(node.discriminator))
  if (node.required) {
    const required = node.required.filter((name) => node.properties?.[name]?.default === undefined)
    if (required.length > 0) published['required'] = required
    else delete published['required']
  }
  return published
}

/** The word that chooses a branch is always written out, so exactly one branch fits. */
function publishBranch(
  discriminator: SchemaNode['discriminator'],
): (branch: SchemaNode) => Record<string, unknown> {
  const tag = discriminator?.propertyName ?? ''
  return (branch) => {
    const word = branch.properties?.[tag]
    if (!word) return publishNode(branch)
    const properties = mapValues(branch.properties ?? {}, publishNode)
    properties[tag] = { enum: word.enum ?? [word.const] }
    return { ...publishNode(branch), properties }
  }
}

function publishBody(node: SchemaNode): Record<string, unknown> {
  const published = publishNode(node)
  return canBeEmpty(node) ? { anyOf: [published, { type: 'null' }] } : published
}

function isScalar(node: SchemaNode): boolean {
  if (node.enum !== undefined || 'const' in node) return true
  return ['string', 'integer', 'number', 'boolean'].includes(node.type ?? '')
}

function describe({ description, unit, expects }: SchemaNode): string {
  const parts = []
  if (description !== undefined) parts.push(description)
  if (unit !== undefined) parts.push(`Unit: ${unit}.`)
  if (expects !== undefined) parts.push(`Form: ${expects}.`)
  return parts.join(' ')
}

/** Markdown: one row per key, nested keys dotted, sections by type marked with their type. */
export function optionsTable(schema: TSchema): string {
  const rows: string[][] = []
  collectRows(normalSchema(schema), '', '', rows)
  const head = ['Key', 'Type', 'Default', 'Description', 'Unit']
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function collectRows(node: SchemaNode, path: string, condition: string, rows: string[][]): void {
  for (const [name, member] of Object.entries(node.properties ?? {})) {
    const key = path === '' ? name : `${path}.${name}`
    const required = node.required?.includes(name) === true && member.default === undefined
    const deeper = hasMembers(member)
    if (!deeper || member.description !== undefined) {
      rows.push(row(`\`${key}\`${condition}`, member, required))
    }
    if (deeper) collectRows(member, key, condition, rows)
  }
  const tag = node.discriminator?.propertyName
  if (tag !== undefined) {
    rows.push([`\`${path}.${tag}\`${condition}`, unionWords(node).join(', '), 'required', '', ''])
    for (const branch of node.oneOf ?? []) {
      const word = branch.properties?.[tag]
      const words = (word?.enum ?? [word?.const]).join(', ')
      const { [tag]: _tag, ...properties } = branch.properties ?? {}
      collectRows({ ...branch, properties }, path, `${condition} (${tag}: ${words})`, rows)
    }
  }
  if (node.items && hasMembers(node.items)) collectRows(node.items, `${path}[]`, condition, rows)
  for (const branch of node.anyOf ?? []) collectRows(branch, path, condition, rows)
  const members = Object.values(node.patternProperties ?? {})
  members.forEach((member, index) => {
    const name = node.component_types?.[index] ?? '<name>'
    if (hasMembers(member)) {
      collectRows(member, path === '' ? name : `${path}.${name}`, condition, rows)
    }
  })
}

function hasMembers(node: SchemaNode): boolean {
  return (
    node.properties !== undefined ||
    node.discriminator !== undefined ||
    node.patternProperties !== undefined ||
    (node.items !== undefined && hasMembers(node.items)) ||
    (node.anyOf ?? []).some(hasMembers)
  )
}

function row(key: string, node: SchemaNode, required: boolean): string[] {
  const value =
    node.default === undefined || isEmptyMapping(node.default)
      ? required
        ? 'required'
        : ''
      : `\`${JSON.stringify(node.default)}\``
  const secret = node.secret ? ' Secret: never printed.' : ''
  const text = `${node.description ?? ''}${secret}`.trim()
  return [key, typeWords(node), value, text, node.unit ?? ''].map(cell)
}

function typeWords(node: SchemaNode): string {
  if (node.enum) return node.enum.map(String).join(', ')
  if (node.type === 'array' && node.items) return `list of ${typeWords(node.items)}`
  const { unit: _unit, ...plain } = node
  return expectedWords(plain).replace(/^an? /, '')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function isEmptyMapping(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === 0 &&
    !Array.isArray(value)
  )
}

function mapValues<T>(
  members: Readonly<Record<string, SchemaNode>>,
  map: (node: SchemaNode) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(members).map(([name, node]) => [name, map(node)]))
}
