/**
 * The plain way, which every worker could take: decode the message, find the owner of each event in a Map, put the same
 * attributes into it that ours writes, encode it again. There are no rules at all: what they come to for the events of
 * this load is known here, and a bench compares both outputs before it measures.
 */
import { teamOf } from './load.ts'
import { LOGS_DATA } from '../unit/formats/otlp.ts'

/** What the id of an event is made of: `<base>/<index>@<stamp>`. */
export interface EventIdParts {
  readonly base: string
  readonly stamp: string
}

export function addToJson(message: Buffer, id: EventIdParts): Buffer {
  const event = JSON.parse(message.toString())
  event.attribution = {
    ...keyOwnerOf(event.metadata.user_api_key_alias, event.metadata.user_api_key_hash),
    event_id: `${id.base}/0@${id.stamp}`,
  }
  return Buffer.from(JSON.stringify(event))
}

const key_owners = new Map<string, object>()

/** The alias names the number of the identity, as the owner file has it. */
function keyOwnerOf(alias: string, hash: string): object {
  let found = key_owners.get(hash)
  if (found === undefined) {
    found = attributionOfKey(Number(alias.slice('key-'.length)), `api_key=litellm/${hash}`)
    key_owners.set(hash, found)
  }
  return found
}

function attributionOfKey(identity: number, evidence: string): object {
  const owner = ownerOf(identity)
  return {
    outcome: 'attributed',
    owner,
    revision: 0,
    method: 'credential',
    level: 'prompt',
    confidence: 'high',
    evidence,
    chain: [evidence, `owner=${owner.id}`, `cost_center=${owner.cost_center}`],
    initiator: 'unknown',
    environment: 'prod',
  }
}

function ownerOf(identity: number) {
  const team = teamOf(identity)
  return {
    id: `team:${team}`,
    team,
    product: `product-${identity % 90}`,
    cost_center: `CC-${identity % 300}`,
  }
}

interface Value {
  readonly stringValue?: string
  readonly intValue?: string
  readonly arrayValue?: { readonly values: readonly Value[] }
}
interface Attribute {
  readonly key: string
  readonly value: Value
}
interface DecodedResource {
  readonly resource: { readonly attributes: Attribute[] }
  readonly scopeLogs: readonly {
    readonly logRecords: readonly { readonly attributes: Attribute[] }[]
  }[]
}

export function addToOtlpJson(message: Buffer, id: EventIdParts): Buffer {
  const logs = JSON.parse(message.toString())
  addToResources(logs.resourceLogs, id)
  return Buffer.from(JSON.stringify(logs))
}

export function addToOtlpProto(message: Buffer, id: EventIdParts): Buffer {
  const logs = LOGS_DATA.decode(message)
  addToResources(Reflect.get(logs, 'resourceLogs'), id)
  return Buffer.from(LOGS_DATA.encode(logs).finish())
}

const service_owners = new Map<string, readonly Attribute[]>()

function addToResources(resources: readonly DecodedResource[], id: EventIdParts): void {
  let index = 0
  for (const { resource, scopeLogs } of resources) {
    const service = textOf(resource.attributes, 'service.name')
    for (const { logRecords } of scopeLogs)
      for (const { attributes } of logRecords) {
        const user = textOf(attributes, 'user.id')
        const caller = `${service} ${user}`
        let attribution = service_owners.get(caller)
        if (attribution === undefined) {
          attribution = attributionOfService(service, user)
          service_owners.set(caller, attribution)
        }
        attributes.push(...attribution, {
          key: 'attribution.event_id',
          value: { stringValue: `${id.base}/${index++}@${id.stamp}` },
        })
      }
  }
}

function textOf(attributes: readonly Attribute[], key: string): string {
  return attributes.find((attribute) => attribute.key === key)?.value.stringValue ?? ''
}

function attributionOfService(service: string, user: string): readonly Attribute[] {
  const owner = ownerOf(Number(service.slice('service-'.length)))
  const evidence = `service=shop/${service}/prod`
  const consumer = `user=otel|${user}`
  const chain = [consumer, evidence, `owner=${owner.id}`, `cost_center=${owner.cost_center}`]
  const text = (name: string, stringValue: string) => ({
    key: `attribution.${name}`,
    value: { stringValue },
  })
  return [
    text('outcome', 'attributed'),
    text('owner.id', owner.id),
    text('owner.team', owner.team),
    text('owner.product', owner.product),
    text('owner.cost_center', owner.cost_center),
    { key: 'attribution.revision', value: { intValue: '0' } },
    text('method', 'workload'),
    text('level', 'workload'),
    text('confidence', 'exact'),
    text('evidence', evidence),
    {
      key: 'attribution.chain',
      value: { arrayValue: { values: chain.map((hop) => ({ stringValue: hop })) } },
    },
    text('on_behalf_of', consumer),
    text('initiator', 'service'),
    text('environment', 'prod'),
  ]
}
