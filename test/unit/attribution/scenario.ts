import {
  createRules,
  toRecord,
  type Decided,
  type Evidence,
  type RulesOptions,
} from '#/attribution/index.ts'
import type { AttributionRecord } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Source } from '#/core/source.ts'
import { sourceFromConfig, type CustomSourceConfig } from '#/sources/index.ts'
import { directoryOf, type Row } from './directory.ts'
import { parseExactly, valuesOf } from './event-values.ts'
import { assertValid } from './schema.ts'

/**
 * One event through the rules: a source with one field for each place of the ladder, an event, the rows of a directory.
 * Whatever comes out with an outcome is checked by the published schema, at every level of detail.
 */

type CustomField = CustomSourceConfig['fields'][number]

export function field(
  path: string,
  slot: CustomField['slot'],
  key: NonNullable<CustomField['key']>,
  more: Partial<CustomField> = {},
): CustomField {
  return {
    field: path,
    or: [],
    each: false,
    slot,
    key,
    by: 'system',
    only_if_known: false,
    matches: [],
    nobody: [],
    shared: [],
    ...more,
  }
}

export function customSource(config: Partial<CustomSourceConfig>): Source {
  return sourceFromConfig({
    name: 'gw',
    encoding: 'json',
    wrappers: [],
    texts: [],
    needs: [],
    fields: [],
    tags: [],
    account: [],
    net: [],
    secrets: [],
    classes: [],
    initiators: [],
    environment: [],
    traffic: [],
    otherwise: 'call',
    ...config,
  })
}

/** One field a place; `key` and `key_user` are names of one credential. */
export const LADDER = customSource({
  fields: [
    field('/spiffe', 'workload', 'spiffe'),
    field('/sub', 'principal', 'user'),
    field('/key', 'credential', 'api_key', { identity: 'key', shared: ['master'] }),
    field('/key_user', 'credential', 'user', { identity: 'key' }),
    field('/project', 'scope', 'scope', { scope_type: 'project' }),
    field('/deployment', 'scope', 'scope', { scope_type: 'deployment', only_if_known: true }),
    field('/said_sub', 'principal', 'user', { by: 'caller' }),
    field('/end_user', 'consumer', 'user_or_mail', { by: 'caller' }),
    field('/agent', 'agent', 'agent', { by: 'caller' }),
    field('/app', 'hint', 'application', { by: 'caller' }),
  ],
  tags: [
    { field: '/admin', by: 'system', tags: 'all' },
    { field: '/said', by: 'caller', tags: 'all' },
  ],
  account: ['/account'],
  net: ['/ip'],
  time: { field: '/at', unit: 'iso' },
  classes: [
    { field: '/class', matches: ['bucket'], class: 'usage_bucket' },
    { field: '/class', matches: ['tool'], class: 'tool_call' },
  ],
})

export interface Scenario extends Partial<RulesOptions> {
  readonly source?: Source
  readonly event: unknown
  readonly rows?: readonly Row[]
  /** Keys, as texts, that cannot be looked up. */
  readonly unavailable?: readonly string[]
  readonly at_ms?: number
  /** What the directory's answers are. */
  readonly state?: 'fresh' | 'stale'
  /** How often an attribute stood, by path. */
  readonly occurrences?: Readonly<Record<string, number>>
  readonly without_triage?: boolean
}

export interface Result {
  readonly record: Partial<AttributionRecord>
  readonly decided: Decided
  readonly evidence: Evidence
  /** Keys of rungs 1 to 7, as texts. */
  readonly keys: readonly string[]
  readonly hints: readonly string[]
}

export const AT_MS = Date.parse('2026-11-19T12:00:00Z')

export function run(scenario: Scenario): Result {
  const {
    source,
    event,
    rows,
    unavailable,
    at_ms,
    state,
    occurrences,
    without_triage,
    ...options
  } = scenario
  const rules = createRules({
    sources: [source ?? LADDER],
    auto: false,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'full',
    ...options,
  })
  const directory = directoryOf(rows ?? [], {
    unavailable: unavailable ?? [],
    state: state ?? 'fresh',
  })
  const values = valuesOf(parseExactly(JSON.stringify(event)), rules.fields, occurrences)
  const evidence = rules.evidence(values)
  const time = at_ms ?? rules.callTime(values, evidence) ?? AT_MS
  const triage = rules.triage(values, evidence)
  const { answerOf } = directory
  const decided = rules.decide(
    evidence,
    time,
    answerOf,
    without_triage === true ? undefined : triage,
  )
  const { decision } = decided
  if (decision.outcome !== undefined) {
    for (const detail of ['minimal', 'standard', 'full'] as const) {
      assertValid(toRecord(decision, detail))
    }
  }
  return {
    record: decision.outcome === undefined ? {} : toRecord(decision, 'full'),
    decided,
    evidence,
    keys: rules.keys(evidence).map(keyText),
    hints: triage.hints.map(keyText),
  }
}

/** A row that binds a key to an owner of that id. */
export function owned(kind: Row['kind'], key: string, id: string, more: Partial<Row> = {}): Row {
  return { kind, key, owner: { id }, ...more }
}
