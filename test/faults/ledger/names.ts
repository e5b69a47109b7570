import { randomBytes } from 'node:crypto'

/** End of a name that no other run uses. */
export function uniqueTail(): string {
  return randomBytes(5).toString('hex')
}
