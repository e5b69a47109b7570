/**
 * What of a message a capture keeps: what the rules read, and nothing else. A list of what to leave out would forget
 * something; this is made of the very fields that the rules of the receiver look at, so prompts, completions and whatever
 * a source adds tomorrow stay out by themselves.
 */
import type { FieldRead } from '#/core/view.ts'

export type Tag = NonNullable<FieldRead['tag']>

export interface Kept {
  /** A scalar here is kept, or only that there is one. */
  value: 'all' | 'presence' | undefined
  /** Scalar items of a list are kept. */
  list: boolean
  /** Members whose name means a tag are kept with their values, */
  readonly maps: Tag[]
  /** or by name alone. */
  readonly names: Tag[]
  readonly members: Map<string, Kept>
  items: Kept | undefined
  /** Whether a text here is the name of a person, whatever the event is. */
  isPerson: ((text: string) => boolean) | undefined
}

export function noneKept(): Kept {
  return {
    value: undefined,
    list: false,
    maps: [],
    names: [],
    members: new Map(),
    items: undefined,
    isPerson: undefined,
  }
}

/** A field that names a person. */
export interface PersonField {
  readonly path: string
  readonly isPerson: (text: string) => boolean
}

/** Only this scalar. */
export const SCALAR: Kept = { ...noneKept(), value: 'all', list: true }

/**
 * Paths are those of events, and of what lies round them (`$/…`); `wrappers` are lists that hold events. All of it becomes
 * one tree, so a name that is read in an event is kept round it as well.
 */
export function keptOf(
  fields: readonly FieldRead[],
  wrappers: readonly string[],
  persons: readonly PersonField[],
): Kept {
  const root = noneKept()
  for (const field of fields) if (isRead(field)) add(root, field)
  for (const { path, isPerson } of persons) {
    const node = at(root, segmentsOf(path.replace(/^\$/, '')))
    const before = node.isPerson
    node.isPerson = before === undefined ? isPerson : (text) => before(text) || isPerson(text)
  }
  for (const wrapper of wrappers) {
    // The events of the list are read as if each were the message.
    const list = at(root, segmentsOf(wrapper))
    list.items = list.items === undefined ? root : merged(list.items, root)
  }
  return root
}

/** Texts in which secrets are only counted decide nothing. */
function isRead(field: FieldRead): boolean {
  return !('find' in field && field.use === 'reads')
}

function add(root: Kept, { path, shape, use, tag }: FieldRead): void {
  const node = at(root, segmentsOf(path.replace(/^\$/, '')))
  if (shape === 'map' && tag !== undefined) node.maps.push(tag)
  else if (shape === 'names' && tag !== undefined) node.names.push(tag)
  else if (shape === 'list') node.list = true
  else if (use === 'presence') node.value ??= 'presence'
  else node.value = 'all'
}

function at(root: Kept, segments: readonly string[]): Kept {
  let node = root
  for (const segment of segments) {
    const name = segment.replace(/(\[\])+$/, '')
    const next = node.members.get(name) ?? noneKept()
    node.members.set(name, next)
    node = next
    if (segment.endsWith('[]')) node = node.items ??= noneKept()
  }
  return node
}

function segmentsOf(path: string): readonly string[] {
  if (path === '') return []
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function merged(one: Kept, other: Kept): Kept {
  const members = new Map(other.members)
  for (const [name, node] of one.members) {
    const same = members.get(name)
    members.set(name, same === undefined ? node : merged(node, same))
  }
  return {
    value: one.value === 'all' ? 'all' : (other.value ?? one.value),
    list: one.list || other.list,
    maps: [...one.maps, ...other.maps],
    names: [...one.names, ...other.names],
    members,
    isPerson: one.isPerson ?? other.isPerson,
    items:
      one.items === undefined || other.items === undefined
        ? (one.items ?? other.items)
        : merged(one.items, other.items),
  }
}
