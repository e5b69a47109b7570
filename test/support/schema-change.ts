/**
 * What a change of a published schema breaks, by a plain walk of both versions side by side. A keyword that the walk does not
 * know is thrown, so that no part of a contract goes unread. Where two versions cannot be held against each other (patterns,
 * conditions), any difference counts as a break.
 */
import { isDeepStrictEqual } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly uniqueItems?: boolean
  readonly pattern?: string
  readonly format?: string
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly if?: Schema
  readonly then?: Schema
  readonly else?: Schema
  readonly not?: Schema
}

export interface Break {
  /** JSON pointer into the schema, as if a `$ref` were written out where it stands. */
  readonly at: string
  readonly problem: string
}

/** `all`: every object of the inner schema is one of the outer. `names`: the outer names each property and value. */
type Mode = 'all' | 'names'

interface Pair {
  readonly inner: Schema
  readonly outer: Schema
  readonly at: string
  readonly mode: Mode
}

const ajv = new Ajv2020({ strict: false })
addFormats.default(ajv)

const TYPES = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']
/** The type that a bound holds for, and whether a larger one is tighter. */
const BOUNDS = {
  minLength: ['string', 1],
  maxLength: ['string', -1],
  minimum: ['integer', 1],
  maximum: ['integer', -1],
  minItems: ['array', 1],
  maxItems: ['array', -1],
  minProperties: ['object', 1],
  maxProperties: ['object', -1],
} as const
const UNCOMPARED = ['$schema', '$id', '$defs', 'title', 'description', 'default', 'writeOnly']
const KNOWN = new Set([
  ...['type', 'enum', 'const', 'properties', 'patternProperties', 'additionalProperties'],
  ...['required', 'items', 'uniqueItems', 'anyOf', 'oneOf', 'allOf', 'if', 'then', 'else', 'not'],
  ...['pattern', 'format', ...Object.keys(BOUNDS), ...UNCOMPARED],
])

/** Of what users write: all that `was` legal still `is`. */
export function inputBreaks(was: Schema, is: Schema): readonly Break[] {
  return compared({ inner: whole(was), outer: whole(is), at: '', mode: 'all' })
}

/** Of what is written for consumers: nothing comes that they do not know, and nothing goes that they may count on. */
export function outputBreaks(was: Schema, is: Schema): readonly Break[] {
  const [before, now] = [whole(was), whole(is)]
  return [
    ...compared({ inner: now, outer: before, at: '', mode: 'all' }),
    ...compared({ inner: before, outer: now, at: '', mode: 'names' }),
  ]
}

function compared(pair: Pair): readonly Break[] {
  const others = branchesOf(pair.outer)
  return branchesOf(pair.inner).flatMap((branch) => {
    const at = pair.at + branch.at
    // Against the one that fits, else the one that nearly does.
    let nearest: readonly Break[] | undefined
    for (const other of others) {
      const found = comparedBranch({ ...pair, inner: branch.schema, outer: other.schema, at })
      if (nearest === undefined || found.length < nearest.length) nearest = found
      if (nearest.length === 0) break
    }
    return nearest ?? []
  })
}

function comparedBranch(pair: Pair): readonly Break[] {
  const values = valuesOf(pair.inner)
  if (values !== undefined) return comparedValues(pair, values)
  if (pair.mode === 'names') return [...comparedProperties(pair), ...comparedItems(pair)]
  const { inner, outer, at } = pair
  if (Object.keys(outer).every((keyword) => UNCOMPARED.includes(keyword))) return []
  if (valuesOf(outer) !== undefined) return [broken(at, 'enum', 'any value for a closed set')]
  const extra = typesOf(inner).filter((type) => !typesOf(outer).includes(type))
  if (extra.length > 0) return [broken(at, 'type', `${extra.join(', ')} is not allowed`)]
  return [
    ...comparedBounds(pair),
    ...comparedConditions(pair),
    ...(typesOf(inner).includes('array') ? comparedItems(pair) : []),
    ...(typesOf(inner).includes('object')
      ? [...comparedRequired(pair), ...comparedProperties(pair), ...comparedRest(pair)]
      : []),
  ]
}

function comparedValues({ outer, at, mode }: Pair, values: readonly unknown[]): readonly Break[] {
  const allowed = valuesOf(outer)
  if (allowed === undefined && mode === 'names') return []
  return values
    .filter((value) =>
      allowed === undefined
        ? !ajv.validate(outer, value)
        : !allowed.some((other) => isDeepStrictEqual(other, value)),
    )
    .map((value) => broken(at, 'enum', `${JSON.stringify(value)} is not allowed`))
}

function comparedBounds({ inner, outer, at }: Pair): readonly Break[] {
  const found: Break[] = []
  for (const [keyword, [type, tighter]] of Object.entries(BOUNDS)) {
    const [before, now] = [numberOf(inner, keyword), numberOf(outer, keyword)]
    if (now === undefined || !typesOf(inner).includes(type)) continue
    if (before === undefined || before * tighter < now * tighter)
      found.push(broken(at, keyword, `${String(before)} is beyond ${String(now)}`))
  }
  if (outer.uniqueItems === true && inner.uniqueItems !== true && typesOf(inner).includes('array'))
    found.push(broken(at, 'uniqueItems', 'items may be equal'))
  if (typesOf(inner).includes('string'))
    for (const form of ['pattern', 'format'] as const)
      if (outer[form] !== undefined && outer[form] !== inner[form])
        found.push(broken(at, form, 'the form differs'))
  return found
}

