import type { ErrorObject } from 'ajv/dist/2020.js'
import { expectedWords, foundType, foundWords } from './expect.ts'
import type { Finding } from './located.ts'
import { nearest } from '#/core/nearest.ts'
import { childPointer, displayPath } from './pointer.ts'
import { componentType, isSchemaNode, unionWords, type SchemaNode } from './schema.ts'

/** Ajv's errors in words: they name the key, what was found, the legal values and the nearest one. */

export interface SchemaFinding extends Finding {
  readonly pointer: string
}

export interface Shape {
  /** Values that are already reported. */
  readonly broken: ReadonlySet<string>
  /** Values that came from a substitution: pointer → the substitution. */
  readonly foreign: ReadonlyMap<string, string>
}

/** Ajv hands out the schema of the place, since it is asked to be verbose. */
function schemaOf({ parentSchema }: ErrorObject): SchemaNode {
  return isSchemaNode(parentSchema) ? parentSchema : {}
}

export function findingOf(root: SchemaNode, error: ErrorObject, shape: Shape): SchemaFinding {
  const node = schemaOf(error)
  switch (error.keyword) {
    case 'additionalProperties':
      return node.component_types
        ? unknownComponent(error, node.component_types)
        : unknownKey(root, error, node)
    case 'enum':
    case 'const':
      return wrongWord(error, node, shape)
    case 'discriminator':
      return wrongBranch(error, node)
    case 'type':
    case 'anyOf':
      return wrongType(error, node, shape)
    case 'pattern':
    case 'format':
      return wrongForm(error, node, shape)
    default:
      return outOfLimits(error, node, shape)
  }
}

const KEYS_LISTED_MAX = 12

function unknownKey(root: SchemaNode, error: ErrorObject, node: SchemaNode): SchemaFinding {
  const key = String(error.params['additionalProperty'])
  const legal = Object.keys(node.properties ?? {})
  const close = nearest(key, legal)
  const homes = close === undefined ? homesOf(root, key) : []
  const help =
    key === '<<'
      ? 'merge keys are not read; repeat the keys'
      : homes.length > 0
        ? `"${key}" is a key of ${homes.join(' and of ')}`
        : undefined
  return {
    pointer: childPointer(error.instancePath, key),
    at: 'key',
    code: 'WC-C010',
    message: `unknown key "${key}"${inside(error.instancePath)}`,
    ...(legal.length > 0 && { expected: oneOf(legal) }),
    ...(close !== undefined && { nearest: close }),
    ...(help !== undefined && { help }),
  }
}

function unknownComponent(error: ErrorObject, types: readonly string[]): SchemaFinding {
  const id = String(error.params['additionalProperty'])
  const type = componentType(id)
  const pointer = childPointer(error.instancePath, id)
  const kind = displayPath(error.instancePath).replace(/s$/, '')
  if (types.includes(type)) {
    const message = `"${id}" is not a component id`
    const expected = `${type} or ${type}/name, the name without blanks and slashes`
    return { pointer, at: 'key', code: 'WC-C016', message, expected }
  }
  const close = nearest(type, types)
  return {
    pointer,
    at: 'key',
    code: 'WC-C016',
    message: `unknown ${kind} type "${type}"`,
    expected: oneOf(types),
    ...(close !== undefined && { nearest: `${close}${id.slice(type.length)}` }),
  }
}

function wrongWord(error: ErrorObject, node: SchemaNode, shape: Shape): SchemaFinding {
  const words = (node.enum ?? [node.const]).map(String)
  const quotable = !node.secret && !shape.foreign.has(error.instancePath)
  const close = quotable && typeof error.data === 'string' ? nearest(error.data, words) : undefined
  return {
    pointer: error.instancePath,
    code: 'WC-C012',
    message: `not a legal value of ${nameOf(error.instancePath)}`,
    expected: expectedWords(node),
    found: found(error, node, shape),
    ...(close !== undefined && { nearest: close }),
  }
}

function wrongBranch(error: ErrorObject, node: SchemaNode): SchemaFinding {
  const tag = String(error.params['tag'])
  const words = unionWords(node)
  const value: unknown = error.params['tagValue']
  if (value === undefined) {
    return {
      pointer: error.instancePath,
      at: 'key',
      code: 'WC-C013',
      message: `missing key "${tag}"${inside(error.instancePath)}`,
      expected: `${tag}: ${oneOf(words)}`,
    }
  }
  const close = typeof value === 'string' ? nearest(value, words) : undefined
  return {
    pointer: childPointer(error.instancePath, tag),
    code: 'WC-C017',
    message: `unknown ${tag}${inside(error.instancePath)}`,
    expected: oneOf(words),
    found: foundWords(value),
    ...(close !== undefined && { nearest: close }),
  }
}

