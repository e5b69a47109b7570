/**
 * From fields to the nodes that a JSON scan watches. The root and the items of a list have nodes of their own, because
 * only the root knows the wrappers. What few sources need (JSON texts inside strings, lists in the items of a list) becomes
 * entries that say how they are read; a plan without them has none.
 */

import type { FieldRead } from '#/core/view.ts'
import { ROLE_EVENTS, ROLE_OWN, type Node } from '../keys.ts'
import {
  compileNode,
  createPlace,
  createPlan,
  mapField,
  placeAt,
  readsMembers,
  SECTION_RECORD,
  SECTION_RESOURCE,
  SECTION_SCOPE,
  type Place,
  type Plan,
} from '../plan.ts'
import { parsePointer } from '../pointer.ts'
import { innerScan } from './inner.ts'
import { nestedScan, outerScan } from './nested.ts'

export interface JsonPlan {
  readonly plan: Plan
  readonly root: Node
  readonly event: Node
  readonly wrappers: readonly Wrapper[]
  /** Whether fields lie in the message round its events. */
  readonly reads_root: boolean
}

/** A list of events: a member of the message, or of each item of another list. */
export interface Wrapper {
  readonly list: string
  /** Index of the wrapper whose items hold this list; -1 for none. */
  readonly outer: number
}

export function compileJson(fields: readonly FieldRead[], paths: readonly string[]): JsonPlan {
  const wrappers = parseWrappers(paths)
  const plan = createPlan(fields, { is_otlp: false, wrapper_count: wrappers.length })
  const event = compileNode(plan, placeFields(plan, ''), 'event', 'yes')
  const reads_root = fields.some((field) => splitPath(field.path).base === '$')
  if (wrappers.length === 0) return { plan, root: event, event, wrappers, reads_root }
  const place = placeFields(plan, '', '$')
  for (const [index, { list, outer }] of wrappers.entries()) {
    if (outer >= 0) continue
    const at = parsePointer(list).reduce(placeAt, place)
    const nested = wrappers.flatMap((wrapper, i) => (wrapper.outer === index ? [i] : []))
    nested.forEach((i, nth) => (plan.wrapper_offsets[i] = nth + 1))
    at.special ??=
      nested.length === 0
        ? { role: ROLE_EVENTS, detail: index + 1, child: event }
        : {
            role: ROLE_OWN,
            detail: index + 1,
            child: compileItem(plan, list, nested, wrappers, event),
            own: outerScan(nested),
          }
  }
  const root = compileNode(plan, place, 'event', 'if_event')
  return { plan, root, event, wrappers, reads_root }
}

/** `/data[]/results` brings `/data` with it, as the last to be tried: where no item holds a list, the items are the events. */
function parseWrappers(paths: readonly string[]): readonly Wrapper[] {
  const named = paths.map((path) => path.replace(/\[\]$/, ''))
  const outers = named.flatMap((path) => path.split('[]').slice(0, -1))
  const all = [...new Set([...named, ...outers])]
  return all.map((path) => {
    const [outer = '', list] = path.split('[]', 2)
    return list === undefined ? { list: path, outer: -1 } : { list, outer: all.indexOf(outer) }
  })
}

function compileItem(
  plan: Plan,
  list: string,
  nested: readonly number[],
  wrappers: readonly Wrapper[],
  event: Node,
): Node {
  const place = placeFields(plan, '', `$${list}[]`)
  for (const index of nested) {
    const at = parsePointer(wrappers[index]!.list).reduce(placeAt, place)
    at.special ??= { role: ROLE_OWN, detail: index + 1, child: event, own: nestedScan }
  }
  return compileNode(plan, place, 'event', 'yes')
}

/** Fields whose path begins with one of the places that this object is. */
function placeFields(plan: Plan, ...places: readonly string[]): Place {
  const root = createPlace()
  plan.fields.forEach((field, index) => {
    const { base, rest } = splitPath(field.path)
    plan.sections[index] =
      base === '' ? SECTION_RECORD : base === '$' ? SECTION_RESOURCE : SECTION_SCOPE
    if (places.includes(base)) placeField(plan, root, field, index, rest)
  })
  compileTexts(plan, root)
  return root
}

/** `$/data[]/start` is `/start` of `$/data[]`, `$/object` is `/object` of `$`. */
function splitPath(path: string): { readonly base: string; readonly rest: string } {
  if (!path.startsWith('$')) return { base: '', rest: path }
  const end = path.lastIndexOf('[]') < 0 ? 1 : path.lastIndexOf('[]') + 2
  return { base: path.slice(0, end), rest: path.slice(end) }
}

function placeField(
  plan: Plan,
  root: Place,
  field: FieldRead,
  index: number,
  whole_path: string,
): void {
  const [path = '', item] = field.shape === 'list' ? whole_path.split('[]', 2) : [whole_path]
  if (item !== undefined && item !== '') plan.item_paths.set(index, parsePointer(item))
  const names = parsePointer(path)
  const place = names.reduce(placeAt, root)
  if (place !== root) place.fields.push(index)
  if (readsMembers(field)) place.maps.push(mapField(plan, index))
  if (field.text === undefined) return
  const above = parsePointer(field.text)
  const holder = above.reduce(placeAt, root)
  holder.text ??= { place: createPlace(), fields: [] }
  if (above.length === names.length) holder.text.fields.push(index)
  else {
    const inner = names.slice(above.length).reduce(placeAt, holder.text.place)
    inner.fields.push(index)
    if (readsMembers(field)) inner.maps.push(mapField(plan, index))
  }
}

function compileTexts(plan: Plan, place: Place): void {
  for (const below of place.below.values()) {
    compileTexts(plan, below)
    if (below.text === undefined) continue
    const { place: inner, fields } = below.text
    below.special ??= {
      role: ROLE_OWN,
      detail: 0,
      child: undefined,
      own: innerScan(plan, inner, fields),
    }
  }
}
