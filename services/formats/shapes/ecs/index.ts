/**
 * Elastic Common Schema 9.4: each event as an `api` event. ECS has no place for an owner, so what attribution says are
 * labels, `attribution_<path>`, all texts as labels must be.
 */

import { timeText } from '../../event-id.ts'
import type { Shape, ShapeOptions } from '../shape.ts'
import {
  attributionOf,
  claimsOf,
  createFannedShape,
  filled,
  keyUsedIn,
  mailOf,
  namedIn,
  operationOf,
  timeOf,
  trustedIn,
  type FannedEvent,
} from '../fanned.ts'

const VERSION = '9.4.0'

export function createEcsShape(options: ShapeOptions): Shape {
  return createFannedShape(options, apiEvent)
}

function apiEvent(event: FannedEvent): object {
  const { facts, source, timestamp_ms } = event
  const user = userOf(event)
  const user_names = [user?.id, user?.email, user?.name].filter((text) => text !== undefined)
  return {
    '@timestamp': timeText(timeOf(event)),
    ecs: { version: VERSION },
    event: {
      id: event.event_id,
      kind: 'event',
      category: ['api'],
      type: ['access'],
      action: event.class ?? operationOf(event),
      outcome: facts.status ?? 'unknown',
      module: 'whosecall',
      dataset: `whosecall.${source}`,
      provider: source,
      created: timestamp_ms < 0 ? undefined : timeText(timestamp_ms),
    },
    user,
    service: filled({ name: trustedIn(event, 'workload')?.value }),
    source: filled({ ip: facts.address }),
    user_agent: filled({ original: facts.user_agent }),
    related: filled({
      ip: facts.address === undefined ? undefined : [facts.address],
      user: user_names.length === 0 ? undefined : [...new Set(user_names)],
    }),
    trace: filled({ id: facts.trace_id }),
    span: filled({ id: facts.span_id }),
    gen_ai: genAiOf(event),
    labels: labelsOf(event),
  }
}

interface User {
  readonly id?: string
  readonly name?: string
  readonly email?: string | undefined
}

/** Who authenticated. On whose behalf, and what is no more than a claim, are labels. */
function userOf(event: FannedEvent): User | undefined {
  const principal = trustedIn(event, 'principal')
  if (principal === undefined) return undefined
  const { kind, value } = principal
  const email = mailOf(event)
  return kind === 'mail' ? { name: value, email } : { id: value, email }
}

function genAiOf(event: FannedEvent) {
  const { facts } = event
  const { requested_model, model, input_tokens, output_tokens } = facts
  return filled({
    system: facts.provider,
    operation: filled({ name: facts.operation }),
    request: filled({ model: requested_model }),
    response: filled({ id: facts.request_id, model }),
    usage: filled({ input_tokens, output_tokens }),
    agent: filled({
      id: facts.agent_id ?? namedIn(event, 'agent')?.value,
      name: facts.agent_name,
    }),
  })
}

function labelsOf(event: FannedEvent) {
  const labels: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(attributionOf(event) ?? {})) {
    if (name === 'event_id') continue
    if (typeof value !== 'object' || isList(value)) labels[`attribution_${name}`] = labelOf(value)
    else
      for (const [member, text] of Object.entries(value))
        labels[`attribution_${name}_${member}`] = labelOf(text)
  }
  for (const [name, text] of Object.entries(claimsOf(event)))
    if (text !== undefined) labels[name] = text
  const credential = keyUsedIn(event)
  if (credential !== undefined) labels['credential'] = credential
  const { session_id } = event.facts
  if (session_id !== undefined) labels['session_id'] = session_id
  return filled(labels)
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value)
}

function labelOf(value: string | number | boolean | readonly string[]): string | readonly string[] {
  return typeof value === 'object' ? value : String(value)
}
