/** How much of what was called, used and spent has an owner: always with both numbers of the fraction. */
import type { OutcomeAmounts, Status } from '#/core/status.ts'
import {
  byCost,
  byEvents,
  byTokens,
  coverageOf,
  currenciesOf,
  sumOf,
  type Coverage,
  type Measure,
} from '../amounts.ts'
import { amount, count, duration, percent } from '../format.ts'
import { html, type Html } from '../html.ts'
import { bar, empty, section } from './parts.ts'

interface Figure {
  readonly key: string
  readonly title: string
  readonly measure: Measure
  readonly show: (value: number) => string
}

/** Stated costs come in one currency, rarely in two. */
const CURRENCIES_MAX = 8

export function coverageSection(status: Status): Html {
  const { recent, since_start } = status
  if (sumOf(since_start, byEvents) === 0)
    return section(
      'coverage',
      'Coverage',
      empty(
        'No call has been read since the start. Send a record to a topic that a receiver reads (see ',
        html`<a href="#pipeline">Pipeline</a>`,
        '), or set ',
        html`<code>initial_offset: earliest</code>`,
        ' for a new group to read what is there.',
      ),
    )
  const figures: readonly Figure[] = [
    { key: 'calls', title: 'Calls', measure: byEvents, show: count },
    { key: 'tokens', title: 'Tokens', measure: byTokens, show: count },
    ...currenciesOf([...recent, ...since_start])
      .slice(0, CURRENCIES_MAX)
      .map((currency) => ({
        key: `cost-${currency}`,
        title: `Cost in ${currency}`,
        measure: byCost(currency),
        show: amount,
      })),
  ]
  return section(
    'coverage',
    'Coverage',
    html`<div class="cards">${figures.map((figure) => card(figure, status))}</div>`,
    !figures.some(({ key }) => key.startsWith('cost-')) &&
      html`<p class="note">The events state no cost, so there is no coverage by cost.</p>`,
  )
}

function card(figure: Figure, { recent, since_start, recent_seconds }: Status): Html {
  const { key, title, measure } = figure
  const now = coverageOf(recent, measure)
  const share = percent(now.attributed, now.counted)
  return html`<article class="card" data-key="${key}">
    <h3>${title}</h3>
    <p class="figure">${share ?? '–'}</p>
    ${bar(0, now.counted > 0 ? now.attributed / now.counted : 0, 'attributed')}
    <dl>
      <dt>Last ${duration(recent_seconds)}</dt>
      <dd>${fraction(figure, now, recent)}</dd>
      <dt>Since start</dt>
      <dd>${fraction(figure, coverageOf(since_start, measure), since_start, true)}</dd>
    </dl>
  </article>`
}

function fraction(
  { measure, show }: Figure,
  { attributed, counted, unresolved }: Coverage,
  rows: readonly OutcomeAmounts[],
  with_share = false,
): Html {
  if (sumOf(rows, measure) === 0) return html`nothing`
  const share = with_share ? percent(attributed, counted) : undefined
  return html`${share !== undefined && html`<strong>${share}</strong>: `}${show(attributed)} of
  ${show(counted)}${unresolved > 0 && html`<span class="aside">and ${show(unresolved)} unresolved</span>`}`
}
