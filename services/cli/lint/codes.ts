/** Codes of lint; what each means. They stay the same while wordings change. */
export const LINT_CODES = {
  'WC-L001': 'a row of the owner file adds nothing to another row of its key',
  'WC-L002': 'two rows of one key with different owners hold at the same time',
  'WC-L003': 'the last row of a key has ended',
  'WC-L004': 'no event can ever ask for the key of a row',
  'WC-L005': 'a row for a network adds nothing to that of a wider one',
  'WC-L006': 'a network lies in a wider one that belongs to somebody else',
  'WC-L007': 'no configured source builds such a key',
  'WC-L008': 'a key is not written in its normal form',
  'WC-L009': 'claims may name an owner that the owner file does not list',
  'WC-L010': 'a word hides keys that the owner file binds',
  'WC-L011': 'a word or a role that never applies',
  'WC-L012': 'two receivers read the same topic',
  'WC-L013': 'an entry of topics or exclude_topics does nothing',
  'WC-L014': 'a burn-rate alert that could never fire',
} as const
export type LintCode = keyof typeof LINT_CODES
