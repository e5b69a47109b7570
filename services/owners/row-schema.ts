import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'

import { nearest } from '#/core/nearest.ts'

import owner_bindings from '../../schemas/owner-bindings.schema.json' with { type: 'json' }

import type { Row } from './bindings.ts'

/** The published schema of the owner file, compiled once, and its errors in words for people. */

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, verbose: true })
ajv.addSchema(owner_bindings, 'owner-bindings')

export const isRow = compile<Row>('owner-bindings#/$defs/binding')

/** The whole document except its rows, which are checked one by one so that each error is found. */
export const isOwnerFile = ajv.compile<{ readonly bindings: readonly unknown[] }>({
  ...owner_bindings,
  $id: 'owner-file-without-rows',
  properties: {
    bindings: { type: 'array', maxItems: owner_bindings.properties.bindings.maxItems },
  },
})

export interface SchemaProblem {
  /** Path into the value that was checked. */
  readonly path: readonly string[]
  readonly message: string
}

/** Errors without those that only say that a branch of a condition failed. */
export function schemaProblems(errors: readonly ErrorObject[] | null | undefined): SchemaProblem[] {
  return (errors ?? [])
    .filter((error) => error.keyword !== 'if')
    .map((error) => ({ path: pathOf(error), message: messageOf(error) }))
}

function compile<T>(ref: string): ValidateFunction<T> {
  const validate = ajv.getSchema<T>(ref)
  if (validate === undefined) throw new Error(`no schema ${ref}`)
  return validate
}

function pathOf(error: ErrorObject): string[] {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const extra: unknown = error.params['additionalProperty']
  return typeof extra === 'string' ? [...path, extra] : path
}

function messageOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'additionalProperties': {
      const name: unknown = error.params['additionalProperty']
      const names = memberNames(error)
      return `unknown member ${quote(name)}; expected ${listOf(names)}${meantBy(name, names)}`
    }
    case 'required':
      return `${quote(error.params['missingProperty'])} is missing`
    case 'enum':
      return `expected ${listOf(error.params['allowedValues'])}, found ${quote(error.data)}${meantBy(error.data, error.params['allowedValues'])}`
    case 'false schema':
      return 'expected no owner: ownership says that nobody alone owns it'
    case 'type':
      return `expected ${String(error.params['type'])}, found ${quote(error.data)}`
    case 'pattern':
      return 'expected a text that is not blank'
    default:
      return error.message ?? error.keyword
  }
}

function memberNames(error: ErrorObject): unknown {
  const properties: unknown = error.parentSchema?.['properties']
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
}

/** `; did you mean …?` when a slip of the finger tells the word from one of these; else nothing. */
export function meantBy(word: unknown, words: unknown): string {
  if (typeof word !== 'string' || !Array.isArray(words)) return ''
  const meant = nearest(word, words.map(String))
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : ''
}

/** A value as it is quoted in errors: short, because it may be anything. */
function quote(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'a list'
        : 'an object'
      : (JSON.stringify(value) ?? 'nothing')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
