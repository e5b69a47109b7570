import { createHmac } from 'node:crypto'

/**
 * A raw secret never becomes a key, because keys are written into events and sent to the directory. Its keyed fingerprint
 * does: the same secret gives the same key, and nobody without the fingerprint key can test a guess.
 */
export function fingerprint(secret: string, fingerprint_key: Buffer): string {
  return `fp:${createHmac('sha256', fingerprint_key).update(secret).digest('base64url')}`
}
