/**
 * JSON Pointers (RFC 6901), the names of fields. The empty pointer is the event itself.
 */

import { WhosecallError } from '#/core/errors.ts'

export function parsePointer(path: string): readonly string[] {
  if (path === '') return []
  if (!path.startsWith('/')) {
    throw new WhosecallError(
      'config_invalid',
      `reading field ${JSON.stringify(path)}: expected a JSON Pointer that begins with "/"`,
    )
  }
  return path
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}
