/**
 * The scan plan: for the union of the fields that a pipeline reads, which names are watched at which place of the event.
 * What no field needs is never decoded.
 */

import { WhosecallError } from '#/core/errors.ts'
import type { FieldRead } from '#/core/view.ts'
import {
  clearNode,
  createNode,
  spellMember,
  type Spelling,
  ROLE_FORGED,
  ROLE_SKIP,
  ROLE_VALUE,
  type Classification,
  type Node,
  type NodeKind,
  type OwnScan,
  type TagBinding,
} from './keys.ts'

/** Where a field's captures are kept: with the event, or with the part that events share. */
export const SECTION_RECORD = 0
export const SECTION_RESOURCE = 1
export const SECTION_SCOPE = 2

export interface Plan {
  readonly fields: readonly FieldRead[]
  readonly sections: Uint8Array
  /** Per field, one of DECIDES_. */
  readonly deciding: Uint8Array
  readonly tags: TagNames
  readonly nodes: Node[]
  readonly is_otlp: boolean
  /** JSON: serial number of the list last found for each wrapper, 0 for none. */
  readonly wrapper_lists: Int32Array
  /** JSON: start and end of the member of each wrapper that was found. */
  readonly wrapper_spans: Int32Array
  /** JSON, wrappers in items of another: how many such lists were found, and by how much their serial number is higher. */
  readonly nested_counts: Int32Array
  readonly wrapper_offsets: Int32Array
  /** Fields that are a path in each item of a list. */
  readonly item_paths: Map<number, readonly string[]>
}

export interface TagNames {
  readonly names: string[]
  readonly indexes: Map<string, number>
}

export interface MapField {
  readonly field: number
  readonly tag: (name: string) => string | undefined
}

export function createPlan(
  fields: readonly FieldRead[],
  options: { readonly is_otlp: boolean; readonly wrapper_count: number },
): Plan {
  return {
    fields,
    sections: new Uint8Array(fields.length),
    deciding: Uint8Array.from(fields, decidingOf),
    tags: { names: [], indexes: new Map() },
    nodes: [],
    is_otlp: options.is_otlp,
    wrapper_lists: new Int32Array(options.wrapper_count),
    wrapper_spans: new Int32Array(options.wrapper_count * 2),
    nested_counts: new Int32Array(options.wrapper_count),
    wrapper_offsets: new Int32Array(options.wrapper_count),
    item_paths: new Map(),
  }
}

/** What of a capture belongs to the identity of its event. */
export const DECIDES_NOT = 0
export const DECIDES_PRESENCE = 1
/** The text of a scalar, the type of anything else. */
export const DECIDES_TEXT = 2
export const DECIDES_BYTES = 3
/** Which tags there are, not how often nor with what values. */
export const DECIDES_TAGS = 4

function decidingOf(field: FieldRead): number {
  if (field.use === 'reads') return DECIDES_NOT
  if (field.use === 'presence') return DECIDES_PRESENCE
  if (field.shape === 'names') return DECIDES_TAGS
  return field.shape === 'value' ? DECIDES_TEXT : DECIDES_BYTES
}

/** Whether a field reads the members of what stands at its path. */
export function readsMembers(field: FieldRead): boolean {
  return field.shape === 'map' || field.shape === 'names'
}

export function mapField(plan: Plan, field: number): MapField {
  const tag = plan.fields[field]!.tag
  if (tag === undefined) {
    throw new WhosecallError(
      'config_invalid',
      `compiling field ${JSON.stringify(plan.fields[field]!.path)}: members are read by their tags, and there are none`,
    )
  }
  return { field, tag }
}

/** What a name means at a place of the plan. */
export interface Place {
  readonly fields: number[]
  readonly maps: MapField[]
  readonly below: Map<string, Place>
  /** Set where a name has another role than to be captured. */
  special?: {
    readonly role: number
    readonly detail: number
    readonly child: Node | undefined
    readonly own?: OwnScan
  }
  /** What is looked for in a JSON text that stands here as a string. */
  text?: { readonly place: Place; readonly fields: number[] }
}

export function createPlace(): Place {
  return { fields: [], maps: [], below: new Map() }
}

export function placeAt(place: Place, name: string): Place {
  let below = place.below.get(name)
  if (below === undefined) {
    below = createPlace()
    place.below.set(name, below)
  }
  return below
}

const SKIP: Classification = { role: ROLE_SKIP, fields: [], tags: [], child: undefined, detail: 0 }
const FORGED: Classification = { ...SKIP, role: ROLE_FORGED }
const FORGED_IN_ROOT: Classification = { ...FORGED, detail: 1 }

/** Empties key tables that are full, or all of them, between scans. Returns whether tags have other numbers from now on. */
export function tidyPlan(plan: Plan, options: { readonly forget: boolean }): boolean {
  const has_too_many_tags = plan.tags.names.length > TAGS_MAX
  if (has_too_many_tags) {
    plan.tags.names.length = 0
    plan.tags.indexes.clear()
  }
  for (const node of plan.nodes) {
    if (options.forget || has_too_many_tags || node.is_full || node.spilled.size > 0)
      clearNode(node)
  }
  return has_too_many_tags
}
const TAGS_MAX = 4096

export function isReserved(name: string): boolean {
  return name === 'attribution' || name.startsWith('attribution.')
}

/** Whether names of the attribution namespace are forgeries here; in the root only if it is an event itself. */
export type Reserved = 'no' | 'yes' | 'if_event'

/** Makes a node of a place. */
export function compileNode(
  plan: Plan,
  place: Place,
  kind: NodeKind,
  reserved: Reserved,
  spelling: Spelling = spellMember,
): Node {
  const children = new Map<string, Node | undefined>()
  for (const [name, below] of place.below) {
    const is_leaf = below.below.size === 0 && below.maps.length === 0
    const child = is_leaf ? undefined : compileNode(plan, below, 'object', 'no')
    children.set(name, below.special?.child ?? child)
  }
  const classify = (name: string): Classification => {
    if (reserved !== 'no' && isReserved(name)) {
      return reserved === 'yes' ? FORGED : FORGED_IN_ROOT
    }
    const below = place.below.get(name)
    const tags = bindTags(plan, place.maps, name)
    if (below === undefined && tags.length === 0) return SKIP
    return {
      role: below?.special?.role ?? ROLE_VALUE,
      fields: below?.fields ?? [],
      tags,
      child: children.get(name),
      detail: below?.special?.detail ?? 0,
      own: below?.special?.own,
    }
  }
  const node = createNode(kind, spelling, classify, [...place.below.keys()])
  plan.nodes.push(node)
  return node
}

function bindTags(plan: Plan, maps: readonly MapField[], name: string): TagBinding[] {
  const bindings: TagBinding[] = []
  for (const map of maps) {
    const tag = map.tag(name)
    if (tag !== undefined) bindings.push({ field: map.field, tag: tagIndex(plan.tags, tag) })
  }
  return bindings
}

function tagIndex(tags: TagNames, name: string): number {
  let index = tags.indexes.get(name)
  if (index === undefined) {
    index = tags.names.length
    tags.names.push(name)
    tags.indexes.set(name, index)
  }
  return index
}
