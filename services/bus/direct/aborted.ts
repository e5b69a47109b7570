/**
 * What a reader of committed messages must not see. The broker tells which transactions in the answer were aborted, by producer
 * and first offset; each ends at the next abort marker of its producer.
 */

export interface AbortedTransaction {
  readonly producer_id: number
  readonly first_offset: number
}

export interface AbortedFilter {
  /** Whether the transactional batch of a producer belongs to an aborted transaction. Asked in the order of the log. */
  isAborted(producer_id: number, last_offset: number): boolean
  /** An abort marker of the producer. */
  ended(producer_id: number, offset: number): void
}

export function abortedFilter(aborted: readonly AbortedTransaction[]): AbortedFilter {
  const waiting = aborted.toSorted((a, b) => a.first_offset - b.first_offset)
  const open = new Set<number>()
  let next = 0
  function advance(offset: number): void {
    for (
      let of = waiting[next];
      of !== undefined && of.first_offset <= offset;
      of = waiting[next]
    ) {
      open.add(of.producer_id)
      next += 1
    }
  }
  return {
    isAborted(producer_id, last_offset) {
      advance(last_offset)
      return open.has(producer_id)
    },
    ended(producer_id, offset) {
      advance(offset)
      open.delete(producer_id)
    },
  }
}
