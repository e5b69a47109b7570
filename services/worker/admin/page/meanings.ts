/** One line for every word of a closed list that the page shows. The types make a new word without a line an error. */
import type { PartitionCondition, Reason } from '#/core/words.ts'

export const REASON_MEANINGS: Readonly<Record<Reason | 'none', string>> = {
  none: 'An owner was found.',
  ip_only: 'Nothing but a network address says who called.',
  shared_account: 'Only an account or a key that many share stands behind the call.',
  no_identity: 'The event says nothing about who called.',
  unknown_identity: 'The event names somebody whom the directory does not know.',
  unowned: 'The directory knows the identity and says that nobody owns it.',
  weak_evidence: 'An owner was found, but by evidence below the minimum confidence of the config.',
  conflict: 'The strongest evidence names more than one owner.',
  lookup_unavailable: 'The directory did not answer. The call is unresolved and not in the rate.',
}

export const REASON_NAMES: Readonly<Record<Reason | 'none', string>> = {
  none: 'Attributed',
  ip_only: 'IP only',
  shared_account: 'Shared account',
  no_identity: 'No identity',
  unknown_identity: 'Unknown identity',
  unowned: 'Unowned',
  weak_evidence: 'Weak evidence',
  conflict: 'Conflict',
  lookup_unavailable: 'Lookup unavailable',
}

export const CONDITION_MEANINGS: Readonly<Record<PartitionCondition, string>> = {
  ok: 'keeps up',
  warn: 'moves, but its lag does not shrink',
  stall: 'has lag and does not move',
  stop: 'has not moved for longer than the window',
  rewind: 'went back to an earlier offset',
}
