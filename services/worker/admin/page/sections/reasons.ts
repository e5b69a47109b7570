/** From what is attributed over every reason to all calls: a waterfall in a table, so that it reads without eyes, too. */
import { REASONS, type Reason } from '#/core/words.ts'
import type { OutcomeAmounts, Status } from '#/core/status.ts'
import { byEvents, byTokens, currenciesOf, byCost, sumOf } from '../amounts.ts'
import { count, duration, money, percent } from '../format.ts'
import { html, type Html } from '../html.ts'
import { REASON_MEANINGS, REASON_NAMES } from '../meanings.ts'
import { bar, section, table, type Column, type Row } from './parts.ts'

const ORDER: readonly (Reason | 'none')[] = ['none', ...REASONS]

export function reasonsSection(status: Status): Html {
  const is_recent = sumOf(status.recent, byEvents) > 0
  const rows = is_recent ? status.recent : status.since_start
  const window = is_recent ? `in the last ${duration(status.recent_seconds)}` : 'since the start'
  const currencies = currenciesOf(rows)
  const columns: readonly Column[] = [
    { title: 'Reason' },
    { title: 'Share of all calls' },
    { title: 'Of the gap', numeric: true },
    { title: 'Calls', numeric: true },
    { title: 'Tokens', numeric: true },
    { title: 'Cost', numeric: true },
  ]
  return section(
    'reasons',
    'Reasons',
    table('reasons', `Calls by reason, ${window}`, columns, [
      ...steps(rows, currencies),
      total(rows, currencies),
    ]),
  )
}

function steps(rows: readonly OutcomeAmounts[], currencies: readonly string[]): readonly Row[] {
  const all = sumOf(rows, byEvents)
  const without = all - sumOf(rows, byEvents, 'attributed')
  let before = 0
  return ORDER.map((reason) => {
    const of = rows.filter((row) => row.reason === reason)
    const events = sumOf(of, byEvents)
    const from = all > 0 ? before / all : 0
    before += events
    const to = all > 0 ? before / all : 0
    const name = html`<span class="name">${REASON_NAMES[reason]}</span
      ><span class="meaning">${REASON_MEANINGS[reason]}</span>`
    return {
      key: reason,
      cells: [
        name,
        share(from, to, kindOf(reason), percent(events, all)),
        reason === 'none' ? '–' : (percent(events, without) ?? '–'),
        ...amounts(of, currencies),
      ],
      ...(events === 0 && { kind: 'none' }),
    }
  })
}

function total(rows: readonly OutcomeAmounts[], currencies: readonly string[]): Row {
  const some = sumOf(rows, byEvents) > 0
  return {
    key: 'all',
    cells: [
      html`<span class="name">All calls</span>`,
      share(0, some ? 1 : 0, 'all', some ? '100 %' : undefined),
      '–',
      ...amounts(rows, currencies),
    ],
    kind: 'total',
  }
}

function share(from: number, to: number, kind: string, text: string | undefined): Html {
  return html`<span class="share"
    >${bar(from, to, kind)}<span class="percent">${text ?? '–'}</span></span
  >`
}

function kindOf(reason: Reason | 'none'): string {
  if (reason === 'none') return 'attributed'
  return reason === 'lookup_unavailable' ? 'unresolved' : 'unattributed'
}

function amounts(rows: readonly OutcomeAmounts[], currencies: readonly string[]) {
  const costs = currencies.flatMap((currency) => {
    const cost = sumOf(rows, byCost(currency))
    return cost === 0 ? [] : [html`<span class="line">${money(cost, currency)}</span>`]
  })
  return [
    count(sumOf(rows, byEvents)),
    count(sumOf(rows, byTokens)),
    costs.length === 0 ? '–' : costs,
  ]
}
