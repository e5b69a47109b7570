/** What a ledger run must satisfy, and the sentences for what it does not. */
import type { Scrape } from '../../support/scrape.ts'
import type { Gains } from './audit.ts'
import type { LedgerOptions, LedgerResult } from './run.ts'

/** Counters of the last incarnation against what the topics gained in its time. */
export function compare(scrape: Scrape | undefined, gains: Gains): string[] {
  if (scrape === undefined) return ['no counters']
  const events = scrape.by('whosecall_events_total', 'outcome', 'reason')
  const letters = scrape.by('whosecall_dead_letters_total', 'reason')
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['published', scrape.sum('whosecall_published_messages_total'), gains.published],
    ['dead_lettered', scrape.sum('whosecall_dead_lettered_messages_total'), gains.dead_lettered],
    ['filtered', scrape.sum('whosecall_filtered_messages_total'), gains.filtered],
    ['events', sorted(events), sorted(gains.events)],
    ['dead letters', sorted(letters), sorted(gains.dead_letters)],
  ]
  return pairs
    .filter(([, counted, found]) => JSON.stringify(counted) !== JSON.stringify(found))
    .map(
      ([name, counted, found]) =>
        `counters: ${name} ${JSON.stringify(counted)}, but the topics hold ${JSON.stringify(found)}`,
    )
}

function sorted(counts: Readonly<Record<string, number>>) {
  return Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

export function violationsOf(
  result: Omit<LedgerResult, 'violations'>,
  options: LedgerOptions,
): readonly string[] {
  const accounted =
    result.attributed + result.unattributed + result.unresolved + result.dead_lettered
  const rules: readonly (readonly [boolean, string])[] = [
    [result.sent === options.messages, 'not all numbers were sent'],
    [result.lost === 0, `${result.lost} numbers are lost`],
    [accounted + result.lost === result.sent, 'a number has no outcome, or more than one'],
    [result.copies <= result.copies_allowed, 'more copies than the kills explain'],
    [result.unequal_copies === 0, `${result.unequal_copies} numbers have unequal copies`],
    [result.wrongly_unattributed === 0, `${result.wrongly_unattributed} wrongly unattributed`],
    [result.wrong_decisions === 0, `${result.wrong_decisions} wrong decisions`],
    [result.changed_bytes === 0, `${result.changed_bytes} messages were changed`],
    [result.wrong_coordinates === 0, `${result.wrong_coordinates} wrong coordinates`],
    [result.invalid_outputs === 0, `${result.invalid_outputs} do not fit the schema`],
    [result.unresolved > 0, 'nothing stayed unresolved: the registry was never missed'],
    [result.kills >= options.kills, `only ${result.kills} kills hit a worker at work`],
    [result.broken_equations === 0, `${result.broken_equations} scrapes break the equation`],
    [result.scrapes > 0, 'no scrape was taken'],
  ]
  return rules.filter(([holds]) => !holds).map(([, text]) => text)
}
