import type { Counter, Logger, Ports } from '#/core/ports.ts'

/** Ports for tests that watch real servers: the real clock, counters that can be read, log lines that can be looked at. */

export interface TestPorts extends Ports {
  /** Sum of a counter over all its labels. */
  count(name: string): number
  readonly lines: { readonly level: string; readonly fields: object; readonly message: string }[]
}

export function testPorts(): TestPorts {
  const counts = new Map<string, number>()
  const lines: { level: string; fields: object; message: string }[] = []
  const counter = (name: string): Counter => ({
    add: (count) => void counts.set(name, (counts.get(name) ?? 0) + count),
  })
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: () => logger,
  }
  return {
    clock: {
      now: () => Date.now(),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, ms)
          signal?.addEventListener('abort', () => {
            clearTimeout(timer)
            resolve()
          })
        }),
    },
    logger,
    meter: {
      counter,
      gauge: () => ({ set: () => {} }),
      histogram: () => ({ observe: () => {} }),
      onScrape: () => () => {},
    },
    count: (name) => counts.get(name) ?? 0,
    lines,
  }
}
