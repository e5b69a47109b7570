import { kafka } from './kafka/index.ts'

/** All exporters, by type. */
export const EXPORTERS = { kafka } as const
