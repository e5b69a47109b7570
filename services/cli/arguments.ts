import { parseArgs } from 'node:util'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Arguments, OptionSpec } from './command.ts'
import { meantBy } from './nearest.ts'

/**
 * Parses a command line against the options a command declares. Whatever does not fit is a usage error that names the
 * nearest option; nothing is guessed and then run.
 */
export function parseArguments(
  given: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
): Arguments {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      {
        type: spec.type === 'flag' ? ('boolean' as const) : ('string' as const),
        ...(spec.short === undefined ? {} : { short: spec.short }),
        ...(spec.multiple === true ? { multiple: true } : {}),
      },
    ]),
  )
  const line = joinNumbers(given, specs)
  rejectUnknown(line, options)
  try {
    const parsed = parseArgs({ args: [...line], options, strict: true, allowPositionals: true })
    const values = new Map(Object.entries(parsed.values))
    for (const [name, value] of values) checkValue(name, specs[name], value)
    return accessors(parsed.positionals, values, specs)
  } catch (error) {
    if (error instanceof WhosecallError) throw error
    throw new WhosecallError('usage', firstSentence(messageOf(error)), { cause: error })
  }
}

/** Node takes the `-1` of `--limit -1` for an option. It is a number that does not fit, and is told as that. */
function joinNumbers(
  line: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
): readonly string[] {
  const integers = new Set(
    Object.entries(specs).flatMap(([name, { type, short }]) =>
      type === 'integer' ? [`--${name}`, ...(short === undefined ? [] : [`-${short}`])] : [],
    ),
  )
  const joined: string[] = []
  for (let i = 0; i < line.length; i += 1) {
    const [part, next] = [line[i]!, line[i + 1]]
    if (part === '--') return [...joined, ...line.slice(i)]
    const has_number = integers.has(part) && next !== undefined && /^-\d/.test(next)
    if (has_number) i += 1
    joined.push(has_number ? `${part}${part.startsWith('--') ? '=' : ''}${next}` : part)
  }
  return joined
}

type Value = string | boolean | (string | boolean)[] | undefined

function rejectUnknown(
  line: readonly string[],
  options: Readonly<
    Record<string, { readonly type: 'boolean' | 'string'; readonly short?: string }>
  >,
): void {
  const { tokens } = parseArgs({
    args: [...line],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue
    const meant = meantBy(token.name, Object.keys(options))
    const hint = meant === undefined ? '' : `; did you mean --${meant}?`
    throw new WhosecallError('usage', `unknown option ${token.rawName}${hint}`)
  }
}

function checkValue(name: string, spec: OptionSpec | undefined, value: Value): void {
  if (spec === undefined) return
  if (Array.isArray(value)) {
    for (const item of value) checkValue(name, spec, item)
    return
  }
  if (typeof value !== 'string') return
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    const meant = meantBy(value, spec.choices)
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`
    throw new WhosecallError(
      'usage',
      `--${name} must be one of ${spec.choices.join(', ')}, not "${value}"${hint}`,
    )
  }
  if (spec.type === 'integer') integerOf(name, spec, value)
}

function integerOf(name: string, spec: OptionSpec, value: string): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  const min = spec.min ?? 0
  const max = spec.max ?? Number.MAX_SAFE_INTEGER
  if (number >= min && number <= max) return number
  const range = spec.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
  throw new WhosecallError('usage', `--${name} must be a whole number ${range}, not "${value}"`)
}

function accessors(
  positionals: readonly string[],
  values: ReadonlyMap<string, Value>,
  specs: Readonly<Record<string, OptionSpec>>,
): Arguments {
  const declared = (name: string): OptionSpec => {
    const spec = specs[name]
    if (spec === undefined) throw new Error(`option --${name} is not declared`)
    return spec
  }
  const text = (name: string): string | undefined => {
    declared(name)
    const value = values.get(name)
    return typeof value === 'string' ? value : undefined
  }
  return {
    positionals,
    flag(name) {
      declared(name)
      return values.get(name) === true
    },
    text,
    texts(name) {
      declared(name)
      const value = values.get(name)
      const list = Array.isArray(value) ? value : [value]
      return list.filter((item) => typeof item === 'string')
    },
    integer(name) {
      const value = text(name)
      return value === undefined ? undefined : integerOf(name, declared(name), value)
    },
  }
}

/** Node's messages go on with advice about `--`; the first sentence says what is wrong. */
function firstSentence(message: string): string {
  return message.split(/\.\s|\n/, 1)[0]?.replace(/^Option /, 'option ') ?? message
}
