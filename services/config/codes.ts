/**
 * Every diagnostic has a code that stays the same while its wording may change, so that people can search for it and
 * scripts can match it. Codes below 100 come from this room; the cross-checks of a service bring their own, from 100 on.
 */
export const CONFIG_CODES = {
  'WC-C001': 'the text is not YAML',
  'WC-C002': 'a tab indents a line',
  'WC-C003': 'a space is missing after a colon',
  'WC-C004': 'a key stands twice in one mapping',
  'WC-C005': 'the text is larger or deeper than what is read',
  'WC-C006': 'a substitution inside braces or brackets is not in quotes',
  'WC-C010': 'a key that does not exist here',
  'WC-C011': 'a value of the wrong type',
  'WC-C012': 'a value that is not in the list of legal ones',
  'WC-C013': 'a required key is missing',
  'WC-C014': 'a number, length or count outside its limits',
  'WC-C015': 'a text that does not have the form it needs',
  'WC-C016': 'an unknown component type, or an id that is not type or type/name',
  'WC-C017': 'an unknown type of a section that comes in several',
  'WC-C020': 'an environment variable is not set and has no default',
  'WC-C021': 'a substituted file cannot be read',
  'WC-C022': 'a substitution is malformed',
} as const
export type ConfigCode = keyof typeof CONFIG_CODES
