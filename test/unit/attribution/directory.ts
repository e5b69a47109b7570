import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { keyText, normaliseKey } from '#/core/keys.ts'
import type { Answer, Binding, Key, Owner, Ownership } from '#/core/owners.ts'
import type { KeyKind } from '#/core/words.ts'

/** A directory of owners in memory, enough for the rules' own tests. */

export interface Row {
  readonly kind: KeyKind
  readonly key: string
  readonly owner?: Owner
  readonly ownership?: Ownership
  readonly valid_from?: string
  readonly valid_to?: string
}

export interface Directory {
  readonly answerOf: (key: Key) => Answer
  /** Keys that were asked for, as texts. */
  readonly asked: Set<string>
}

export const GOOD_UNTIL_MS = 4_102_444_800_000
const NEGATIVE: Answer = { state: 'negative', bindings: [], good_until_ms: GOOD_UNTIL_MS }

/** `unavailable` keys, as texts, cannot be looked up. */
export function directoryOf(
  rows: readonly Row[],
  options: { readonly unavailable?: readonly string[]; readonly state?: 'fresh' | 'stale' } = {},
): Directory {
  const bindings = new Map<string, Binding[]>()
  for (const [index, row] of rows.entries()) {
    const binding = bindingOf(row, index)
    const text = keyText(binding.key)
    bindings.set(text, [...(bindings.get(text) ?? []), binding])
  }
  const asked = new Set<string>()
  return {
    asked,
    answerOf(key) {
      const text = keyText(key)
      asked.add(text)
      if (options.unavailable?.includes(text) === true) {
        return { state: 'unavailable', bindings: [], good_until_ms: 0 }
      }
      const found = bindings.get(text)
      if (found === undefined) return NEGATIVE
      const state = options.state ?? 'fresh'
      return { state, bindings: found, good_until_ms: GOOD_UNTIL_MS, revision: 'r1' }
    },
  }
}

export function readOwners(path: string | URL): Row[] {
  const file: { readonly bindings: Row[] } = parse(readFileSync(path, 'utf8'))
  return file.bindings
}

function bindingOf(row: Row, index: number): Binding {
  const normal = normaliseKey(row.kind, row.key)
  if (!normal.ok) throw new Error(`row ${index}: ${normal.problem}`)
  return {
    id: `b${index}`,
    key: { kind: row.kind, value: normal.value },
    ownership: row.ownership ?? 'owned',
    ...(row.owner === undefined ? {} : { owner: row.owner }),
    valid_from_ms: row.valid_from === undefined ? -Infinity : Date.parse(row.valid_from),
    valid_to_ms: row.valid_to === undefined ? Infinity : Date.parse(row.valid_to),
  }
}
