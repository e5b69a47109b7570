import { foldValue, type Circumstance } from '#/core/tags.ts'
import type { EventValues } from '#/core/view.ts'
import type { Initiator, TrafficClass } from '#/core/words.ts'
import { compileWhen } from './conditions.ts'
import type { Fields } from './fields.ts'
import type { TagRead } from './tag-maps.ts'
import type { Evidence } from './types.ts'

/**
 * What a record says about how its call came about: what started it, in which environment, for whom. It builds no key and
 * decides nothing, and it is only what the record states or what the kind of its evidence means: never guessed.
 */
export interface Circumstances {
  readonly initiator: Initiator
  readonly environment?: string
  readonly traffic_class?: TrafficClass
}

/** What was found of an event so far. */
type Found = Pick<Evidence, 'candidates' | 'keys'> & {
  /** From its tag maps, in their order. */
  readonly stated: readonly TagRead<Circumstance>[]
}

export type CircumstancesReader = (values: EventValues, found: Found) => Circumstances

export function compileCircumstances(fields: Fields): CircumstancesReader {
  const initiatorOf = compileInitiator(fields)
  const environmentOf = compileEnvironment(fields)
  const trafficOf = compileTraffic(fields)
  return (values, found) => {
    const environment = environmentOf(values, found)
    const traffic_class = trafficOf(values, found, environment)
    return {
      initiator: initiatorOf(values, found),
      ...(environment === undefined ? {} : { environment }),
      ...(traffic_class === undefined ? {} : { traffic_class }),
    }
  }
}

/**
 * An agent that is named made the call, whatever it runs in. Else the workload that is named says what it is, then what the
 * source says of its records, then the principal, if its kind can be only one thing.
 */
function compileInitiator(fields: Fields): (values: EventValues, found: Found) => Initiator {
  const rules = (fields.source.initiators ?? []).map(({ when, initiator }) => ({
    test: compileWhen(when, fields),
    initiator,
  }))
  return (values, found) =>
    agentAmong(found) ??
    workloadAmong(found) ??
    rules.find(({ test }) => test.holds(values))?.initiator ??
    principalAmong(found) ??
    'unknown'
}

function agentAmong({ candidates }: Found): Initiator | undefined {
  return candidates.some(({ slot }) => slot === 'agent') ? 'agent' : undefined
}

/** A job runs once or by a schedule; a workforce pool is one of people. */
function workloadAmong({ candidates, keys }: Found): Initiator | undefined {
  const named = candidates.filter(({ slot }) => slot === 'workload').map(({ key }) => keys[key])
  if (named.length === 0) return undefined
  for (const key of named) {
    if (key?.kind === 'k8s_workload' && /\/(?:job|cronjob)\/[^/]+$/.test(key.value)) return 'script'
    if (key?.kind === 'federated' && key.value.includes('/workforcePools/')) return 'human'
  }
  return 'service'
}

/** An OAuth client is one where a token has no subject: it stands for itself. */
function principalAmong({ candidates, keys }: Found): Initiator | undefined {
  const kinds = candidates
    .filter(({ slot }) => slot === 'principal')
    .map(({ key }) => keys[key]?.kind)
  return kinds.some((kind) => kind === 'gcp_sa' || kind === 'oauth_client') ? 'service' : undefined
}

/** Longer names are no environments. */
const ENVIRONMENT_CHARS_MAX = 64

function compileEnvironment(
  fields: Fields,
): (values: EventValues, found: Found) => string | undefined {
  const named = (fields.source.environment ?? []).map((path) => fields.text(path, 'decides'))
  return (values, found) => {
    for (const field of named) {
      const environment = environmentName(field.read(values))
      if (environment !== undefined) return environment
    }
    return environmentName(stated('environment', found))
  }
}

function environmentName(text: string | undefined): string | undefined {
  return text === undefined || text.length > ENVIRONMENT_CHARS_MAX ? undefined : foldValue(text)
}

/** What the platform or an administrator says comes before what a caller says. */
function stated(tag: Circumstance, found: Found): string | undefined {
  const reads = found.stated.filter((read) => read.tag === tag)
  return (reads.find(({ is_trusted }) => is_trusted) ?? reads[0])?.value
}

/** Environments in which nothing is served. */
const TEST_ENVIRONMENTS: ReadonlySet<string> = new Set([
  'ci',
  'dev',
  'development',
  'qa',
  'sandbox',
  'staging',
  'test',
  'testing',
  'uat',
])

const TRAFFIC_WORDS: ReadonlyMap<string, TrafficClass> = new Map([
  ['customer_facing', 'customer_facing'],
  ['customer-facing', 'customer_facing'],
  ['external', 'customer_facing'],
  ['internal', 'internal'],
  ['test', 'test'],
  ['synthetic', 'test'],
])

/**
 * What is said in so many words; else an environment for trying things; else a call that was made for a customer who is
 * named.
 */
function compileTraffic(
  fields: Fields,
): (
  values: EventValues,
  found: Found,
  environment: string | undefined,
) => TrafficClass | undefined {
  const rules = (fields.source.traffic ?? []).map(({ when, traffic_class }) => ({
    test: compileWhen(when, fields),
    traffic_class,
  }))
  return (values, found, environment) => {
    const word = TRAFFIC_WORDS.get(foldValue(stated('traffic_class', found) ?? ''))
    const said = word ?? rules.find(({ test }) => test.holds(values))?.traffic_class
    if (said !== undefined) return said
    if (environment !== undefined && TEST_ENVIRONMENTS.has(environment)) return 'test'
    return found.keys.some(isCustomer) ? 'customer_facing' : undefined
  }
}

function isCustomer({ kind, value }: Evidence['keys'][number]): boolean {
  return kind === 'tenant_tag' && value.startsWith('customer=')
}
