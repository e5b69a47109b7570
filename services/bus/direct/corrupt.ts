/**
 * A response that cannot be what the broker meant to send: a length, a checksum or a count in it is wrong. Nothing of the part
 * that is wrong is handed out; who gets this error asks again.
 */

export interface CorruptResponse extends Error {
  readonly name: typeof NAME
  /** The batch that is wrong, where it is known to be one. */
  readonly batch: CorruptBatch | undefined
}

export interface CorruptBatch {
  readonly topic: string
  readonly partition: number
  readonly base_offset: number
}

const NAME = 'CorruptResponse'

export function corrupt(message: string, batch?: CorruptBatch): CorruptResponse {
  const where =
    batch === undefined
      ? ''
      : ` at offset ${batch.base_offset} of ${batch.topic}/${batch.partition}`
  return Object.assign(new Error(`${message}${where}`), { name: NAME, batch } as const)
}

export function isCorrupt(error: unknown): error is CorruptResponse {
  return error instanceof Error && error.name === NAME
}
