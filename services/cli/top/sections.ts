import type { Gap, OutcomeAmounts, PartitionStatus, Status } from '#/core/status.ts'
import { PARTITION_CONDITIONS, type PartitionCondition } from '#/core/words.ts'
import type { Output } from '../command.ts'
import { bold, dim, paint } from '../style.ts'
import { count, duration, money, percent, type NumberStyle } from './numbers.ts'
import { cut, table, type Cell, type Column } from './table.ts'

/** The parts of the live table, each of them lines that fit the width. */

export interface Look extends NumberStyle, Pick<Output, 'has_color'> {
  readonly columns: number
}

export function heading(title: string, about: string, look: Look): string {
  const space = look.columns - title.length - 2
  return about === '' || space < 1
    ? bold(cut(title, look.columns), look)
    : `${bold(title, look)}  ${dim(cut(about, space), look)}`
}

export interface Coverage {
  /** Calls with an owner, and those that it is a part of: what is unresolved is in neither. */
  readonly attributed: number
  readonly judged: number
}

export function coverageOf(
  rows: readonly OutcomeAmounts[],
  amount: (row: OutcomeAmounts) => number,
): Coverage {
  let attributed = 0
  let judged = 0
  for (const row of rows) {
    if (row.outcome === 'unresolved') continue
    judged += amount(row)
    if (row.outcome === 'attributed') attributed += amount(row)
  }
  return { attributed, judged }
}

export function coverageSection(status: Status, look: Look): readonly string[] {
  const { recent, since_start } = status
  const currencies = [...new Set(since_start.flatMap(({ cost }) => Object.keys(cost)))].toSorted()
  const share = (rows: readonly OutcomeAmounts[], amount: (row: OutcomeAmounts) => number) => {
    const { attributed, judged } = coverageOf(rows, amount)
    return percent(attributed, judged, look)
  }
  const line = (name: string, rows: readonly OutcomeAmounts[]) => {
    const { attributed, judged } = coverageOf(rows, ({ events }) => events)
    return [
      name,
      { text: share(rows, ({ events }) => events), color: 'bold' } satisfies Cell,
      share(rows, ({ tokens }) => tokens),
      ...currencies.map((currency) => share(rows, ({ cost }) => cost[currency] ?? 0)),
      `${count(attributed, look)} of ${count(judged, look)}`,
    ]
  }
  return table(
    [
      { title: 'COVERAGE' },
      { title: 'events', align: 'right' },
      { title: 'tokens', align: 'right' },
      ...currencies.map((currency): Column => ({ title: `cost ${currency}`, align: 'right' })),
      { title: 'calls with an owner', align: 'right' },
    ],
    [
      line(`last ${duration(status.recent_seconds * 1000)}`, recent),
      line(`since start`, since_start),
    ],
    look.columns,
    look,
  )
}

/** What calls came to, over the recent time; over all of it while nothing came lately. */
export function reasonSection(status: Status, look: Look): readonly string[] {
  const is_recent = status.recent.some(({ events }) => events > 0)
  const of = is_recent ? status.recent : status.since_start
  const rows = of
    .filter(({ events }) => events > 0)
    .toSorted((a, b) => b.events - a.events || nameOf(a).localeCompare(nameOf(b)))
  if (rows.length === 0) return [dim(cut('no calls yet', look.columns), look)]
  const whole = rows.reduce((sum, { events }) => sum + events, 0)
  return table(
    [
      { title: is_recent ? 'OUTCOMES lately' : 'OUTCOMES since start' },
      { title: 'events', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'tokens', align: 'right' },
      { title: 'cost' },
    ],
    rows.map((row) => [
      { text: nameOf(row), color: COLORS[row.outcome] },
      count(row.events, look),
      percent(row.events, whole, look),
      count(row.tokens, look),
      money(row.cost, look),
    ]),
    look.columns,
    look,
  )
}

const COLORS = { attributed: 'green', unattributed: 'red', unresolved: 'yellow' } as const

function nameOf({ outcome, reason }: OutcomeAmounts): string {
  return reason === 'none' ? outcome : `${outcome} ${reason}`
}

