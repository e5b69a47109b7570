/** Resolves when the command is asked to end. */
export function stopped(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const done = (): void => resolve(undefined)
  if (signal.aborted) done()
  signal.addEventListener('abort', done, { once: true })
  return promise
}
