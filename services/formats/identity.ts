/**
 * Identities: equal numbers mean equal values in all deciding fields, so that a decision can be remembered by number.
 * The deciding captures of an event are laid out in a scratch buffer together with the numbers of its resource and scope,
 * which are interned once each, and the whole is looked up by its bytes.
 */

import { isNothing } from './captures.ts'
import { clearByteMap, createByteMap, numberOf, type ByteMap } from './byte-map.ts'
import { DECIDES_BYTES, DECIDES_NOT, DECIDES_TAGS, DECIDES_TEXT } from './plan.ts'
import {
  CAP_END,
  CAP_START,
  CAP_TAG,
  CAP_TYPE,
  CAP_WIDTH,
  EVENT_CAP_TO,
  EVENT_RESOURCE,
  EVENT_SCOPE,
  EVENT_WIDTH,
  FLAG_INNER,
  PART_CAP_TO,
  PART_ID,
  PART_WIDTH,
  TYPE_ARRAY,
  TYPE_MASK,
  TYPE_OBJECT,
} from './layout.ts'
import type { State } from './state.ts'

export interface Identities {
  readonly events: ByteMap
  readonly parts: ByteMap
  generation: number
}

const ENTRIES_MAX = 200_000
const ARENA_BYTES_MAX = 64 * 1024 * 1024
/** An event with more deciding bytes than this is decided each time anew. */
const IDENTITY_BYTES_MAX = 16 * 1024

const scratch_words = new Int32Array(IDENTITY_BYTES_MAX / 4)

export interface IdentityLimits {
  readonly entries_max: number
  readonly arena_bytes_max: number
}
export const IDENTITY_LIMITS: IdentityLimits = {
  entries_max: ENTRIES_MAX,
  arena_bytes_max: ARENA_BYTES_MAX,
}

export function createIdentities(limits: IdentityLimits): Identities {
  return {
    events: createByteMap(limits),
    parts: createByteMap({
      entries_max: Math.max(1, limits.entries_max >> 2),
      arena_bytes_max: Math.max(64, limits.arena_bytes_max >> 2),
    }),
    generation: 0,
  }
}

export function isFull(identities: Identities): boolean {
  return identities.events.is_full || identities.parts.is_full
}

/** Between scans only: numbers that were given out stay true while their scan lasts. */
export function renew(identities: Identities): void {
  clearByteMap(identities.events)
  clearByteMap(identities.parts)
  identities.generation++
}

/** The number of the event's identity, -1 when it is not remembered. */
export function identityOf(identities: Identities, state: State, event: number): number {
  const at = event * EVENT_WIDTH
  const events = state.events
  const resource = partNumber(identities, state, events[at + EVENT_RESOURCE]!)
  const scope = partNumber(identities, state, events[at + EVENT_SCOPE]!)
  if (resource < 0 || scope < 0) return -1
  scratch_words[0] = resource
  scratch_words[1] = scope
  const count = layOut(state, events[at]!, events[at + EVENT_CAP_TO]!, 2)
  return count < 0 ? -1 : numberOf(identities.events, scratch_words, count)
}

/** 0 for no part, else 1 + its number; -1 when it cannot be remembered. */
function partNumber(identities: Identities, state: State, part: number): number {
  if (part < 0) return 0
  const at = part * PART_WIDTH
  const known = state.parts[at + PART_ID]!
  if (known !== 0) return known
  const count = layOut(state, state.parts[at]!, state.parts[at + PART_CAP_TO]!, 0)
  const number = count < 0 ? -1 : numberOf(identities.parts, scratch_words, count)
  const id = number < 0 ? -1 : number + 1
  state.parts[at + PART_ID] = id
  return id
}

/** Writes the deciding captures from word `start` on; returns the end, -1 when they do not fit. */
function layOut(state: State, from: number, to: number, start: number): number {
  const { caps } = state
  const deciding = state.plan.deciding
  const words_max = scratch_words.length
  let word = start
  seen_round = (seen_round + 1) & 0x3fffffff
  if (seen_round === 0) seen_tags.fill(0)
  for (let at = from * CAP_WIDTH; at < to * CAP_WIDTH; at += CAP_WIDTH) {
    const field = caps[at]!
    if (field < 0) continue
    const how = deciding[field]!
    if (how === DECIDES_NOT) continue
    const flags = caps[at + CAP_TYPE]!
    let type = flags & TYPE_MASK
    const is_inner = (flags & FLAG_INNER) !== 0
    const bytes = is_inner ? state.inner : state.bytes
    const data = is_inner ? state.inner_data : state.data
    let p = caps[at + CAP_START]!
    let has_bytes =
      how === DECIDES_BYTES || (how === DECIDES_TEXT && type !== TYPE_OBJECT && type !== TYPE_ARRAY)
    if (how === DECIDES_TAGS) {
      const tag = caps[at + CAP_TAG]!
      has_bytes = tag < 0 && type === TYPE_OBJECT
      if (tag >= 0) {
        if (isNothing(state, at) || wasSeen(field, tag)) continue
        type = 0
      }
    }
    const end = has_bytes ? caps[at + CAP_END]! : p
    const next = word + 2 + ((end - p + 3) >> 2)
    if (next > words_max) return -1
    scratch_words[word] = (field << 5) | type
    scratch_words[word + 1] = (end - p) ^ (caps[at + CAP_TAG]! << 16)
    let at_word = word + 2
    for (; p + 4 <= end; p += 4) scratch_words[at_word++] = data.getInt32(p, true)
    if (p < end) {
      let rest = 0
      for (let shift = 0; p < end; p++, shift += 8) rest |= bytes[p]! << shift
      scratch_words[at_word] = rest
    }
    word = next
  }
  return word
}

/** In which round a tag of a `names` field was laid out last; a hash table that may forget, never invent. */
const seen_tags = new Int32Array(1024 * 3)
let seen_round = 0

function wasSeen(field: number, tag: number): boolean {
  const at = ((Math.imul(field, 31) + tag) & 1023) * 3
  if (seen_tags[at] === seen_round && seen_tags[at + 1] === field && seen_tags[at + 2] === tag) {
    return true
  }
  seen_tags[at] = seen_round
  seen_tags[at + 1] = field
  seen_tags[at + 2] = tag
  return false
}
