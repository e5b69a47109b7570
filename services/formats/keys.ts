/**
 * Key tables: what a member name means at one place of the event. Names are compared as bytes and classified once; the
 * answer is remembered by its bytes, for known and unknown names alike. A table holds a bounded number of names and a
 * bounded number of probes per name, so that neither many names nor names that collide on purpose can slow it down:
 * what does not fit is classified anew each time.
 *
 * Records of one producer carry their members in the same order, so each entry also remembers which entry followed it;
 * the guess is right nearly always and saves the hash.
 */

import type { State } from './state.ts'
import { createText, NO_TEXT, type Text } from './text.ts'

/** What the scanner does with the value of a member. */
export const ROLE_SKIP = 0
/** A reserved name: cut and counted. */
export const ROLE_FORGED = 1
/** Captured for the fields that watch it, and descended into where fields lie deeper. */
export const ROLE_VALUE = 2
/** A list whose items are events. */
export const ROLE_EVENTS = 3
/** A list of objects that hold such lists. */
export const ROLE_GROUPS = 4
/** What a group of events shares: the OTLP resource and scope. */
export const ROLE_PART = 5
/** A list of OTLP KeyValues. */
export const ROLE_ATTRIBUTES = 6
/** An OTLP AnyValue. */
export const ROLE_ANY = 7
/** What few sources need: the entry says how it is read. */
export const ROLE_OWN = 8

export interface Classification {
  readonly role: number
  /** Fields that watch the value as a whole. */
  readonly fields: readonly number[]
  /** Fields that are maps over the members here, with the index of the tag that this name means. */
  readonly tags: readonly TagBinding[]
  /** Where the scan goes on below. */
  readonly child: Node | undefined
  /** Index of the wrapper, or 1 for the attributes of a record. */
  readonly detail: number
  /** How a member with `ROLE_OWN` is read. */
  readonly own?: OwnScan | undefined
}

export interface OwnScan {
  /** Scans the value at `position`; returns the position after it, or a failure. */
  scan(state: State, entry: Entry, member: number, position: number, depth: number): number
  /** Takes back what an earlier duplicate left behind. */
  supersede(state: State, entry: Entry): void
}
export interface TagBinding {
  readonly field: number
  readonly tag: number
}

export interface Entry extends Classification {
  readonly id: number
  readonly key: Uint8Array
  /** The name with what stands round it in the usual spelling; nothing for a name that is spelt with escapes. */
  readonly text: Text
  readonly hash: number
  /** The entry that followed last time. */
  next: Entry | undefined
  /** JSON members that nobody watches: the whole member as it stood before, see json/habit.ts. */
  habit: Text
  lessons: number
  /** The visit of the node in which the name was last seen, and what it left behind then. */
  stamp: number
  cap_from: number
  cap_to: number
  event_from: number
  list_from: number
  start: number
  end: number
}

/** A place in the event whose members are classified. */
export interface Node {
  readonly kind: NodeKind
  readonly spelling: Spelling
  readonly classify: (name: string) => Classification
  entries: Entry[]
  slots: Int32Array
  /** Names that the plan knows; they stay when the table is emptied. */
  readonly known: Map<string, Entry>
  /** Names that were watched but found no room, for the time of one scan. */
  readonly spilled: Map<string, Entry>
  /** By role. */
  readonly strangers: Map<number, Entry>
  first: Entry | undefined
  is_full: boolean
}
/** How a name stands in the bytes, the value follows; `undefined` when it does not stand there as it is. */
export type Spelling = (key: Uint8Array) => Uint8Array | undefined

/** A member of a JSON object. */
export const spellMember: Spelling = (key) => spellJson('"', key, '":')

/** A KeyValue of OTLP/JSON. */
export const spellKeyValue: Spelling = (key) => spellJson('{"key":"', key, '","value":')

/** The fields of an OTLP protobuf KeyValue up to the length of its value. */
export const spellProtoKeyValue: Spelling = (key) =>
  key.length < 0x80 ? Buffer.from([0x0a, key.length, ...key, 0x12]) : undefined

function spellJson(before: string, key: Uint8Array, after: string): Uint8Array | undefined {
  const needs_escape = key.some((c) => c < 0x20 || c === 0x22 || c === 0x5c)
  return needs_escape ? undefined : Buffer.concat([Buffer.from(before), key, Buffer.from(after)])
}

export type NodeKind = 'object' | 'event' | 'resource_logs' | 'scope_logs' | 'part'

const ENTRIES_MAX = 4096
const KEY_BYTES_MAX = 256
const PROBES_MAX = 24

export function createNode(
  kind: NodeKind,
  spelling: Spelling,
  classify: (name: string) => Classification,
  known_names: readonly string[],
): Node {
  const node: Node = {
    kind,
    spelling,
    classify,
    entries: [],
    slots: new Int32Array(64),
    known: new Map(),
    spilled: new Map(),
    strangers: new Map(),
    first: undefined,
    is_full: false,
  }
  for (const name of known_names) node.known.set(name, createKnown(node, name))
  clearNode(node)
  return node
}

