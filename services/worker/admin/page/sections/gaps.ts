/** Who is unattributed, largest first: what to triage, with an example of each and how to ask why. */
import type { Gap, Status } from '#/core/status.ts'
import { byEvents, sumOf } from '../amounts.ts'
import { count, money, plural } from '../format.ts'
import { html, type Html } from '../html.ts'
import { REASON_NAMES } from '../meanings.ts'
import type { PageOptions } from '../options.ts'
import { empty, section, table, time, type Column } from './parts.ts'

const COLUMNS: readonly Column[] = [
  { title: 'Source' },
  { title: 'Reason' },
  { title: 'Evidence' },
  { title: 'Calls', numeric: true },
  { title: 'Tokens', numeric: true },
  { title: 'Cost', numeric: true },
  { title: 'Seen (UTC)' },
  { title: 'Example' },
]

export function gapsSection(status: Status, options: PageOptions): Html {
  const { gaps, gap_count, at } = status
  const title = 'Unattributed sources'
  if (gaps.length === 0)
    return section(
      'gaps',
      title,
      empty(
        sumOf(status.since_start, byEvents) === 0
          ? 'Nothing yet: events that nobody owns are grouped here by their evidence.'
          : 'None: every call that was read has an owner or waits for an answer.',
      ),
    )
  const shown = gaps.length < gap_count ? `the largest ${count(gaps.length)} of ` : ''
  return section(
    'gaps',
    title,
    html`<p class="note">
      Events with the same evidence are one group. Give its identity an owner in the directory, or
      ask <code>whosecall explain</code> what would attribute it.
    </p>`,
    table(
      'gaps',
      `Groups of unattributed calls: ${shown}${plural(gap_count, 'group')}, by calls since the start`,
      COLUMNS,
      gaps.map((gap) => ({ key: gap.fingerprint, cells: cellsOf(gap, at, options) })),
    ),
  )
}

function cellsOf(gap: Gap, now: string, options: PageOptions) {
  const costs = Object.entries(gap.cost).filter(([, cost]) => cost !== 0)
  return [
    html`<span class="name">${gap.source}</span
      ><code class="fingerprint">${gap.fingerprint}</code>`,
    REASON_NAMES[gap.reason],
    gap.evidence.length === 0
      ? 'none'
      : gap.evidence.map((kind) => html`<code class="chip">${kind}</code> `),
    count(gap.events),
    count(gap.tokens),
    costs.length === 0
      ? '–'
      : costs.map(([currency, cost]) => html`<span class="line">${money(cost, currency)}</span>`),
    html`<span class="line">${time(gap.first_seen, now)} to</span
      ><span class="line">${time(gap.last_seen, now)}</span>`,
    example(gap, options),
  ]
}

function example({ example: at, fingerprint }: Gap, options: PageOptions): Html {
  const place = html`<span class="place">${at.topic}/${at.partition} at ${at.offset}</span>`
  const link = `explain/${encodeURIComponent(at.topic)}/${at.partition}/${at.offset}?event=${at.event}`
  return html`${options.explain ? html`<a href="${link}" title="Why has this event no owner?">${place}</a>` : place}
    <details>
      <summary>Command</summary>
      <div class="command">
        <code id="command-${fingerprint}" class="copied">${explainCommand(at, options)}</code
        ><button type="button" class="needs-script" data-copy="command-${fingerprint}">
          Copy<span class="quiet"> the command for ${fingerprint}</span>
        </button>
      </div>
    </details>`
}

/** What a shell takes as it is. */
const PLAIN_WORD = /^[\w@%+=:,./-]+$/

export function explainCommand(place: Gap['example'], { config_file }: PageOptions): string {
  return [
    'whosecall explain -c',
    shellWord(config_file ?? 'worker.yaml'),
    '--topic',
    shellWord(place.topic),
    `--partition ${place.partition} --offset ${place.offset}`,
    ...(place.event > 0 ? [`--event ${place.event}`] : []),
  ].join(' ')
}

function shellWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
