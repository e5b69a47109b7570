import { createHash } from 'node:crypto'

import { isNobody, normaliseKey } from '#/core/keys.ts'
import { OWNER_FIELDS } from '#/core/owners.ts'
import type { Binding, Owner, Ownership } from '#/core/owners.ts'
import type { KeyKind } from '#/core/words.ts'

/**
 * The row of the owner file, of CSV and of the lookup API, and the binding that it means. Rows are written by people;
 * bindings carry keys in normal form and instants in milliseconds.
 */

/** A row that satisfies `owner-bindings.schema.json`. */
export interface Row {
  readonly id?: string
  readonly kind: KeyKind
  readonly key: string
  readonly ownership?: Ownership
  readonly owner?: Owner
  readonly valid_from?: string | null
  readonly valid_to?: string | null
}

export type RowResult =
  | { readonly ok: true; readonly binding: Binding; readonly warning?: RowProblem }
  | { readonly ok: false; readonly problems: readonly RowProblem[] }

export interface RowProblem {
  /** The member of the row that it is about. */
  readonly member: 'key' | 'valid_from' | 'valid_to'
  readonly message: string
}

/** Makes equal owners one object, so that a directory of a million rows holds each owner once. */
export type InternOwner = (owner: Owner) => Owner

export function createOwnerIntern(): InternOwner {
  const owners = new Map<string, Owner>()
  return (owner) => {
    // Whatever order the fields were written in, the text and the object have ours.
    const present = OWNER_FIELDS.flatMap((field) => {
      const value = owner[field]
      return value === undefined ? [] : [[field, value] as const]
    })
    const plain: Owner = { id: owner.id, ...Object.fromEntries(present) }
    const text = JSON.stringify(plain)
    const known = owners.get(text)
    if (known === undefined) owners.set(text, plain)
    return known ?? plain
  }
}

export function readRow(row: Row, intern: InternOwner): RowResult {
  const problems: RowProblem[] = []
  const key = normaliseKey(row.kind, row.key)
  if (!key.ok) problems.push({ member: 'key', message: key.problem })
  const from = instant(row.valid_from, -Infinity)
  const to = instant(row.valid_to, Infinity)
  if (from === undefined) problems.push({ member: 'valid_from', message: EXPECTED_INSTANT })
  if (to === undefined) problems.push({ member: 'valid_to', message: EXPECTED_INSTANT })
  if (from !== undefined && to !== undefined && from >= to) {
    problems.push({ member: 'valid_to', message: 'expected an instant after valid_from' })
  }
  if (!key.ok || from === undefined || to === undefined || problems.length > 0) {
    return { ok: false, problems }
  }
  const ownership = row.ownership ?? 'owned'
  const binding: Binding = {
    id: row.id ?? bindingId(row.kind, key.value, from, row.owner?.id ?? ownership),
    key: { kind: row.kind, value: key.value },
    ownership,
    ...(ownership === 'owned' && row.owner !== undefined ? { owner: intern(row.owner) } : {}),
    valid_from_ms: from,
    valid_to_ms: to,
  }
  if (!isNobody(row.kind, key.value)) return { ok: true, binding }
  const message =
    'no event can ask for this key: its value means "absent", or its tag names no owner'
  return { ok: true, binding, warning: { member: 'key', message } }
}

/** The row of a binding, as the lookup API sends it. */
export function writeRow(binding: Binding): Row {
  return {
    id: binding.id,
    kind: binding.key.kind,
    key: binding.key.value,
    ownership: binding.ownership,
    ...(binding.owner === undefined ? {} : { owner: binding.owner }),
    ...(binding.valid_from_ms === -Infinity ? {} : { valid_from: isoText(binding.valid_from_ms) }),
    ...(binding.valid_to_ms === Infinity ? {} : { valid_to: isoText(binding.valid_to_ms) }),
  }
}

const EXPECTED_INSTANT =
  'expected a date (2026-01-31) or a time with its zone (2026-01-31T08:00:00Z)'
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:(?:[Tt]|[ \t]+)(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?[ \t]*([Zz]|[+-]\d{2}:?(?:\d{2})?))?$/

/**
 * Reads RFC 3339, a YAML timestamp with a zone, or a date (midnight UTC) as epoch milliseconds; fractions below a
 * millisecond are truncated. `undefined` when the text is none of them.
 */
export function readInstant(text: string): number | undefined {
  const match = INSTANT.exec(text.trim())
  if (match === null) return undefined
  const [, date = '', time = '00:00:00', fraction = '', zone = 'Z'] = match
  const millis = fraction.slice(0, 3).padEnd(3, '0')
  const ms = Date.parse(`${date}T${time}.${millis}${zoneText(zone)}`)
  if (Number.isNaN(ms)) return undefined
  // Date.parse moves 30 February to March; a date that does not exist is an error.
  const day = new Date(`${date}T00:00:00.000Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date) ? ms : undefined
}

function instant(text: string | null | undefined, open: number): number | undefined {
  return text === undefined || text === null ? open : readInstant(text)
}

function zoneText(zone: string): string {
  if (zone === 'Z' || zone === 'z') return 'Z'
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  return `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`
}

function isoText(ms: number): string {
  return new Date(ms).toISOString()
}

function bindingId(kind: KeyKind, key: string, from_ms: number, owner: string): string {
  const text = JSON.stringify([kind, key, from_ms === -Infinity ? null : from_ms, owner])
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}
