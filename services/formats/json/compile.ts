/**
 * From fields to the nodes that a JSON scan watches. The root and the items of a list have nodes of their own, because
 * only the root knows the wrappers.
 */

import type { FieldRead } from '#/core/view.ts'
import { ROLE_EVENTS, type Node } from '../keys.ts'
import {
  compileNode,
  createPlace,
  createPlan,
  mapField,
  placeAt,
  readsMembers,
  type Place,
  type Plan,
} from '../plan.ts'
import { parsePointer } from '../pointer.ts'

export interface JsonPlan {
  readonly plan: Plan
  readonly root: Node
  readonly event: Node
}

export function compileJson(fields: readonly FieldRead[], wrappers: readonly string[]): JsonPlan {
  const plan = createPlan(fields, { is_otlp: false, wrapper_count: wrappers.length })
  const event = compileNode(plan, placeFields(plan), 'event', 'yes')
  if (wrappers.length === 0) return { plan, root: event, event }
  const place = placeFields(plan)
  wrappers.forEach((wrapper, index) => {
    const list = parsePointer(wrapper).reduce(placeAt, place)
    list.special ??= { role: ROLE_EVENTS, detail: index + 1, child: event }
  })
  return { plan, root: compileNode(plan, place, 'event', 'if_event'), event }
}

function placeFields(plan: Plan): Place {
  const root = createPlace()
  plan.fields.forEach((field, index) => {
    const place = parsePointer(field.path).reduce(placeAt, root)
    if (place !== root) place.fields.push(index)
    if (readsMembers(field)) place.maps.push(mapField(plan, index))
  })
  return root
}
