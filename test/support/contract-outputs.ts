/**
 * What whosecall writes and reads today under its published contracts, as plain objects: what a released schema is checked
 * with, and what is kept as the examples of a release.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import {
  DEAD_LETTER_REASONS,
  DETAILS,
  FINDING_RULES,
  STAGES,
  type DeadLetterReason,
  type Stage,
} from '#/core/words.ts'
import { SOURCES } from '#/sources/index.ts'
import { detectionFinding } from '#/worker/findings/detection-finding.ts'
import type { Mark } from '#/worker/findings/marks.ts'
import { createWatch } from '#/worker/findings/watch.ts'
import { deadLetterMessage } from '#/worker/pipeline/dead-letters.ts'
import { createMeter } from '#/telemetry/index.ts'
import { shapedSamples } from './shaped-samples.ts'

/** Written by us: what is written today must be valid by every release. */
export const OUTPUTS = ['attribution', 'dead-letter', 'finding'] as const
/** Read by us: what was legal in a release must still be. */
export const INPUTS = ['owner-bindings', 'config'] as const
export const CONTRACTS = [...OUTPUTS, ...INPUTS] as const
export type Contract = (typeof CONTRACTS)[number]

export const EXAMPLES: Readonly<Record<Contract, () => Promise<readonly unknown[]>>> = {
  attribution: attributions,
  'dead-letter': () => Promise.resolve(deadLetters()),
  finding: () => Promise.resolve(findings()),
  'owner-bindings': () => Promise.resolve([yamlOf('test/data/samples/owners.yaml')]),
  config: () => Promise.resolve([yamlOf('deploy/examples/worker.yaml')]),
}

/** Of every sample, in every detail. */
async function attributions(): Promise<readonly unknown[]> {
  const all: unknown[] = []
  for (const detail of DETAILS)
    for (const { name } of SOURCES)
      for (const line of await shapedSamples('ocsf', name, { attribution: { detail } })) {
        const { enrichments } = JSON.parse(line) as {
          readonly enrichments?: readonly { readonly data: unknown }[]
        }
        if (enrichments !== undefined) all.push(enrichments[0]?.data)
      }
  return all
}

/** The headers of a letter for each reason and stage, of one that failed before among them. */
function deadLetters(): readonly unknown[] {
  const letterOf = (reason: DeadLetterReason, stage: Stage) => {
    const { headers } = deadLetterMessage({
      topic: 'dead-letters',
      partition: 0,
      coordinates: {
        origin: 'cluster',
        topic: 'raw',
        partition: 3,
        offset: 41,
        timestamp: 1_795_089_600_000,
        attempt: stage === 'export' ? 2 : 0,
        ...(stage === 'export' ? { first_seen: 1_795_089_600_000 } : {}),
      },
      reason,
      stage,
      key: null,
      value: null,
      headers: undefined,
      now_ms: 1_795_089_601_000,
    })
    return Object.fromEntries((headers ?? []).map(({ name, value }) => [name, String(value)]))
  }
  return DEAD_LETTER_REASONS.flatMap((reason) => STAGES.map((stage) => letterOf(reason, stage)))
}

const MARKS: Readonly<Record<(typeof FINDING_RULES)[number], Partial<Mark>>> = {
  ip_only: { subject: 'ip=203.0.113.9', address: '203.0.113.9' },
  shared_credential: { subject: 'api_key=litellm/5f3a', owner_id: 'team:payments' },
  contradicted_claim: {
    subject: 'api_key=litellm/5f3a',
    owner_id: 'team:payments',
    details: { claimed: 'team=fraud', claimed_owner: 'team:fraud' },
  },
  raw_secret: { subject: 'secret=litellm/openai', details: { secret_kind: 'openai' } },
  expired_owner: {
    subject: 'user=litellm|u-1',
    owner_id: 'team:gone',
    details: { valid_to: '2026-01-01T00:00:00.000Z' },
  },
}

function findings(): readonly unknown[] {
  const watch = createWatch(
    { window_ms: 3_600_000, subjects_max: 100, shared_credential_workloads: 2 },
    { meter: createMeter({ process_metrics: false }) },
  )
  const base = { origin: 'cluster', subject: '', source: 'litellm', details: {} }
  const workloads = ['spiffe=spiffe://a/b', 'spiffe=spiffe://a/c']
  const marks: readonly Mark[] = [
    ...FINDING_RULES.flatMap((rule) =>
      rule === 'shared_credential'
        ? workloads.map((member) => ({ ...base, rule, ...MARKS[rule], member }))
        : [{ ...base, rule, ...MARKS[rule] }],
    ),
    { ...base, rule: 'ip_only', subject: 'net=203.0.113.0/24', address: '203.0.113.0/24' },
    { ...base, rule: 'ip_only', subject: 'source=litellm' },
  ]
  return marks.flatMap((mark) => {
    const finding = watch.see(mark, 1_795_089_600_000, () => 'cluster/raw/0/1/0@1795089600000')
    // As it is read: without members that are not there.
    return finding === undefined ? [] : [JSON.parse(JSON.stringify(detectionFinding(finding)))]
  })
}

function yamlOf(path: string): unknown {
  return parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
}
