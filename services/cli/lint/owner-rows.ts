/**
 * Rows of an owner file against each other: which of them add nothing, contradict another one, or have ended. The loader
 * accepts all of these, because each can be meant.
 */
import { isNobody, keyText } from '#/core/keys.ts'
import type { Binding } from '#/core/owners.ts'
import type { InspectedOwners } from '#/owners/index.ts'
import type { RowFinding } from './found.ts'

interface Row {
  readonly index: number
  readonly binding: Binding
}

export function lintRows(owners: InspectedOwners, now_ms: number): readonly RowFinding[] {
  const rows = owners.bindings.map((binding, index): Row => ({ index, binding }))
  const keys = Map.groupBy(rows, ({ binding }) => keyText(binding.key))
  const lineOf = ({ index }: Row): number => owners.placeOf(index).line
  return [
    ...[...keys.values()].flatMap((same) => [
      ...(same.length > 1 ? lintPairs(same, lineOf) : []),
      ...lintEnded(same, now_ms),
    ]),
    ...rows.flatMap((row) => lintKey(row, owners.writtenKey(row.index))),
  ]
}

/** Rows of one key. Each is held against those that begin no later, so that a pair is named once. */
function lintPairs(same: readonly Row[], lineOf: (row: Row) => number): readonly RowFinding[] {
  const sorted = same.toSorted(
    (a, b) =>
      compare(a.binding.valid_from_ms, b.binding.valid_from_ms) ||
      compare(b.binding.valid_to_ms, a.binding.valid_to_ms) ||
      a.index - b.index,
  )
  const found: RowFinding[] = []
  // Of those that begin earlier, the one that holds longest meets a row if any of them does.
  let longest: Row | undefined
  for (const row of sorted) {
    const { valid_from_ms, valid_to_ms } = row.binding
    if (longest !== undefined && valid_from_ms < longest.binding.valid_to_ms) {
      const line = lineOf(longest)
      if (!isSameOwner(row.binding, longest.binding))
        found.push({
          code: 'WC-L002',
          binding: row.index,
          message: `the row at line ${line} gives this key to somebody else at the same time: calls of that time are unattributed, with reason conflict`,
          help: 'end one of the two where the other begins (valid_to, valid_from), or remove one',
        })
      else if (valid_to_ms <= longest.binding.valid_to_ms)
        found.push({
          code: 'WC-L001',
          binding: row.index,
          message: `the row at line ${line} says the same of this key, for at least as long`,
          help: 'remove this row',
        })
    }
    if (longest === undefined || valid_to_ms > longest.binding.valid_to_ms) longest = row
  }
  return found
}

/** History is kept on purpose, but a key whose last row has ended may have been forgotten. */
function lintEnded(same: readonly Row[], now_ms: number): readonly RowFinding[] {
  const last = same.reduce((a, b) => (b.binding.valid_to_ms > a.binding.valid_to_ms ? b : a))
  if (last.binding.valid_to_ms > now_ms) return []
  const since = new Date(last.binding.valid_to_ms).toISOString().slice(0, 10)
  return [
    {
      code: 'WC-L003',
      binding: last.index,
      member: 'valid_to',
      message: `nobody owns this key since ${since}: no row of it holds any more`,
      help: 'add a row from then on: for its new owner, or with ownership: unowned; without calls of that time left, remove it',
    },
  ]
}

function lintKey({ index, binding: { key } }: Row, written: string): readonly RowFinding[] {
  const at = { binding: index, member: 'key' } as const
  if (isNobody(key.kind, key.value))
    return [
      {
        ...at,
        code: 'WC-L004',
        message:
          'no event can ask for this key: its value means "absent", or its tag names no owner',
        help: 'remove the row',
      },
    ]
  if (written.trim() === key.value) return []
  return [
    {
      ...at,
      code: 'WC-L008',
      message: 'the key is not written in its normal form, which is what events and findings show',
      help: `write it so: ${changesOf(written.trim(), key.value)}`,
    },
  ]
}

/** What the normal form does to a key, without a word of it. */
function changesOf(written: string, normal: string): string {
  if (written.toLowerCase() === normal.toLowerCase()) return 'in lower-case letters'
  if (written.startsWith('arn:'))
    return '<partition>:<account>:role/<name>, without path and session'
  if (written.includes('/') && !normal.includes('=')) return 'without what does not tell it apart'
  return 'as attribution.evidence has it'
}

export function isSameOwner(a: Binding, b: Binding): boolean {
  return a.ownership === b.ownership && a.owner?.id === b.owner?.id
}

/** Infinities subtract to NaN, so they are compared. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