/** A condition is the same or it is a break: what follows from it is not worked out. */
function comparedConditions({ inner, outer, at }: Pair): readonly Break[] {
  const has = (rule: Schema) => (inner.allOf ?? []).some((other) => isDeepStrictEqual(other, rule))
  const lost = (outer.allOf ?? []).flatMap((rule, index) =>
    has(rule) ? [] : [broken(at, `allOf/${index}`, 'the condition differs')],
  )
  const of = (schema: Schema) => [schema.if, schema.then, schema.else]
  if (outer.if !== undefined && !isDeepStrictEqual(of(inner), of(outer)))
    lost.push(broken(at, 'if', 'the condition differs'))
  if (outer.not !== undefined && !isDeepStrictEqual(inner.not, outer.not))
    lost.push(broken(at, 'not', 'the condition differs'))
  return lost
}

function comparedItems({ inner, outer, at, mode }: Pair): readonly Break[] {
  if (inner.items === undefined && outer.items === undefined) return []
  return compared({
    inner: inner.items ?? {},
    outer: outer.items ?? {},
    at: `${at}/items`,
    mode,
  })
}

function comparedRequired({ inner, outer, at }: Pair): readonly Break[] {
  return (outer.required ?? [])
    .filter((name) => !inner.required?.includes(name))
    .map((name) => broken(at, 'required', `${name} may be absent`))
}

function comparedProperties({ inner, outer, at, mode }: Pair): readonly Break[] {
  return (['properties', 'patternProperties'] as const).flatMap((keyword) =>
    Object.entries(inner[keyword] ?? {}).flatMap(([name, schema]) => {
      const place = `${at}/${keyword}/${escaped(name)}`
      const rest = mode === 'names' ? undefined : restOf(outer)
      const other = outer[keyword]?.[name] ?? rest
      if (other === undefined) return [{ at: place, problem: 'the property is not allowed' }]
      return compared({ inner: schema, outer: other, at: place, mode })
    }),
  )
}

/** Properties that the inner schema does not name. */
function comparedRest({ inner, outer, at, mode }: Pair): readonly Break[] {
  const rest = restOf(inner)
  if (rest === undefined) return []
  const allowed = restOf(outer)
  if (allowed === undefined)
    return [broken(at, 'additionalProperties', 'other properties are not allowed')]
  const named = (['properties', 'patternProperties'] as const).flatMap((keyword) =>
    Object.entries(outer[keyword] ?? {})
      .filter(([name]) => inner[keyword]?.[name] === undefined)
      .map(([name, schema]) => ({ place: `${at}/${keyword}/${escaped(name)}`, schema })),
  )
  return [
    ...compared({ inner: rest, outer: allowed, at: `${at}/additionalProperties`, mode }),
    ...named.flatMap(({ place, schema }) =>
      compared({ inner: rest, outer: schema, at: place, mode }),
    ),
  ]
}

/** Alternatives, each with what stands beside them. That `oneOf` takes only one of them is not compared. */
function branchesOf(schema: Schema): readonly { readonly schema: Schema; readonly at: string }[] {
  const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword))
  if (unknown !== undefined) throw new Error(`cannot compare the keyword ${unknown}`)
  const { anyOf, oneOf, ...rest } = schema
  if (anyOf !== undefined && oneOf !== undefined) throw new Error('cannot compare both of them')
  const keyword = anyOf === undefined ? 'oneOf' : 'anyOf'
  const branches = anyOf ?? oneOf
  if (branches === undefined) return [{ schema, at: '' }]
  return branches.flatMap((branch, index) =>
    branchesOf(joined(rest, branch)).map((inside) => ({
      schema: inside.schema,
      at: `/${keyword}/${index}${inside.at}`,
    })),
  )
}

function joined(schema: Schema, more: Schema): Schema {
  const own: Readonly<Record<string, unknown>> = { ...schema }
  const twice = Object.entries(more)
    .filter(([keyword, value]) => keyword in own && !isDeepStrictEqual(own[keyword], value))
    .map(([keyword]) => keyword)
    .find((keyword) => keyword !== 'required' && !UNCOMPARED.includes(keyword))
  if (twice !== undefined) throw new Error(`cannot join two of ${twice}`)
  const required = [...(schema.required ?? []), ...(more.required ?? [])]
  return { ...schema, ...more, ...(required.length > 0 ? { required } : {}) }
}

/** With every `$ref` written out. Of a schema that holds itself, the stack overflows. */
function whole(root: Schema): Schema {
  const definitions = (root as { readonly $defs?: Readonly<Record<string, Schema>> }).$defs
  const written = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(written)
    if (typeof part !== 'object' || part === null) return part
    const { $ref, ...rest } = part as Schema
    const own = Object.fromEntries(
      Object.entries(rest).map(([keyword, value]) => [keyword, written(value)]),
    )
    if ($ref === undefined) return own
    const target = definitions?.[$ref.replace('#/$defs/', '')]
    if (target === undefined) throw new Error(`cannot follow ${$ref}`)
    return joined(written(target) as Schema, own)
  }
  return written(root) as Schema
}

function valuesOf(schema: Schema): readonly unknown[] | undefined {
  return 'const' in schema ? [schema.const] : schema.enum
}

function typesOf(schema: Schema): readonly string[] {
  const types = schema.type === undefined ? TYPES : [schema.type].flat()
  return types.includes('number') ? [...types, 'integer'] : types
}

function restOf({ additionalProperties: rest = true }: Schema): Schema | undefined {
  return typeof rest === 'object' ? rest : rest ? {} : undefined
}

function numberOf(schema: Schema, keyword: string): number | undefined {
  return (schema as Readonly<Record<string, number | undefined>>)[keyword]
}

function broken(at: string, keyword: string, problem: string): Break {
  return { at: `${at}/${keyword}`, problem }
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
