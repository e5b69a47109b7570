import type { Deadline } from '#/core/component.ts'

/** Resolves when the deadline is reached; a stop races its work against it. */
export function reached({ signal }: Deadline): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
