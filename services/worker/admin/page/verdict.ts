/**
 * What an operator has to know first: is all well, and if not, what is wrong, worst first. It says in words what probes,
 * partitions, outputs, lookups and config say in numbers.
 */
import type { Status } from '#/core/status.ts'
import type { PartitionCondition } from '#/core/words.ts'
import { byEvents, coverageOf, sumOf } from './amounts.ts'
import { count, duration, percent, plural, rate } from './format.ts'

/** `wrong` needs somebody now, `watch` an eye on it; `idle` means that nothing came yet. */
export type Level = 'wrong' | 'watch' | 'idle' | 'ok'

export interface Finding {
  readonly level: 'wrong' | 'watch'
  readonly title: string
  readonly details: readonly string[]
  /** Id of the section that shows more. */
  readonly section: string
}

export interface Judgement {
  readonly level: Level
  readonly headline: string
  /** One sentence on what is going on. */
  readonly summary: string
  readonly findings: readonly Finding[]
}

export function judge(status: Status): Judgement {
  const all = [
    ...healthFindings(status),
    ...outputFindings(status),
    ...partitionFindings(status),
    ...lookupFindings(status),
    ...configFindings(status),
  ]
  const findings = [
    ...all.filter(({ level }) => level === 'wrong'),
    ...all.filter(({ level }) => level === 'watch'),
  ]
  const [first, ...others] = findings
  const summary = summaryOf(status)
  if (first !== undefined) {
    const more = others.length > 0 ? `, and ${plural(others.length, 'more thing')}` : ''
    return { level: first.level, headline: `${first.title}${more}`, summary, findings }
  }
  return sumOf(status.since_start, byEvents) === 0
    ? { level: 'idle', headline: 'Ready, and waiting for the first call', summary, findings }
    : { level: 'ok', headline: 'All is well', summary, findings }
}

function summaryOf(status: Status): string {
  const { attributed, counted } = coverageOf(status.recent, byEvents)
  const share = percent(attributed, counted)
  const window = duration(status.recent_seconds)
  return share === undefined
    ? `No call was read in the last ${window}.`
    : `${share} of the calls of the last ${window} have an owner, at ${rate(status.events_per_second)}.`
}

function healthFindings({ live, ready, processes }: Status): readonly Finding[] {
  const found: Finding[] = []
  if (!live.ok)
    found.push({
      level: 'wrong',
      title: 'Not live',
      details: live.reasons,
      section: 'partitions',
    })
  if (!ready.ok)
    found.push({
      level: 'wrong',
      title: 'Not ready',
      details: ready.reasons,
      section: 'process',
    })
  const again = processes.filter(({ state, restarts }) => state === 'starting' && restarts > 0)
  if (again.length > 0)
    found.push({
      level: 'wrong',
      title: `${plural(again.length, 'process', 'processes')} crashed and ${again.length === 1 ? 'starts' : 'start'} again`,
      details: again.map(({ pid, restarts }) => `pid ${pid}: started again ${count(restarts)} ×`),
      section: 'process',
    })
  return found
}

/** Those that readiness does not name already. */
function outputFindings({ lanes, ready }: Status): readonly Finding[] {
  const holding = lanes.filter(
    (lane) => lane.holding && !ready.reasons.some((reason) => reason.includes(lane.name)),
  )
  if (holding.length === 0) return []
  return [
    {
      level: 'wrong',
      title: `Holding: ${plural(holding.length, 'output')} cannot be written`,
      details: [
        `${holding.map(({ name }) => name).join(', ')}. Nothing is lost: reading goes on when writing does.`,
      ],
      section: 'partitions',
    },
  ]
}

const CONDITION_TITLES: readonly [PartitionCondition, Finding['level'], string, string][] = [
  ['stop', 'wrong', 'stopped', 'stopped'],
  ['stall', 'wrong', 'is stalled', 'are stalled'],
  ['rewind', 'watch', 'went back', 'went back'],
  ['warn', 'watch', 'falls behind', 'fall behind'],
]
const PLACES_NAMED_MAX = 8

function partitionFindings({ partitions }: Status): readonly Finding[] {
  return CONDITION_TITLES.flatMap(([state, level, one, many]) => {
    const of = partitions.filter((partition) => partition.state === state)
    if (of.length === 0) return []
    const places = of
      .slice(0, PLACES_NAMED_MAX)
      .map(({ topic, partition }) => `${topic}/${partition}`)
    const more = of.length > places.length ? ` and ${count(of.length - places.length)} more` : ''
    return [
      {
        level,
        title: `${plural(of.length, 'partition')} ${of.length === 1 ? one : many}`,
        details: [places.join(', ') + more],
        section: 'partitions',
      },
    ]
  })
}

function lookupFindings({ lookup, recent, recent_seconds }: Status): readonly Finding[] {
  const found: Finding[] = []
  const { counted, unresolved } = coverageOf(recent, byEvents)
  if (unresolved > 0)
    found.push({
      level: 'wrong',
      title: `${plural(unresolved, 'call')} unresolved`,
      details: [
        `The directory did not answer for ${percent(unresolved, counted + unresolved) ?? ''} of the calls of the last ${duration(recent_seconds)}.`,
      ],
      section: 'lookups',
    })
  if (lookup.directory === 'absent')
    found.push({
      level: 'wrong',
      title: 'No owner file is in force',
      details: [],
      section: 'lookups',
    })
  if (lookup.directory === 'open' || lookup.directory === 'half_open')
    found.push({
      level: 'wrong',
      title: 'The directory does not answer',
      details: [`Its breaker is ${spoken(lookup.directory)}.`],
      section: 'lookups',
    })
  if (lookup.redis === 'open' || lookup.redis === 'half_open')
    found.push({
      level: 'watch',
      title: 'Redis does not answer',
      details: [
        `Its breaker is ${spoken(lookup.redis)}; what memory does not know goes to the directory.`,
      ],
      section: 'lookups',
    })
  return found
}

function configFindings({ config }: Status): readonly Finding[] {
  if (config.is_current) return []
  return [
    {
      level: 'wrong',
      title: 'Config reload failed',
      details: [
        ...(config.problem === undefined ? [] : [config.problem]),
        'The config loaded before stays in force.',
      ],
      section: 'process',
    },
  ]
}

export function spoken(word: string): string {
  return word.replaceAll('_', ' ')
}
