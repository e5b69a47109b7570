import type { Source } from '#/core/source.ts'
import { factsOf, type SourceFacts } from './facts.ts'

/** The sources as a table: on the terminal, and in the README, whose table is generated from here. */

export const COLUMNS = [
  'source',
  'messages',
  'verified',
  'claimed',
  'at best',
  'tokens',
  'cost',
  'address',
  'joins by',
  'policy',
] as const

const NONE = '–'

export function rowsOf(sources: readonly Source[]): readonly (readonly string[])[] {
  return sources.map((source) => rowOf(factsOf(source)))
}

function rowOf(facts: SourceFacts): readonly string[] {
  const { stamped, at_best, at_best_stamped } = facts
  return [
    facts.name,
    facts.messages,
    words([...facts.verified, ...stamped.map((slot) => `${slot}*`)]),
    words(facts.claimed),
    at_best_stamped === undefined ? at_best : `${at_best}, ${at_best_stamped}*`,
    words(facts.tokens.map(shorter)) + (facts.may_be_estimated ? ' (some guessed)' : ''),
    facts.cost === null ? NONE : costText(facts.cost),
    facts.address ? 'yes' : NONE,
    words(facts.correlation.map((name) => name.replace('_id', ''))),
    words(facts.policy.map(shorter)),
  ]
}

/** A currency that the record states stands in the data file as a path. */
export function costText({ currency, basis }: NonNullable<SourceFacts['cost']>): string {
  return currency.startsWith('/') ? basis : `${basis}, ${currency}`
}

function words(names: readonly string[]): string {
  return names.length === 0 ? NONE : names.join(' ')
}

function shorter(name: string): string {
  return name.replaceAll('_', '-')
}

export const FOOTNOTE =
  '* stands in the resource: verified where the receiver lists it in trusted_resource_attributes'

/** Two blanks between columns, nothing at the ends of lines. */
export function terminalTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Each name leads to the data file that the row was made from. */
export function markdownTable(sources: readonly Source[]): string {
  const rows = rowsOf(sources).map(([name = '', ...cells]) => [
    `[${name}](services/sources/${name}.ts)`,
    ...cells.map((cell) => cell.replaceAll('*', '\\*')),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(COLUMNS), line(COLUMNS.map(() => '---')), ...rows.map(line)].join('\n')
}