function wrongType(error: ErrorObject, node: SchemaNode, shape: Shape): SchemaFinding {
  const scalar = typeof error.data === 'number' || typeof error.data === 'boolean'
  const wants_text = node.type === 'string' || (node.anyOf ?? []).some((b) => b.type === 'string')
  const is_text = typeof error.data === 'string'
  const wants_list = node.type === 'array'
  const help =
    scalar && wants_text
      ? 'put the value in quotes to make it a text'
      : is_text && wants_list
        ? 'a list of one is written [value]'
        : error.data === null && !shape.foreign.has(error.instancePath)
          ? 'give the key a value or delete it'
          : undefined
  return {
    pointer: error.instancePath,
    code: 'WC-C011',
    message: `wrong type of ${nameOf(error.instancePath)}`,
    expected: expectedWords(node),
    found: found(error, node, shape),
    ...(help !== undefined && { help }),
  }
}

function wrongForm(error: ErrorObject, node: SchemaNode, shape: Shape): SchemaFinding {
  const form = error.keyword === 'format' ? error.params['format'] : error.params['pattern']
  const words =
    error.keyword === 'format' ? `a text of the form ${form}` : `a text that matches ${form}`
  return {
    pointer: error.instancePath,
    code: 'WC-C015',
    message: `wrong form of ${nameOf(error.instancePath)}`,
    expected: node.expects ?? words,
    found: found(error, node, shape),
  }
}

function outOfLimits(error: ErrorObject, node: SchemaNode, shape: Shape): SchemaFinding {
  const unit = node.unit === undefined ? '' : ` (${node.unit})`
  const limit = Number(error.params['limit'])
  const words: Record<string, string> = {
    minimum: `at least ${limit}${unit}`,
    maximum: `at most ${limit}${unit}`,
    exclusiveMinimum: `more than ${limit}${unit}`,
    exclusiveMaximum: `less than ${limit}${unit}`,
    multipleOf: `a multiple of ${String(error.params['multipleOf'])}${unit}`,
    minLength: limit === 1 ? 'a text that is not empty' : `at least ${limit} characters`,
    maxLength: `at most ${limit} characters`,
    minItems: `at least ${limit} ${limit === 1 ? 'item' : 'items'}`,
    maxItems: `at most ${limit} ${limit === 1 ? 'item' : 'items'}`,
    minProperties: `at least ${limit} ${limit === 1 ? 'entry' : 'entries'}`,
    maxProperties: `at most ${limit} ${limit === 1 ? 'entry' : 'entries'}`,
    uniqueItems: 'every item once',
  }
  const sized = typeof error.data === 'number' || error.keyword.endsWith('Length')
  return {
    pointer: error.instancePath,
    code: 'WC-C014',
    message: `${nameOf(error.instancePath)} is outside its limits`,
    expected: words[error.keyword] ?? error.message ?? error.keyword,
    ...(sized && { found: found(error, node, shape) }),
  }
}

export function missingKey(error: ErrorObject): SchemaFinding {
  const key = String(error.params['missingProperty'])
  const node = schemaOf(error).properties?.[key]
  return {
    pointer: error.instancePath,
    at: 'key',
    code: 'WC-C013',
    message: `missing key "${key}"${inside(error.instancePath)}`,
    ...(node && { expected: `${key}: ${expectedWords(node)}` }),
    ...(node?.description !== undefined && { help: `${key}: ${node.description}` }),
  }
}

function found(error: ErrorObject, node: SchemaNode, { foreign }: Shape): string {
  const source = foreign.get(error.instancePath)
  if (source !== undefined) return `${foundType(error.data)} from ${source}`
  // A text where a section was wanted may be the section's secret.
  if (node.secret || node.type === 'object') return foundType(error.data)
  return foundWords(error.data)
}

function oneOf(words: readonly string[]): string {
  const shown = words.slice(0, KEYS_LISTED_MAX)
  const rest = words.length - shown.length
  const list = rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
  return words.length === 1 ? list : `one of ${list}`
}

function inside(pointer: string): string {
  return pointer === '' ? '' : ` in ${displayPath(pointer)}`
}

function nameOf(pointer: string): string {
  return pointer === '' ? 'the document' : displayPath(pointer)
}

const HOMES_MAX = 2

/** Where else in the schema a key of this name belongs, for keys that were put on the wrong level. */
function homesOf(root: SchemaNode, key: string): readonly string[] {
  const homes = new Set<string>()
  const visit = (node: SchemaNode, path: string): void => {
    if (node.properties && Object.hasOwn(node.properties, key)) homes.add(path)
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      visit(member, path === '' ? name : `${path}.${name}`)
    }
    const members = Object.values(node.patternProperties ?? {})
    members.forEach((member, index) =>
      visit(member, `${path}.${node.component_types?.[index] ?? '<name>'}`),
    )
    for (const branch of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) visit(branch, path)
    if (node.items) visit(node.items, `${path}[]`)
  }
  visit(root, '')
  return [...homes].filter((home) => home !== '').slice(0, HOMES_MAX)
}
