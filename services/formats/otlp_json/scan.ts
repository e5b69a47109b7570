/**
 * One message of OTLP/JSON logs: `resourceLogs[].scopeLogs[].logRecords[]`, scanned like any JSON object, with nodes that
 * know which members hold events, shared parts and attribute lists.
 */

import type { FieldRead } from '#/core/view.ts'
import {
  ROLE_ANY,
  ROLE_ATTRIBUTES,
  ROLE_EVENTS,
  ROLE_GROUPS,
  ROLE_PART,
  spellKeyValue,
  type Node,
} from '../keys.ts'
import { planOtlp } from '../otlp-fields.ts'
import { compileNode, createPlace, placeAt, type Place, type Plan } from '../plan.ts'
import { scanObject } from '../json/object.ts'
import { OPEN_BRACE, skipSpace } from '../json/skip.ts'
import { MALFORMED, WRONG_SHAPE } from '../layout.ts'
import type { State } from '../state.ts'

export interface OtlpJsonPlan {
  readonly plan: Plan
  readonly root: Node
}

export function compileOtlpJson(fields: readonly FieldRead[]): OtlpJsonPlan {
  const { plan, record, record_attributes, resource_attributes, scope } = planOtlp(fields)
  const attributes = (place: Place): Node =>
    compileNode(plan, place, 'object', 'yes', spellKeyValue)
  const set = (place: Place, name: string, role: number, detail: number, child?: Node): void => {
    placeAt(place, name).special = { role, detail, child }
  }
  set(record, 'attributes', ROLE_ATTRIBUTES, 1, attributes(record_attributes))
  if (record.below.has('body')) set(record, 'body', ROLE_ANY, 0)
  set(scope, 'attributes', ROLE_ATTRIBUTES, 0, attributes(createPlace()))
  const resource = createPlace()
  set(resource, 'attributes', ROLE_ATTRIBUTES, 0, attributes(resource_attributes))

  const scope_logs = createPlace()
  set(scope_logs, 'scope', ROLE_PART, 1, compileNode(plan, scope, 'part', 'no'))
  set(scope_logs, 'logRecords', ROLE_EVENTS, 0, compileNode(plan, record, 'event', 'no'))
  const resource_logs = createPlace()
  set(resource_logs, 'resource', ROLE_PART, 0, compileNode(plan, resource, 'part', 'no'))
  const scope_node = compileNode(plan, scope_logs, 'scope_logs', 'no')
  set(resource_logs, 'scopeLogs', ROLE_GROUPS, 0, scope_node)
  const root = createPlace()
  const resource_node = compileNode(plan, resource_logs, 'resource_logs', 'no')
  set(root, 'resourceLogs', ROLE_GROUPS, 0, resource_node)
  return { plan, root: compileNode(plan, root, 'object', 'no') }
}

export function scanOtlpJson(state: State, otlp: OtlpJsonPlan, position: number): number {
  const p = skipSpace(state.bytes, position, state.end)
  if (p >= state.end) return MALFORMED
  if (state.bytes[p] !== OPEN_BRACE) return WRONG_SHAPE
  const member = otlp.root.known.get('resourceLogs')!
  member.end = 0
  const after = scanObject(state, otlp.root, p, 1)
  if (after < 0) return after
  if (member.end === 0) return WRONG_SHAPE
  if (state.event_count === state.message_event_base) state.empty[state.message] = 1
  return after
}