export function gapRows(gaps: readonly Gap[], now_ms: number, look: Look): readonly string[] {
  return table(
    [
      { title: 'fingerprint' },
      { title: 'source' },
      { title: 'reason' },
      { title: 'events', align: 'right' },
      { title: 'tokens', align: 'right' },
      { title: 'cost' },
      { title: 'seen', align: 'right' },
      { title: 'evidence' },
      { title: 'example' },
    ],
    gaps.map((gap) => [
      gap.fingerprint,
      gap.source,
      gap.reason,
      count(gap.events, look),
      count(gap.tokens, look),
      money(gap.cost, look),
      duration(now_ms - Date.parse(gap.last_seen)),
      gap.evidence.join(' ') || '-',
      exampleOf(gap),
    ]),
    look.columns,
    look,
  )
}

function exampleOf({ example: { topic, partition, offset, event } }: Gap): string {
  return `${topic}/${partition}/${offset}/${event}`
}

/** Those that need a look first: by state, then by lag. */
export function worstFirst(partitions: readonly PartitionStatus[]): readonly PartitionStatus[] {
  const lag = ({ lag_seconds, lag_messages }: PartitionStatus) => lag_seconds ?? lag_messages ?? 0
  return partitions.toSorted(
    (a, b) =>
      SEVERITY.indexOf(b.state) - SEVERITY.indexOf(a.state) ||
      lag(b) - lag(a) ||
      a.topic.localeCompare(b.topic) ||
      a.partition - b.partition,
  )
}
const SEVERITY: readonly PartitionCondition[] = ['ok', 'warn', 'rewind', 'stall', 'stop']

export function partitionSummary(partitions: readonly PartitionStatus[]): string {
  const counts = PARTITION_CONDITIONS.map(
    (state) => [state, partitions.filter((each) => each.state === state).length] as const,
  )
  return counts.flatMap(([state, number]) => (number > 0 ? [`${number} ${state}`] : [])).join(', ')
}

export function partitionRows(
  partitions: readonly PartitionStatus[],
  now_ms: number,
  look: Look,
): readonly string[] {
  return table(
    [
      { title: 'receiver' },
      { title: 'partition' },
      { title: 'state' },
      { title: 'lag', align: 'right' },
      { title: 'behind', align: 'right' },
      { title: 'in flight', align: 'right' },
      { title: 'progress', align: 'right' },
    ],
    partitions.map((each) => [
      each.receiver,
      `${each.topic}/${each.partition}`,
      { text: each.state, color: each.state === 'ok' ? 'green' : 'yellow' },
      each.lag_messages === undefined ? '-' : count(each.lag_messages, look),
      each.lag_seconds === undefined ? '-' : duration(each.lag_seconds * 1000),
      count(each.in_flight, look),
      `${duration(now_ms - Date.parse(each.progressed_at))} ago`,
    ]),
    look.columns,
    look,
  )
}

export function lookupSection({ lookup }: Status, look: Look): readonly string[] {
  const { directory, redis, entries } = lookup
  const about = [
    `directory ${directory}`,
    ...(redis === undefined ? [] : [`Redis ${redis}`]),
    `${count(entries, look)} identities in memory`,
  ].join(', ')
  const tiers = lookup.tiers.map(({ tier, states }) => {
    const all = Object.values(states).reduce((sum, number) => sum + number, 0)
    const parts = Object.entries(states)
      .filter(([, number]) => number > 0)
      .toSorted(([, a], [, b]) => b - a)
      .map(([state, number]) => `${state} ${percent(number, all, look)}`)
    return [tier, count(all, look), parts.join(', ')]
  })
  return [
    heading('LOOKUPS', about, look),
    ...(tiers.length === 0
      ? []
      : table(
          [{ title: 'tier' }, { title: 'keys', align: 'right' }, { title: 'answers' }],
          tiers,
          look.columns,
          look,
        )),
  ]
}

export function holdingLines({ lanes }: Status, look: Look): readonly string[] {
  return lanes
    .filter(({ holding }) => holding)
    .map(({ name }) =>
      paint('yellow', cut(`HOLDING  ${name} cannot be written`, look.columns), look),
    )
}

export function problemLines({ problems }: Status, look: Look): readonly string[] {
  return problems.map(({ at, level, message, fields }) => {
    const about = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
    const text = cut([at.slice(11, 19), level, message, ...about].join('  '), look.columns)
    return level === 'error' ? paint('red', text, look) : text
  })
}
