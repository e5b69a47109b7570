import type { Output } from '../command.ts'

/**
 * Lines that stay and one line that is rewritten. On a terminal the live line is redrawn in place; elsewhere it is a plain
 * line every few seconds, so that logs and pipes stay readable.
 */
const REDRAW_MS = 250
const PLAIN_LINE_MS = 5000
const CLEAR_LINE = '\r\u001B[2K'

export interface Screen {
  print(text: string): Promise<void>
  /** Shows the line if it is time to. */
  live(line: () => string, now_ms: number): Promise<void>
  /** Leaves the last live line standing. */
  close(): Promise<void>
}

export function createScreen(output: Output): Screen {
  const interval_ms = output.is_terminal ? REDRAW_MS : PLAIN_LINE_MS
  let shown_at_ms: number | undefined
  let standing = ''
  return {
    async print(text) {
      if (output.is_terminal && standing !== '')
        await output.write(`${CLEAR_LINE}${text}\n${standing}`)
      else await output.write(`${text}\n`)
    },
    async live(line, now_ms) {
      shown_at_ms ??= output.is_terminal ? now_ms - interval_ms : now_ms
      if (now_ms - shown_at_ms < interval_ms) return
      shown_at_ms = now_ms
      if (output.is_terminal) {
        standing = line()
        await output.write(`${CLEAR_LINE}${standing}`)
      } else await output.write(`${line()}\n`)
    },
    async close() {
      if (standing !== '') await output.write('\n')
      standing = ''
    },
  }
}
