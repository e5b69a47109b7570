/**
 * OCSF 1.9: each event as API Activity (class 6003) with the profile `ai_operation`. OCSF has no activity for a model call,
 * so it is `Other` with the operation as its name. What attribution says is an enrichment; nobody is made an actor by it.
 */

import type { Shape, ShapeOptions } from '../shape.ts'
import {
  attributionOf,
  claimsOf,
  createFannedShape,
  filled,
  namedIn,
  trustedIn,
  operationOf,
  timeOf,
  type FannedEvent,
} from '../fanned.ts'
import { actorOf } from './actor.ts'
import { observablesOf } from './observables.ts'

const VERSION = '1.9.0'
const ACTIVITY_OTHER = 99
const CLASS_API_ACTIVITY = 6003

export function createOcsfShape(options: ShapeOptions): Shape {
  return createFannedShape(options, apiActivity)
}

function apiActivity(event: FannedEvent): object {
  const { facts } = event
  const actor = actorOf(event)
  const src_endpoint = endpointOf(event)
  return {
    activity_id: ACTIVITY_OTHER,
    activity_name: event.class ?? operationOf(event),
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: CLASS_API_ACTIVITY,
    class_name: 'API Activity',
    type_uid: CLASS_API_ACTIVITY * 100 + ACTIVITY_OTHER,
    type_name: 'API Activity: Other',
    severity_id: 1,
    severity: 'Informational',
    time: timeOf(event),
    ...statusOf(event),
    metadata: metadataOf(event),
    actor,
    api: {
      operation: operationOf(event),
      service: { name: facts.provider ?? event.source },
      request: facts.request_id === undefined ? undefined : { uid: facts.request_id },
    },
    src_endpoint,
    http_request: filled({ user_agent: facts.user_agent }),
    trace: facts.trace_id === undefined ? undefined : { uid: facts.trace_id },
    ...modelOf(event),
    message_context: messageContextOf(event),
    enrichments: enrichmentsOf(event),
    observables: observablesOf(actor, src_endpoint),
    unmapped: unmappedOf(event),
  }
}

function statusOf({ facts }: FannedEvent) {
  if (facts.status === 'success') return { status_id: 1, status: 'Success' }
  if (facts.status === 'failure') return { status_id: 2, status: 'Failure' }
  return { status_id: 0, status: 'Unknown' }
}

function metadataOf(event: FannedEvent) {
  const { facts, record, timestamp_ms } = event
  return {
    version: VERSION,
    profiles: facts.trace_id === undefined ? ['ai_operation'] : ['ai_operation', 'trace'],
    product: { name: 'whosecall', vendor_name: 'whosecall' },
    uid: event.event_id,
    original_event_uid: facts.request_id,
    correlation_uid: facts.session_id,
    log_provider: event.source,
    logged_time: timestamp_ms < 0 ? undefined : timestamp_ms,
    tenant_uid: record?.owner?.tenant,
  }
}

/** A workload is where a call comes from, as an address is. One of the two must be there, whatever is known. */
function endpointOf(event: FannedEvent) {
  const ip = event.facts.address
  const svc_name = trustedIn(event, 'workload')?.value
  if (ip === undefined && svc_name === undefined) return { name: 'unknown' }
  return { ip, svc_name }
}

/** The model of an agent's call stands with the agent. */
function modelOf(event: FannedEvent) {
  const { facts } = event
  const name = facts.model ?? facts.requested_model
  const ai_model =
    name === undefined ? undefined : { ai_provider: facts.provider ?? 'unknown', name }
  const uid = facts.agent_id ?? namedIn(event, 'agent')?.value
  const agent_name = facts.agent_name
  if (uid === undefined && agent_name === undefined) return { ai_model }
  const instance_uid = facts.session_id
  return { ai_agent: { uid, name: agent_name, instance_uid, type_id: 0, ai_model } }
}

function messageContextOf({ facts, source }: FannedEvent) {
  const { input_tokens: prompt_tokens, output_tokens: completion_tokens } = facts
  if (prompt_tokens === undefined && completion_tokens === undefined) return undefined
  return {
    ai_role_id: 0,
    ai_role: 'Unknown',
    service: { name: facts.provider ?? source },
    prompt_tokens,
    completion_tokens,
    // A sum of which a part is unknown is unknown.
    total_tokens:
      prompt_tokens === undefined || completion_tokens === undefined
        ? undefined
        : prompt_tokens + completion_tokens,
  }
}

function enrichmentsOf(event: FannedEvent) {
  const data = attributionOf(event)
  if (data === undefined || event.record === undefined) return undefined
  const { outcome, reason } = event.record
  return [
    {
      name: 'attribution',
      value: reason ?? outcome,
      type: 'ownership',
      provider: 'whosecall',
      short_desc: outcome,
      data,
    },
  ]
}

/** What somebody only says: on whose behalf is no delegation, and a claim makes nobody an actor. */
function unmappedOf(event: FannedEvent) {
  const { facts } = event
  const is_other = facts.model !== undefined && facts.requested_model !== facts.model
  return filled({
    event_class: event.class,
    requested_model: is_other ? facts.requested_model : undefined,
    ...claimsOf(event),
  })
}
