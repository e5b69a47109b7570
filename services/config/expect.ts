import { redactUrls } from './redact.ts'
import type { SchemaNode } from './schema.ts'

/** What a schema wants and what a value is, in words. */

export function expectedWords(node: SchemaNode): string {
  if (node.expects !== undefined) return node.expects
  const words = node.enum ?? ('const' in node ? [node.const] : undefined)
  if (words) return words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`
  if (node.anyOf) return [...new Set(node.anyOf.map(expectedWords))].join(' or ')
  switch (node.type) {
    case 'string':
      return 'text'
    case 'integer':
      return withUnit('a whole number', node)
    case 'number':
      return withUnit('a number', node)
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a list'
    case 'object':
      return 'a mapping'
    case undefined:
    default:
      return 'another value'
  }
}

function withUnit(words: string, { unit }: SchemaNode): string {
  return unit === undefined ? words : `${words} (${unit})`
}

const QUOTED_LENGTH_MAX = 60

/** The type and, for short scalars that are not secret, the value. */
export function foundWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') {
    const safe = redactUrls(value)
    const text = safe.length > QUOTED_LENGTH_MAX ? `${safe.slice(0, QUOTED_LENGTH_MAX)}…` : safe
    return `the text ${JSON.stringify(text)}`
  }
  if (typeof value === 'number') return `the number ${value}`
  return typeof value === 'boolean' ? String(value) : 'a mapping'
}

/** The type alone, for values that must not be quoted. */
export function foundType(value: unknown): string {
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'boolean') return 'true or false'
  return foundWords(value)
}

/** Ajv's name of a value's type. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}
