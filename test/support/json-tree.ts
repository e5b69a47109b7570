/**
 * JSON that a test takes apart, changes and writes again, with numbers as they stood and with the spelling of names, strings
 * and the order of members at the test's choice.
 */
import type { Random } from './random.ts'

export type Json = null | boolean | string | Digits | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json
}

/** A number as it stands in the text. */
export class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type SourceReviver = (
  key: string,
  value: unknown,
  context?: { readonly source?: string },
) => unknown

export function parseTree(text: string): Json {
  const keepDigits: SourceReviver = (_, value, context) =>
    typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value
  const parsed: Json = JSON.parse(text, keepDigits)
  return parsed
}

export interface Spelling {
  readonly name?: (name: string) => string
  readonly string?: (text: string) => string
  /** Puts the members of every object into another order. */
  readonly shuffle?: Random
}

export function writeTree(tree: Json, spelling: Spelling = {}): string {
  const { name = plain, string = plain, shuffle } = spelling
  const write = (value: Json): string => {
    if (value === null || typeof value === 'boolean') return String(value)
    if (typeof value === 'string') return string(value)
    if (value instanceof Digits) return value.text
    if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
    const members = Object.entries(value)
    const order = shuffle === undefined ? members : shuffled(members, shuffle)
    return `{${order.map(([key, member]) => `${name(key)}:${write(member)}`).join(',')}}`
  }
  return write(tree)
}

function plain(text: string): string {
  return JSON.stringify(text)
}

/** Every code unit as `\u00xx`, in one of two spellings of the hexadecimal digits. */
export function escapedText(text: string): string {
  const unit = (char: string, at: number): string => {
    const hex = char.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${at % 2 === 0 ? hex : hex.toUpperCase()}`
  }
  return `"${text.split('').map(unit).join('')}"`
}

export function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const left = [...items]
  const out: T[] = []
  while (left.length > 0) out.push(...left.splice(random.whole(0, left.length - 1), 1))
  return out
}

export function isObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Digits)
  )
}

/** A deep copy, to be changed. */
export function copyOf(tree: Json): Json {
  if (Array.isArray(tree)) return tree.map(copyOf)
  if (!isObject(tree)) return tree
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, copyOf(value)]))
}

export function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function pointerOf(steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function valueAt(tree: Json | undefined, steps: readonly string[]): Json | undefined {
  return steps.reduce<Json | undefined>(
    (found, step) => (isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined),
    tree,
  )
}

/** Sets a value, or takes it out when it is `undefined`; objects on the way are made. False where something else stands. */
export function setAt(
  tree: JsonObject,
  steps: readonly string[],
  value: Json | undefined,
): boolean {
  const last = steps.at(-1)
  if (last === undefined) return false
  let holder = tree
  for (const step of steps.slice(0, -1)) {
    const next = Object.hasOwn(holder, step) ? holder[step] : undefined
    if (isObject(next)) holder = next
    else if (next === undefined && value !== undefined) {
      const made: JsonObject = {}
      holder[step] = made
      holder = made
    } else return false
  }
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return true
}