/** Forgets all names but the known ones. Not while an object of this node is being scanned. */
export function clearNode(node: Node): void {
  node.entries = []
  node.slots = new Int32Array(64)
  node.spilled.clear()
  node.first = undefined
  node.is_full = false
  for (const name of node.known.keys()) {
    const entry = createKnown(node, name)
    node.known.set(name, entry)
    insert(node, entry)
  }
}

function createKnown(node: Node, name: string): Entry {
  return createEntry(node, node.classify(name), Buffer.from(name))
}

/** FNV-1a; the JSON scanner computes the same while it looks for the end of the name. */
export function hashKey(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_PRIME)
  return hash
}
export const HASH_START = 0x811c9dc5 | 0
export const HASH_PRIME = 0x01000193

/** Finds what the name in `bytes[start, end)` means. */
export function findEntry(
  node: Node,
  bytes: Uint8Array,
  start: number,
  end: number,
  hash: number,
): Entry {
  const mask = node.slots.length - 1
  let slot = (hash ^ (hash >>> 15)) & mask
  for (let probe = 0; probe < PROBES_MAX; probe++) {
    const index = node.slots[slot]!
    if (index === 0) break
    const entry = node.entries[index - 1]!
    if (entry.hash === hash && equalsKey(entry.key, bytes, start, end)) return entry
    slot = (slot + 1) & mask
  }
  return addEntry(node, bytes, start, end)
}

function equalsKey(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = key.length
  if (length !== end - start) return false
  for (let i = 0; i < length; i++) {
    if (key[i] !== bytes[start + i]) return false
  }
  return true
}

/** A name that is spelt with escapes: found by its text. */
export function findEntryByName(node: Node, name: string): Entry {
  const bytes = Buffer.from(name)
  return findEntry(node, bytes, 0, bytes.length, hashKey(bytes, 0, bytes.length))
}

let next_entry_id = 0

function createEntry(node: Node, classification: Classification, key: Uint8Array): Entry {
  const spelt = node.spelling(key)
  next_entry_id = (next_entry_id + 1) & 0x3fffffff
  return {
    id: next_entry_id,
    role: classification.role,
    fields: classification.fields,
    tags: classification.tags,
    child: classification.child,
    detail: classification.detail,
    own: classification.own,
    key: Uint8Array.from(key),
    text: spelt === undefined ? NO_TEXT : createText(spelt),
    hash: hashKey(key, 0, key.length),
    next: undefined,
    habit: NO_TEXT,
    lessons: 0,
    stamp: 0,
    cap_from: 0,
    cap_to: 0,
    event_from: 0,
    list_from: 0,
    start: 0,
    end: 0,
  }
}

function addEntry(node: Node, bytes: Uint8Array, start: number, end: number): Entry {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
  const known = node.known.get(name) ?? node.spilled.get(name)
  if (known !== undefined) return known
  const classification = node.classify(name)
  const fits = node.entries.length < ENTRIES_MAX && end - start <= KEY_BYTES_MAX
  if (!fits) node.is_full = true
  if (!fits && !needsEntry(classification)) return strangerOf(node, classification)
  const entry = createEntry(node, classification, bytes.subarray(start, end))
  if (!fits || !insert(node, entry)) {
    // A watched name must keep its entry at least for the scan, or its duplicates would not be seen.
    if (needsEntry(entry)) node.spilled.set(name, entry)
  }
  return entry
}

/** The entry that all names share for which there is no room and which only their role tells apart. */
function strangerOf(node: Node, classification: Classification): Entry {
  let stranger = node.strangers.get(classification.role)
  if (stranger === undefined) {
    stranger = { ...createEntry(node, classification, Buffer.alloc(0)), text: NO_TEXT }
    node.strangers.set(classification.role, stranger)
  }
  return stranger
}

function insert(node: Node, entry: Entry): boolean {
  if ((node.entries.length + 1) * 2 > node.slots.length) grow(node)
  if (!place(node, entry, node.entries.length + 1)) return false
  node.entries.push(entry)
  return true
}

function place(node: Node, entry: Entry, index: number): boolean {
  const mask = node.slots.length - 1
  let slot = (entry.hash ^ (entry.hash >>> 15)) & mask
  for (let probe = 0; probe < PROBES_MAX; probe++) {
    if (node.slots[slot] === 0) {
      node.slots[slot] = index
      return true
    }
    slot = (slot + 1) & mask
  }
  return false
}

/** An entry that finds no place after growing is found by name from then on, or classified anew. */
function grow(node: Node): void {
  node.slots = new Int32Array(node.slots.length * 2)
  node.entries.forEach((entry, index) => {
    if (!place(node, entry, index + 1) && needsEntry(entry) && !isKnown(node, entry)) {
      node.spilled.set(Buffer.from(entry.key).toString(), entry)
    }
  })
}

function needsEntry({ role }: Classification): boolean {
  return role !== ROLE_SKIP && role !== ROLE_FORGED
}

function isKnown(node: Node, entry: Entry): boolean {
  return node.known.get(Buffer.from(entry.key).toString()) === entry
}
