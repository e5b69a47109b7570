import { growthOf, rateOf, type Section } from './panel.ts'

/** Tokens, cost and owners of calls: what a bill is made of. */

export const AMOUNTS: Section = {
  title: 'Tokens, cost and owners',
  panels: [
    {
      title: 'Tokens',
      description: 'Tokens by outcome, as far as events state them.',
      type: 'timeseries',
      unit: 'cps',
      queries: [{ expr: rateOf('whosecall_tokens_total', 'outcome'), legend: '{{outcome}}' }],
      stacked: true,
      min: 0,
    },
    {
      title: 'Cost per hour',
      description:
        'Cost by outcome and currency, as far as events state it. Currencies are never added up.',
      type: 'timeseries',
      unit: 'short',
      queries: [
        {
          expr: `${rateOf('whosecall_cost_total', 'outcome, currency')} * 3600`,
          legend: '{{currency}} {{outcome}}',
        },
      ],
      min: 0,
    },
    {
      title: 'Calls that do not say',
      description:
        'Calls whose events state no tokens or no cost: tokens and cost above are without them.',
      type: 'timeseries',
      unit: 'cps',
      queries: [
        { expr: rateOf('whosecall_events_without_tokens_total'), legend: 'no tokens' },
        { expr: rateOf('whosecall_events_without_cost_total'), legend: 'no cost' },
      ],
      min: 0,
    },
    {
      title: 'What named the owner',
      description:
        'Attributed calls by the kind of evidence that won. A claim is what somebody said of themselves.',
      type: 'timeseries',
      unit: 'cps',
      queries: [{ expr: rateOf('whosecall_decisions_total', 'method'), legend: '{{method}}' }],
      stacked: true,
      min: 0,
    },
    {
      title: 'Owners',
      description:
        'Attributed calls by owner, in the range that is shown. Empty unless service.telemetry.metrics.owners_max is above 0.',
      type: 'bargauge',
      unit: 'short',
      queries: [
        {
          expr: `topk(10, ${growthOf('whosecall_owner_events_total', 'owner')})`,
          legend: '{{owner}}',
          instant: true,
        },
      ],
      min: 0,
      alert: 'WhosecallSeriesCapped',
    },
    {
      title: 'What is no call',
      description: 'Events that are not model calls, by class. They are not in the rate.',
      type: 'timeseries',
      unit: 'cps',
      queries: [{ expr: rateOf('whosecall_non_calls_total', 'class'), legend: '{{class}}' }],
      stacked: true,
      min: 0,
    },
  ],
}
