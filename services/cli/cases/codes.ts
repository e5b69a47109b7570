/** Codes of what a run of tests finds; what each means. */
export const TEST_CODES = {
  'WC-T001': 'an expectation is not met',
  'WC-T002': 'the case cannot be run as it is written',
} as const
export type TestCode = keyof typeof TEST_CODES
