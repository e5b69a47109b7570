import type { Answer, Key, Owners } from '#/core/owners.ts'
import type { OwnerTable } from '#/owners/index.ts'
import type { Settings } from './file.ts'

/** The owners of a case: a table that is wholly there, with answers as old or as missing as the case says. */

export function ownersOf(table: OwnerTable, lookup: Settings['lookup'], now_ms: number): Owners {
  const stateOf = (key: Key) => (typeof lookup === 'string' ? lookup : lookup?.[key.kind])
  const find = (key: Key): Answer => {
    const state = stateOf(key)
    if (state === 'unavailable') return { state, bindings: [], good_until_ms: now_ms }
    const answer = table.find(key)
    return state === 'stale' && answer.state === 'fresh'
      ? { ...answer, state, good_until_ms: now_ms }
      : answer
  }
  // Whatever cannot be looked up is asked for first, as it is in a worker.
  return {
    peek: (key) => (stateOf(key) === 'unavailable' ? undefined : find(key)),
    lookup: (keys) => Promise.resolve(keys.map(find)),
    epoch: 0,
  }
}
