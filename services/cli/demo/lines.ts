import type { Output } from '../command.ts'
import { bold, dim, paint } from '../style.ts'
import type { Caller } from './callers.ts'
import type { Attribution } from './read-attribution.ts'
import type { Shares } from './score.ts'

/** Everything the demo says, as text. Pure: the same facts give the same line. */
type Color = Pick<Output, 'has_color'>

const SOURCE_WIDTH = 22
const MODEL_WIDTH = 20
const OWNER_WIDTH = 26
const EVIDENCE_WIDTH_MAX = 44

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function intro(seed: number, color: Color): string {
  return [
    bold('whosecall demo', color) +
      `: generated calls of six sources (seed ${seed}) through the real worker, on an in-process bus.`,
    dim('No Kafka, no Redis; nothing leaves this machine. Ctrl-C ends it.', color),
    '',
  ].join('\n')
}

/** One event, as a person would tell it. */
export function exampleLine(
  caller: Pick<Caller, 'source' | 'model' | 'address'>,
  found: Attribution,
  color: Color,
): string {
  const attributed = found.outcome === 'attributed'
  const mark = attributed ? paint('green', '✔', color) : paint('red', '✘', color)
  const who = attributed ? (found.owner_id ?? '') : `nobody: ${found.reason}`
  const why = attributed ? reasonOf(found) : evidenceOfGap(caller, found)
  return [
    `  ${mark} ${caller.source.padEnd(SOURCE_WIDTH)}`,
    shorten(caller.model, MODEL_WIDTH).padEnd(MODEL_WIDTH),
    bold(who.padEnd(OWNER_WIDTH), color),
    dim(why, color),
  ].join(' ')
}

function reasonOf(found: Attribution): string {
  const evidence = shorten(found.evidence ?? '', EVIDENCE_WIDTH_MAX)
  return `by ${found.method}, ${found.confidence}: ${evidence}`
}

function evidenceOfGap(caller: Pick<Caller, 'address'>, found: Attribution): string {
  const ask = found.suggested_owner === undefined ? '' : `; ask ${found.suggested_owner}?`
  if (found.reason === 'ip_only') return `all we know is ${caller.address}${ask}`
  return `${GAPS[found.reason ?? ''] ?? 'no owner'}${ask}`
}

const GAPS: Readonly<Record<string, string>> = {
  shared_account: 'a credential that many share',
  no_identity: 'nothing in the record names anybody',
  unknown_identity: 'an identity the owner file does not know',
  unowned: "nobody's, on purpose",
  weak_evidence: 'evidence below the minimum confidence',
  conflict: 'two owners claim it',
  lookup_unavailable: 'the owners could not be looked up',
}

export function liveLine(recent: Shares, events: number, per_second: number, color: Color): string {
  const parts = [
    `${count(events)} events`,
    `${count(per_second)}/s`,
    `attributed ${bold(percent(recent.attributed_share), color)}`,
    `ip_only ${percent(recent.reasons.ip_only ?? 0)}`,
    `shared_account ${percent(recent.reasons.shared_account ?? 0)}`,
    `unresolved ${count(recent.unresolved)}`,
  ]
  return parts.join(dim(' · ', color))
}

export interface Gap {
  /** What is known of the calls that make up most of it. */
  readonly addresses: readonly string[]
  readonly share: number
  readonly suggested_owner?: string
}

export function alertLines(
  recent: Shares,
  line: number,
  gap: Gap | undefined,
  color: Color,
): string {
  const head = `${paint(['bold', 'red'], 'ALERT', color)} ${percent(recent.unattributed_rate)} of the last ${count(recent.events)} calls have no owner (alert line ${percent(line)}).`
  if (gap === undefined) return head
  const ask =
    gap.suggested_owner === undefined
      ? ''
      : ` The network belongs to ${gap.suggested_owner}: ask them; an address alone attributes nothing.`
  return `${head}\n      ${percent(gap.share)} of the gap comes from ${gap.addresses.join(' and ')}, known by address only (ip_only).${ask}`
}

export function recoveryLine(recent: Shares, line: number, color: Color): string {
  return `${paint('green', 'OK', color)} ${percent(recent.unattributed_rate)} of the last ${count(recent.events)} calls have no owner; under the alert line of ${percent(line)} again.`
}

export function invitation(metrics_url: string, color: Color): string {
  return [
    `${bold('Status', color)}   ${new URL('/', metrics_url).href}`,
    `${bold('Metrics', color)}  ${metrics_url}`,
    bold('Next', color),
    ...NEXT_COMMANDS.map((command) => `  ${command}`),
    '',
  ].join('\n')
}

export const NEXT_COMMANDS = [
  'npm run -s whosecall -- attribute --report --owners test/data/samples/owners.yaml test/data/samples/litellm.ndjson',
  'npm run -s whosecall -- validate -c deploy/examples/worker.yaml',
  'npm start -- --events 20 --seed 7 --json',
] as const

export function summary(
  total: Shares,
  seconds: number,
  top_owners: readonly (readonly [owner: string, events: number])[],
  color: Color,
): string {
  const gaps = Object.entries(total.reasons)
    .filter(([, share]) => share > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, share]) => `${reason} ${percent(share)}`)
  const owners = top_owners.map(([owner, events]) => `${owner} ${count(events)}`)
  return [
    '',
    `${bold('Summary', color)}  ${count(total.events)} events in ${seconds.toFixed(1)} s, attributed ${percent(total.attributed_share)}, unattributed rate ${percent(total.unattributed_rate)}`,
    ...(gaps.length === 0 ? [] : [`  gaps    ${gaps.join(' · ')}`]),
    ...(owners.length === 0 ? [] : [`  owners  ${owners.join(' · ')}`]),
    '',
  ].join('\n')
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
