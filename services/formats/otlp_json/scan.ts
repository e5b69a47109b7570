/**
 * One message of OTLP/JSON: `resourceLogs[].scopeLogs[].logRecords[]`, or `resourceSpans[].scopeSpans[].spans[]`, scanned
 * like any JSON object, with nodes that know which members hold events, shared parts and attribute lists.
 */

import type { FieldRead, OtlpSignal } from '#/core/view.ts'
import {
  ROLE_ANY,
  ROLE_ATTRIBUTES,
  ROLE_EVENTS,
  ROLE_GROUPS,
  ROLE_PART,
  spellKeyValue,
  type Node,
} from '../keys.ts'
import { DEFAULT_SIGNALS, planOtlp } from '../otlp-fields.ts'
import { compileNode, createPlace, placeAt, type Place, type Plan } from '../plan.ts'
import { scanObject } from '../json/object.ts'
import { OPEN_BRACE, skipSpace } from '../json/skip.ts'
import { MALFORMED, WRONG_SHAPE } from '../layout.ts'
import type { State } from '../state.ts'

export interface OtlpJsonPlan {
  readonly plan: Plan
  readonly root: Node
  /** Members of a message of this format. */
  readonly roots: readonly string[]
}

/** How the levels of a message are called, from the outside. */
const LEVELS: Readonly<Record<OtlpSignal, readonly [string, string, string]>> = {
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
}

export function compileOtlpJson(
  fields: readonly FieldRead[],
  signals: readonly OtlpSignal[] = DEFAULT_SIGNALS,
): OtlpJsonPlan {
  const { plan, record, record_attributes, resource_attributes, scope } = planOtlp(fields, signals)
  const attributes = (place: Place): Node =>
    compileNode(plan, place, 'object', 'yes', spellKeyValue)
  set(record, 'attributes', ROLE_ATTRIBUTES, 1, attributes(record_attributes))
  if (record.below.has('body')) set(record, 'body', ROLE_ANY, 0)
  set(scope, 'attributes', ROLE_ATTRIBUTES, 0, attributes(createPlace()))
  const resource = createPlace()
  set(resource, 'attributes', ROLE_ATTRIBUTES, 0, attributes(resource_attributes))
  const scope_node = compileNode(plan, scope, 'part', 'no')
  const resource_node = compileNode(plan, resource, 'part', 'no')
  const record_node = compileNode(plan, record, 'event', 'no')

  const root = createPlace()
  const roots = signals.map((signal) => LEVELS[signal][0])
  for (const signal of signals) {
    const [resource_groups, scope_groups, records] = LEVELS[signal]
    const scope_group = createPlace()
    set(scope_group, 'scope', ROLE_PART, 1, scope_node)
    set(scope_group, records, ROLE_EVENTS, 0, record_node)
    const resource_group = createPlace()
    set(resource_group, 'resource', ROLE_PART, 0, resource_node)
    const scope_group_node = compileNode(plan, scope_group, 'scope_logs', 'no')
    set(resource_group, scope_groups, ROLE_GROUPS, 0, scope_group_node)
    const group_node = compileNode(plan, resource_group, 'resource_logs', 'no')
    set(root, resource_groups, ROLE_GROUPS, 0, group_node)
  }
  return { plan, root: compileNode(plan, root, 'object', 'no'), roots }
}

function set(place: Place, name: string, role: number, detail: number, child?: Node): void {
  placeAt(place, name).special = { role, detail, child }
}

export function scanOtlpJson(state: State, otlp: OtlpJsonPlan, position: number): number {
  const p = skipSpace(state.bytes, position, state.end)
  if (p >= state.end) return MALFORMED
  if (state.bytes[p] !== OPEN_BRACE) return WRONG_SHAPE
  const { root, roots } = otlp
  for (const name of roots) root.known.get(name)!.end = 0
  const after = scanObject(state, root, p, 1)
  if (after < 0) return after
  if (roots.every((name) => root.known.get(name)!.end === 0)) return WRONG_SHAPE
  if (state.event_count === state.message_event_base) state.empty[state.message] = 1
  return after
}
