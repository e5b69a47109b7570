import type { Count, TokenRules } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import { BILL_CACHE_READ, BILL_CACHE_WRITE, BILL_INPUT, BILL_OUTPUT } from './bill-row.ts'
import { compileWhen } from './conditions.ts'
import type { Fields } from './fields.ts'
import type { Numbers } from './numbers.ts'

/**
 * Token counts of all sources in one meaning: what is not cached, what came from and went into caches, output with its
 * reasoning. Some sources count what is cached inside the input and some beside it, some reasoning inside the output and
 * some beside it.
 */

/** What stands for a count that nobody knows; every count that is known is 0 or more. */
export const UNKNOWN = -1

/** The record does not say how many tokens the call used. */
export const TOKENS_UNKNOWN = 0
export const TOKENS_REPORTED = 1
/** The source may have guessed them. */
export const TOKENS_ESTIMATED = 2

/** Where the counts of a source stand among its numbers. */
interface TokenPlaces {
  readonly input: Places
  readonly cache_read: Places
  readonly cache_write: Places
  readonly output: Places
  /** Only what stands beside the output. */
  readonly reasoning: Places
  readonly isBeside: Beside
  readonly is_estimated: boolean
}

/** Terms that add up; of each the first place that holds a count counts. */
type Places = readonly Int32Array[]

/** Writes the counts of an event into its row, `UNKNOWN` where the source does not state one. Returns one of `TOKENS_`. */
export type TokenReader = (
  values: EventValues,
  found: Float64Array,
  bits: number,
  rows: Float64Array,
  at: number,
) => number

/** Whether what is cached stands beside the input. */
export type Beside = (values: EventValues) => boolean

/** Reads texts, so it is compiled before the numbers of a source, which stand side by side. */
export function compileBeside({ cached, beside_when }: TokenRules, fields: Fields): Beside {
  if (beside_when === undefined) return () => cached === 'beside'
  return compileWhen(beside_when, fields, 'reads').holds
}

export function compileTokens(
  rules: readonly TokenRules[],
  numbers: Numbers,
  besides: readonly Beside[],
): TokenReader {
  const all = rules.map((rule, at) => placesOf(rule, numbers, besides[at]!))
  const readAll: TokenReader = (values, found, bits, rows, at) => {
    for (const places of all) {
      const input = countOf(places.input, found, bits)
      const output = countOf(places.output, found, bits)
      if (input < 0 && output < 0) continue
      const cache_read = countOf(places.cache_read, found, bits)
      const cache_write = countOf(places.cache_write, found, bits)
      const cached = zeroIfUnknown(cache_read) + zeroIfUnknown(cache_write)
      const reasoning = countOf(places.reasoning, found, bits)
      const is_beside = cached > input || (cached > 0 && places.isBeside(values))
      rows[at + BILL_INPUT] = is_beside ? input : input - cached
      rows[at + BILL_CACHE_READ] = cache_read
      rows[at + BILL_CACHE_WRITE] = cache_write
      rows[at + BILL_OUTPUT] = sumOf(output, reasoning)
      return places.is_estimated ? TOKENS_ESTIMATED : TOKENS_REPORTED
    }
    forgetTokens(rows, at)
    return TOKENS_UNKNOWN
  }
  return all.length === 1 ? withPlainCounts(all[0]!, readAll) : readAll
}

/**
 * Most calls state an input and an output under the same names as the call before, and nothing else: then it is known where
 * the two stand, and all there is to do is to take them.
 */
function withPlainCounts(places: TokenPlaces, readAll: TokenReader): TokenReader {
  const [input_term, ...more_input] = places.input
  const [output_term, ...more_output] = places.output
  const others = bitsOf([...places.cache_read, ...places.cache_write, ...places.reasoning])
  if (!input_term || !output_term || more_input.length > 0 || more_output.length > 0) return readAll
  let known_bits = 0
  let input_at = -1
  let output_at = -1
  const basis = places.is_estimated ? TOKENS_ESTIMATED : TOKENS_REPORTED
  return (values, found, bits, rows, at) => {
    if (bits !== known_bits) {
      known_bits = bits
      const is_plain = (bits & others) === 0
      input_at = is_plain ? firstPlace(input_term, bits) : -1
      output_at = is_plain ? firstPlace(output_term, bits) : -1
    }
    if (input_at < 0 || output_at < 0) return readAll(values, found, bits, rows, at)
    const input = found[input_at]!
    const output = found[output_at]!
    if (!isCount(input) || !isCount(output)) return readAll(values, found, bits, rows, at)
    rows[at + BILL_INPUT] = input
    rows[at + BILL_CACHE_READ] = UNKNOWN
    rows[at + BILL_CACHE_WRITE] = UNKNOWN
    rows[at + BILL_OUTPUT] = output
    return basis
  }
}

export function forgetTokens(rows: Float64Array, at: number): void {
  rows[at + BILL_INPUT] = UNKNOWN
  rows[at + BILL_CACHE_READ] = UNKNOWN
  rows[at + BILL_CACHE_WRITE] = UNKNOWN
  rows[at + BILL_OUTPUT] = UNKNOWN
}

export function zeroIfUnknown(count: number): number {
  return count < 0 ? 0 : count
}

function placesOf(rule: TokenRules, numbers: Numbers, isBeside: Beside): TokenPlaces {
  const places = (count: Count = []): Places =>
    count.map((paths) => Int32Array.from(paths, (path) => numbers.placeOf(path)))
  return {
    input: places(rule.input),
    cache_read: places(rule.cache_read),
    cache_write: places(rule.cache_write),
    output: places(rule.output),
    reasoning: places(rule.reasoned === 'beside' ? rule.reasoning : []),
    isBeside,
    is_estimated: rule.may_be_estimated === true,
  }
}

function bitsOf(places: Places): number {
  return places.flatMap((term) => [...term]).reduce((bits, place) => bits | (1 << place), 0)
}

/** An answer may be all reasoning, which then is all that is stated. */
function sumOf(output: number, reasoning: number): number {
  if (output < 0) return reasoning
  return output + zeroIfUnknown(reasoning)
}

/** None at all is not zero. */
function countOf(places: Places, found: Float64Array, bits: number): number {
  let sum = UNKNOWN
  for (let i = 0; i < places.length; i += 1) {
    const count = firstCount(places[i]!, found, bits)
    if (count >= 0) sum = sum < 0 ? count : sum + count
  }
  return sum
}

function firstCount(term: Int32Array, found: Float64Array, bits: number): number {
  for (let i = 0; i < term.length; i += 1) {
    const place = term[i]!
    if ((bits & (1 << place)) !== 0 && isCount(found[place]!)) return found[place]!
  }
  return UNKNOWN
}

function firstPlace(term: Int32Array, bits: number): number {
  return term.find((place) => (bits & (1 << place)) !== 0) ?? -1
}

function isCount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value
}
