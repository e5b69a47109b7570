import type { Pattern } from '#/core/source.ts'
import { lowerAscii } from '#/core/tags.ts'

/** Turns the patterns of a source file into one test, made once per receiver. */

/** Longer texts match no pattern with a `*`: matching takes more than linear time, and no such value is that long. */
const TEXT_CHARS_MAX = 4096

export type Matcher = (text: string) => boolean

export function matcherOf(
  patterns: readonly Pattern[],
  options: { readonly ignore_case: boolean },
): Matcher {
  const literals = new Set<string>()
  const expressions: RegExp[] = []
  const fold = options.ignore_case ? lowerAscii : (text: string) => text
  for (const pattern of patterns) {
    const folded = fold(pattern)
    if (isLiteral(pattern)) literals.add(folded)
    else expressions.push(expressionOf(folded))
  }
  if (expressions.length === 0) return (text) => literals.has(fold(text))
  return (text) => {
    const folded = fold(text)
    if (literals.has(folded)) return true
    if (folded.length > TEXT_CHARS_MAX) return false
    return expressions.some((expression) => expression.test(folded))
  }
}

function isLiteral(pattern: Pattern): boolean {
  return !/\*|<digits>|<hex>/.test(pattern)
}

function expressionOf(pattern: string): RegExp {
  const source = pattern
    .split(/(\*|<digits>|<hex>)/)
    .map((part) => {
      if (part === '*') return '[^]*'
      if (part === '<digits>') return '[0-9]+'
      if (part === '<hex>') return '[0-9a-fA-F]+'
      return part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^${source}$`)
}
