/** Who answers the question of the owner: the tiers, what each said, and whether the services behind them answer. */
import type { LookupStatus, Status } from '#/core/status.ts'
import { count } from '../format.ts'
import { html, type Html } from '../html.ts'
import { spoken } from '../verdict.ts'
import { empty, section, state, table } from './parts.ts'

/** As a key goes through a tier; others follow. */
const STATES_ORDER = ['fresh', 'stale', 'negative', 'unowned', 'miss', 'unavailable', 'error']

export function lookupsSection({ lookup }: Status): Html {
  return section(
    'lookups',
    'Owner lookup',
    html`<ul class="states">
      <li data-key="directory">${serviceState(lookup.directory)} <span>Directory</span></li>
      ${
        lookup.redis !== undefined &&
        html`<li data-key="redis">${serviceState(lookup.redis)} <span>Redis</span></li>`
      }
      <li data-key="memory">
        ${state(lookup.entries > 0 ? 'ok' : 'idle', count(lookup.entries))}
        <span>identities in memory</span>
      </li>
    </ul>`,
    tiers(lookup),
  )
}

function serviceState(of: string): Html {
  switch (of) {
    case 'loaded':
      return state('ok', 'loaded')
    case 'closed':
      return state('ok', 'answers')
    case 'half_open':
      return state('watch', 'is tried again (breaker half open)')
    case 'open':
      return state('wrong', 'is left alone (breaker open)')
    case 'absent':
      return state('wrong', 'no owner file in force')
    default:
      return state('idle', spoken(of))
  }
}

function tiers({ tiers: known }: LookupStatus): Html {
  const all = known.filter(({ states }) => Object.keys(states).length > 0)
  if (all.length === 0)
    return empty('Nothing was looked up yet. With the first call this shows what each tier said.')
  const found = new Set(all.flatMap(({ states }) => Object.keys(states)))
  const columns = [
    ...STATES_ORDER.filter((word) => found.has(word)),
    ...[...found].filter((word) => !STATES_ORDER.includes(word)).toSorted(),
  ]
  return table(
    'lookups',
    'Keys asked for since the start, by tier and by what it said',
    [{ title: 'Tier' }, ...columns.map((word) => ({ title: spoken(word), numeric: true }))],
    all.map(({ tier, states }) => ({
      key: tier,
      cells: [
        html`<span class="name">${tier}</span>`,
        ...columns.map((word) => (Object.hasOwn(states, word) ? count(states[word] ?? 0) : '–')),
      ],
    })),
  )
}
