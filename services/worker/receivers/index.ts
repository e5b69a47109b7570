import { kafka } from './kafka/index.ts'

/** All receivers, by type. */
export const RECEIVERS = { kafka } as const
