/**
 * Networks of an owner file. The longest prefix wins, so one that lies in another of the same owner adds nothing, and one
 * of somebody else cuts a hole that the owner of the wide one should know of. Networks only suggest whom to ask.
 */
import { canonicalNetwork } from '#/core/address.ts'
import type { Binding } from '#/core/owners.ts'
import type { InspectedOwners } from '#/owners/index.ts'
import type { RowFinding } from './found.ts'
import { isSameOwner } from './owner-rows.ts'

export function lintNetworks(owners: InspectedOwners): readonly RowFinding[] {
  const networks = new Map<string, number[]>()
  const lengths = new Set<number>()
  for (const [index, { key }] of owners.bindings.entries()) {
    if (key.kind !== 'ip') continue
    const known = networks.get(key.value)
    if (known === undefined) networks.set(key.value, [index])
    else known.push(index)
    if (key.value.includes('/')) lengths.add(lengthOf(key.value))
  }
  const longest_first = [...lengths].toSorted((a, b) => b - a)
  return [...networks].flatMap(([network, indexes]) => {
    const wider = widerOf(network, longest_first, networks)
    return wider === undefined
      ? []
      : indexes.flatMap((index) => lintInside(index, wider, owners) ?? [])
  })
}

/** The rows of the nearest network around this one. */
function widerOf(
  network: string,
  longest_first: readonly number[],
  networks: ReadonlyMap<string, readonly number[]>,
): readonly number[] | undefined {
  const slash = network.indexOf('/')
  const base = slash < 0 ? network : network.slice(0, slash)
  const own_length = slash < 0 ? Infinity : lengthOf(network)
  for (const length of longest_first) {
    if (length >= own_length) continue
    const wider = canonicalNetwork(`${base}/${length}`)
    const rows = wider === undefined || wider === network ? undefined : networks.get(wider)
    if (rows !== undefined) return rows
  }
  return undefined
}

function lintInside(
  index: number,
  wider: readonly number[],
  owners: InspectedOwners,
): RowFinding | undefined {
  const row = owners.bindings[index]!
  const around = wider.find((other) => meets(owners.bindings[other]!, row))
  if (around === undefined) return undefined
  const binding = owners.bindings[around]!
  const { line } = owners.placeOf(around)
  if (!isSameOwner(row, binding))
    return {
      code: 'WC-L006',
      binding: index,
      member: 'key',
      message: `this network lies in that of line ${line}, which belongs to somebody else: the longer prefix is suggested`,
      help: 'if that is meant, leave it and ignore this code; else correct the network or the owner',
    }
  const holds_as_long =
    binding.valid_from_ms <= row.valid_from_ms && row.valid_to_ms <= binding.valid_to_ms
  if (!holds_as_long) return undefined
  return {
    code: 'WC-L005',
    binding: index,
    message: `this network lies in that of line ${line}, which has the same owner`,
    help: 'remove this row',
  }
}

function meets(a: Binding, b: Binding): boolean {
  return a.valid_from_ms < b.valid_to_ms && b.valid_from_ms < a.valid_to_ms
}

function lengthOf(network: string): number {
  return Number(network.slice(network.indexOf('/') + 1))
}
