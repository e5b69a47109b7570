import { DEFAULT_TARGET } from '#/cli/rules/options.ts'
import { AMOUNTS } from './amounts.ts'
import { JOB, growthOf, rateOf, type Dashboard, type Threshold } from './panel.ts'

/** Whose calls they are: how large the gap is, by calls, tokens and cost, why it is there and where it comes from. */

const OWNED: readonly Threshold[] = [
  { color: 'red' },
  { from: DEFAULT_TARGET - 0.1, color: 'orange' },
  { from: DEFAULT_TARGET, color: 'green' },
]
const ratio = (window: string): string =>
  `job:whosecall_unattributed_per_events:ratio_rate${window}{${JOB}}`

export const COVERAGE: Dashboard = {
  uid: 'whosecall-coverage',
  title: 'whosecall: coverage',
  description: 'Which share of AI model calls has an owner, and where the rest comes from.',
  sections: [
    {
      title: 'Share with an owner',
      panels: [
        {
          title: 'Calls',
          description:
            'Calls with an owner / (calls with and without), last hour. Calls that could not be looked up are in neither.',
          type: 'stat',
          unit: 'percentunit',
          queries: [{ expr: `1 - ${ratio('1h')}`, legend: '{{job}}' }],
          thresholds: OWNED,
          width: 5,
          height: 5,
          alert: 'WhosecallUnattributedFastBurn',
        },
        {
          title: 'Tokens',
          description: 'The same by tokens, as far as events state them.',
          type: 'stat',
          unit: 'percentunit',
          queries: [
            {
              expr: `1 - job:whosecall_unattributed_per_tokens:ratio_rate1h{${JOB}}`,
              legend: '{{job}}',
            },
          ],
          thresholds: OWNED,
          width: 5,
          height: 5,
          alert: 'WhosecallUnattributedSlowBurn',
        },
        {
          title: 'Cost',
          description:
            'The same by cost, for each currency, as far as events state it. One source can be few calls and much money.',
          type: 'stat',
          unit: 'percentunit',
          queries: [
            {
              expr: `1 - job_currency:whosecall_unattributed_per_cost:ratio_rate1h{${JOB}}`,
              legend: '{{currency}}',
            },
          ],
          thresholds: OWNED,
          width: 5,
          height: 5,
          alert: 'WhosecallUnattributedSlowBurn',
        },
        {
          title: 'Without an owner',
          description: 'Calls without an owner in the range of time that is shown: the numerator.',
          type: 'stat',
          unit: 'short',
          queries: [
            {
              expr: growthOf('whosecall_events_total', '', 'outcome="unattributed"'),
              legend: 'calls',
            },
          ],
          width: 4,
          height: 5,
        },
        {
          title: 'Not looked up',
          description:
            'Share of calls whose owner could not be looked up in the last five minutes. They blame nobody.',
          type: 'stat',
          unit: 'percentunit',
          queries: [
            {
              expr: `job:whosecall_unresolved_per_events:ratio_rate5m{${JOB}}`,
              legend: '{{job}}',
            },
          ],
          thresholds: [
            { color: 'green' },
            { from: 0.01, color: 'orange' },
            { from: 0.05, color: 'red' },
          ],
          width: 5,
          height: 5,
          alert: 'WhosecallUnresolved',
        },
        {
          title: 'Calls without an owner, by window',
          description:
            'The rate that alerts watch. A long window moves slowly; both windows of an alert must be above its limit.',
          type: 'timeseries',
          unit: 'percentunit',
          queries: [
            ...['5m', '1h', '6h', '1d', '3d'].map((window) => ({
              expr: ratio(window),
              legend: window,
            })),
            { expr: '1 - $target', legend: 'what the target allows' },
          ],
          width: 12,
          min: 0,
          max: 1,
          alert: 'WhosecallUnattributedFastBurn',
        },
        {
          title: 'Burn rate',
          description:
            'How many times the share that the target allows is without an owner. At 1 the target is just met; alerts begin at the factors that whosecall rules prints.',
          type: 'timeseries',
          unit: 'suffix: ×',
          queries: ['1h', '6h', '1d', '3d'].map((window) => ({
            expr: `${ratio(window)} / (1 - $target)`,
            legend: window,
          })),
          width: 12,
          min: 0,
          thresholds: [{ color: 'green' }, { from: 1, color: 'orange' }],
          alert: 'WhosecallUnattributedSlowBurn',
        },
      ],
    },
    {
      title: 'Why, and where from',
      panels: [
        {
          title: 'Outcomes',
          description: 'All events: calls by outcome, and what is no call.',
          type: 'timeseries',
          unit: 'cps',
          queries: [{ expr: rateOf('whosecall_events_total', 'outcome'), legend: '{{outcome}}' }],
          stacked: true,
          width: 12,
          min: 0,
        },
        {
          title: 'Reasons',
          description:
            'Calls without an owner by reason. ip_only: only an address. shared_account: a shared key. unknown_identity: somebody whom the directory does not know.',
          type: 'timeseries',
          unit: 'cps',
          queries: [
            {
              expr: rateOf(
                'whosecall_events_total',
                'reason',
                'outcome=~"unattributed|unresolved"',
              ),
              legend: '{{reason}}',
            },
          ],
          stacked: true,
          width: 12,
          min: 0,
          alert: 'WhosecallUnattributedFastBurn',
        },
        {
          title: 'Biggest sources',
          description: 'Where most calls without an owner come from, in the range that is shown.',
          type: 'bargauge',
          unit: 'short',
          queries: [
            {
              expr: `topk(10, ${growthOf('whosecall_unattributed_events_total', 'source, reason')})`,
              legend: '{{source}}: {{reason}}',
              instant: true,
            },
          ],
          width: 12,
          min: 0,
          alert: 'WhosecallUnattributedSlowBurn',
        },
        {
          title: 'Kinds of calls without an owner',
          description:
            'Groups of calls that look alike (source, reason, kind of evidence) and were seen in the last hour: the work that is open.',
          type: 'timeseries',
          unit: 'short',
          queries: [
            { expr: `max by (reason) (whosecall_triage_sources{${JOB}})`, legend: '{{reason}}' },
          ],
          width: 6,
          min: 0,
          alert: 'WhosecallNewUnattributedSource',
        },
        {
          title: 'Oldest of them',
          description: 'How long ago the oldest such group was first seen by a process.',
          type: 'timeseries',
          unit: 's',
          queries: [
            {
              expr: `max by (reason) (time() - whosecall_triage_oldest_first_seen_timestamp_seconds{${JOB}} > 0)`,
              legend: '{{reason}}',
            },
          ],
          width: 6,
          min: 0,
        },
        {
          title: 'First seen',
          description:
            'Groups that a process saw for the first time. After a start, everything is new to it.',
          type: 'timeseries',
          unit: 'short',
          queries: [
            {
              expr: `sum by (reason) (increase(whosecall_triage_sources_first_seen_total{${JOB}}[1h]))`,
              legend: '{{reason}}',
            },
          ],
          min: 0,
          alert: 'WhosecallNewUnattributedSource',
        },
        {
          title: 'Findings',
          description: 'Findings raised by rule, once for a subject and a window.',
          type: 'timeseries',
          unit: 'cps',
          queries: [{ expr: rateOf('whosecall_findings_total', 'rule'), legend: '{{rule}}' }],
          min: 0,
        },
        {
          title: 'Stated by callers, stripped or unreadable',
          description:
            'Outcomes that messages claimed to have already (stripped), raw keys found in events, and evidence that could not be read.',
          type: 'timeseries',
          unit: 'cps',
          queries: [
            { expr: rateOf('whosecall_forged_attributes_total'), legend: 'forged attributes' },
            { expr: rateOf('whosecall_secrets_found_total', 'kind'), legend: 'secrets: {{kind}}' },
            { expr: rateOf('whosecall_lost_evidence_total'), legend: 'lost evidence' },
          ],
          min: 0,
        },
      ],
    },
    AMOUNTS,
  ],
}
