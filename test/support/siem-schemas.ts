/** What SIEM events are checked by: the published OCSF schema, and the field list of ECS as Elastic publishes it. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { EcsFlat, EcsVersion } from '@elastic/ecs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

function schemaOf(name: string): object {
  const path = new URL(`../../schemas/${name}.schema.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as object
}

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema(schemaOf('attribution'))
const validateOcsf = ajv.compile(schemaOf('ocsf-api-activity'))
const validateFinding = ajv.compile(schemaOf('finding'))

/** Why an object is no valid event of this shape; empty when it is. */
export function problemsOf(shape: 'ocsf' | 'ecs' | 'finding', object: unknown): readonly string[] {
  if (shape === 'ecs') return ecsProblems(object)
  const validate = shape === 'ocsf' ? validateOcsf : validateFinding
  validate(object)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

interface EcsField {
  readonly type: string
  readonly normalize: readonly string[]
  readonly required?: boolean
  readonly allowed_values?: readonly { readonly name: string }[]
}
const FIELDS: Readonly<Record<string, EcsField | undefined>> = EcsFlat

function ecsProblems(object: unknown): readonly string[] {
  const event = object as Record<string, unknown>
  const version = (event['ecs'] as Record<string, unknown> | undefined)?.['version']
  const missing = ['@timestamp'].filter((name) => !(name in event))
  return [
    ...missing.map((name) => `${name} is missing`),
    ...(version === EcsVersion ? [] : [`ecs.version is ${String(version)}, not ${EcsVersion}`]),
    ...fieldsOf(event, '').flatMap(([path, value]) => fieldProblems(path, value)),
  ]
}

/** Leaves; a field that ECS knows as an object is one. */
function fieldsOf(value: object, prefix: string): readonly (readonly [string, unknown])[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const path = prefix + name
    const is_leaf = typeof member !== 'object' || member === null || Array.isArray(member)
    return is_leaf || FIELDS[path] !== undefined ? [[path, member]] : fieldsOf(member, `${path}.`)
  })
}

function fieldProblems(path: string, value: unknown): readonly string[] {
  const field = FIELDS[path]
  if (field === undefined) return [`${path} is no field of ECS`]
  if (field.type === 'object') return labelProblems(path, value)
  const is_list = Array.isArray(value)
  if (is_list !== field.normalize.includes('array')) return [`${path} has the wrong number`]
  const values: readonly unknown[] = is_list ? value : [value]
  return values.flatMap((item) => {
    const allowed = field.allowed_values?.map(({ name }) => name)
    if (allowed && !allowed.includes(String(item))) return [`${path} may not be ${String(item)}`]
    return isOfType(item, field.type) ? [] : [`${path} is no ${field.type}`]
  })
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'keyword') return typeof value === 'string' && value !== ''
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'ip') return typeof value === 'string' && isIP(value) > 0
  if (type === 'date') return typeof value === 'string' && !Number.isNaN(Date.parse(value))
  return false
}

/** Labels do not nest; each is a keyword, or several. */
function labelProblems(path: string, value: unknown): readonly string[] {
  return Object.entries(value as object).flatMap(([name, label]: [string, unknown]) => {
    const labels: readonly unknown[] = Array.isArray(label) ? label : [label]
    return labels.every((text) => typeof text === 'string') && !name.includes('.')
      ? []
      : [`${path}.${name} is no keyword`]
  })
}
