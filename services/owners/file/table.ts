import { canonicalNetwork } from '#/core/address.ts'
import type { Answer, Binding, Key } from '#/core/owners.ts'

/**
 * All bindings of a file, ready to be asked: one map per kind from the normal form to a prepared answer, and the CIDR
 * blocks of kind `ip` by prefix length. Immutable; a reload makes a new table.
 */

export interface OwnerTable {
  readonly revision: string
  readonly bindings_count: number
  /** Always an answer: the table is complete, so what is not in it does not exist. */
  find(key: Key): Answer
}

/** Answers of a table hold until the table is replaced. */
export function createOwnerTable(bindings: readonly Binding[], revision: string): OwnerTable {
  const kinds = new Map<string, Map<string, Binding[]>>()
  const prefix_lengths = new Set<number>()
  for (const binding of bindings) {
    const { kind, value } = binding.key
    if (kind === 'ip' && value.includes('/')) {
      prefix_lengths.add(Number(value.slice(value.indexOf('/') + 1)))
    }
    let keys = kinds.get(kind)
    if (keys === undefined) kinds.set(kind, (keys = new Map()))
    const known = keys.get(value)
    if (known === undefined) keys.set(value, [binding])
    else known.push(binding)
  }
  const longest_first = [...prefix_lengths].sort((a, b) => b - a)
  const answers = new Map<string, Map<string, Answer>>()
  for (const [kind, keys] of kinds) {
    const prepared = new Map<string, Answer>()
    for (const [value, found] of keys) prepared.set(value, answerOf(found))
    answers.set(kind, prepared)
  }
  const negative: Answer = { state: 'negative', bindings: [], good_until_ms: Infinity, revision }

  function answerOf(found: readonly Binding[]): Answer {
    return { state: 'fresh', bindings: found, good_until_ms: Infinity, revision }
  }

  function findAddress(address: string): Answer {
    const networks = kinds.get('ip')
    if (networks === undefined) return negative
    const found = [...(networks.get(address) ?? [])]
    for (const length of longest_first) {
      const network = canonicalNetwork(`${address}/${length}`)
      // A block as long as an address is the address itself.
      const is_wider = network !== undefined && network !== address
      const wider = is_wider ? networks.get(network) : undefined
      if (wider !== undefined) found.push(...wider.flatMap((row) => uncovered(row, found)))
    }
    return found.length === 0 ? negative : answerOf(found)
  }

  return {
    revision,
    bindings_count: bindings.length,
    find(key) {
      const known = answers.get(key.kind)?.get(key.value)
      if (key.kind === 'ip' && longest_first.length > 0) return findAddress(key.value)
      return known ?? negative
    },
  }
}

/**
 * What is left of a row's interval where no row of a longer prefix holds. The longest prefix wins at each instant, so a
 * narrow row that has ended does not hide the wide one.
 */
function uncovered(row: Binding, narrower: readonly Binding[]): Binding[] {
  let parts = [row]
  for (const { key, valid_from_ms, valid_to_ms } of narrower) {
    if (key.value === row.key.value) continue
    parts = parts.flatMap((part) => {
      const before = { ...part, valid_to_ms: Math.min(part.valid_to_ms, valid_from_ms) }
      const after = { ...part, valid_from_ms: Math.max(part.valid_from_ms, valid_to_ms) }
      return [before, after].filter((piece) => piece.valid_from_ms < piece.valid_to_ms)
    })
  }
  return parts
}
