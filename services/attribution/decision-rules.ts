/**
 * The rules of the decision by name, in the order in which they are tried. Exactly one of them decides about an event; what
 * each asks for is said once, here, and shown by `explain`.
 */
export const DECISION_RULES = [
  'not_a_call',
  'outage',
  'outage_before_owner',
  'two_owners',
  'below_minimum',
  'highest_owner',
  'unowned',
  'unknown_identity',
  'shared_only',
  'address_only',
  'account_only',
  'nothing',
] as const
export type DecisionRule = (typeof DECISION_RULES)[number]

/** What a rule does, in one phrase. */
export const RULE_TEXTS: Readonly<Record<DecisionRule, string>> = {
  not_a_call: 'what is no model call is passed on without an outcome',
  outage_before_owner:
    'a key on the rung of the owner, or above it, could not be looked up: unresolved, the owner is only suggested',
  outage: 'no owner is found, and a key could not be looked up: unresolved',
  two_owners: 'the winning rung names more than one owner: unattributed, conflict',
  below_minimum: 'the owner is found below the minimum confidence: unattributed',
  highest_owner: 'the highest rung whose key has an owner at the time of the call wins: attributed',
  unowned: 'the directory says that nobody owns a key, on purpose: unattributed',
  unknown_identity: 'the record names somebody whom the directory does not know: unattributed',
  shared_only: 'all that is named is shared by many: unattributed, shared_account',
  address_only: 'all that is known is a network address: unattributed, ip_only',
  account_only:
    'all that is known is the account that the log lies in: unattributed, shared_account',
  nothing: 'the record holds no identity: unattributed, no_identity',
}
