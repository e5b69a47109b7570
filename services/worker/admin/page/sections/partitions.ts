/** How reading and writing get on: partitions, worst first, and the outputs. */
import type { PartitionStatus, Status } from '#/core/status.ts'
import { PARTITION_CONDITIONS, type PartitionCondition } from '#/core/words.ts'
import { count, duration, plural } from '../format.ts'
import { html, type Html } from '../html.ts'
import { CONDITION_MEANINGS } from '../meanings.ts'
import { empty, section, state, table, time, type Column, type Mark } from './parts.ts'

const PARTITIONS_SHOWN_MAX = 100

const MARKS: Readonly<Record<PartitionCondition, Mark>> = {
  ok: 'ok',
  warn: 'watch',
  stall: 'wrong',
  stop: 'wrong',
  rewind: 'watch',
}
const WORST_FIRST: readonly PartitionCondition[] = ['stop', 'stall', 'rewind', 'warn', 'ok']

const COLUMNS: readonly Column[] = [
  { title: 'Partition' },
  { title: 'State' },
  { title: 'Lag, messages', numeric: true },
  { title: 'Lag, time', numeric: true },
  { title: 'In flight', numeric: true },
  { title: 'Progressed (UTC)' },
  { title: 'Receiver' },
]

export function partitionsSection(status: Status): Html {
  return section('partitions', 'Partitions and outputs', partitions(status), outputs(status))
}

function partitions({ partitions: all, at }: Status): readonly Html[] {
  if (all.length === 0)
    return [
      empty(
        'No partition is assigned. A new member of a group waits for the others to make room; if it stays so, the group has more members than partitions, or the topics have none.',
      ),
    ]
  const sorted = all.toSorted(
    (a, b) =>
      WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) ||
      (b.lag_messages ?? 0) - (a.lag_messages ?? 0),
  )
  const shown = sorted.slice(0, PARTITIONS_SHOWN_MAX)
  const left_off = all.length - shown.length
  const states = PARTITION_CONDITIONS.filter((of) => all.some((each) => each.state === of))
  const counts = states.map((of) => {
    const number = count(all.filter((each) => each.state === of).length)
    return html`<li data-key="${of}">
      ${state(MARKS[of], `${number} ${of}`)} <span class="meaning">${CONDITION_MEANINGS[of]}</span>
    </li>`
  })
  const caption = `${plural(all.length, 'partition')}, worst first${left_off > 0 ? `; ${count(left_off)} more are not shown` : ''}`
  return [
    html`<ul class="states">
      ${counts}
    </ul>`,
    table(
      'partitions',
      caption,
      COLUMNS,
      shown.map((each) => ({
        key: `${each.receiver} ${each.topic} ${each.partition}`,
        cells: cellsOf(each, at),
      })),
    ),
  ]
}

function cellsOf(of: PartitionStatus, now: string) {
  return [
    html`<span class="place">${of.topic}/${of.partition}</span>`,
    state(MARKS[of.state], of.state),
    of.lag_messages === undefined ? 'not known yet' : count(of.lag_messages),
    of.lag_seconds === undefined ? '–' : duration(of.lag_seconds),
    count(of.in_flight),
    time(of.progressed_at, now),
    html`<code>${of.receiver}</code>`,
  ]
}

function outputs({ lanes }: Status): Html {
  if (lanes.length === 0) return empty('No output is open yet.')
  return html`<h3>Outputs</h3>
    <ul class="states">
      ${lanes.map(
        ({ name, holding }) =>
          html`<li data-key="${name}">
            ${holding ? state('wrong', 'holding') : state('ok', 'writing')} <code>${name}</code>
          </li>`,
      )}
    </ul>`
}
