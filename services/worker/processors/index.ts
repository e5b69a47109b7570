import { attribution } from './attribution/index.ts'
import { redaction } from './redaction/index.ts'

/** All processors, by type. */
export const PROCESSORS = { attribution, redaction } as const
