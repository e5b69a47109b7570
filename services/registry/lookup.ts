import { normaliseKey } from '#/core/keys.ts'
import type { Answer, Owners } from '#/core/owners.ts'
import { isKeyKind, readInstant, writeRow } from '#/owners/index.ts'
import type { BatchResult } from '#/owners/index.ts'

/**
 * Answers one key of a batch. A key that no row can have (its form is wrong) is not found; a kind that this version does
 * not know is an error, because a newer worker may know better.
 */

/** A key as it was sent: the request schema does not close the list of kinds. */
export interface AskedKey {
  readonly kind: string
  readonly value: string
  readonly as_of?: string
}

export interface LookupTtls {
  readonly ttl_s?: number
  readonly negative_ttl_s?: number
}

export function lookUp(owners: Owners, asked: AskedKey, ttls: LookupTtls): BatchResult {
  const { kind } = asked
  if (!isKeyKind(kind)) return { status: 'error', message: `unknown kind ${JSON.stringify(kind)}` }
  const as_of_ms = asked.as_of === undefined ? undefined : readInstant(asked.as_of)
  if (asked.as_of !== undefined && as_of_ms === undefined) {
    return { status: 'error', message: 'as_of: expected a date or a time with its zone' }
  }
  const key = normaliseKey(kind, asked.value)
  const answer = key.ok ? owners.peek({ kind, value: key.value }) : undefined
  if (!key.ok) return { status: 'not_found', ...negativeTtl(ttls) }
  if (answer === undefined || answer.state === 'unavailable') {
    return { status: 'error', message: 'there are no bindings yet' }
  }
  return resultOf(answer, as_of_ms, ttls)
}

function resultOf(answer: Answer, as_of_ms: number | undefined, ttls: LookupTtls): BatchResult {
  const rev = answer.revision === undefined ? {} : { rev: answer.revision }
  const bindings =
    as_of_ms === undefined
      ? answer.bindings
      : answer.bindings.filter(
          ({ valid_from_ms, valid_to_ms }) => valid_from_ms <= as_of_ms && as_of_ms < valid_to_ms,
        )
  if (bindings.length === 0) return { status: 'not_found', ...rev, ...negativeTtl(ttls) }
  const ttl = ttls.ttl_s === undefined ? {} : { ttl_s: ttls.ttl_s }
  return { status: 'found', versions: bindings.map(writeRow), ...rev, ...ttl }
}

function negativeTtl({ negative_ttl_s }: LookupTtls): LookupTtls {
  return negative_ttl_s === undefined ? {} : { negative_ttl_s }
}
