import type { Output } from '../command.ts'

/**
 * A terminal that is drawn over and over, on its alternate screen, so that what stood there before comes back. Lines are
 * written over in place and only then cleared to their end: nothing flickers.
 */

const ENTER = '\u001B[?1049h\u001B[?25l'
const LEAVE = '\u001B[?25h\u001B[?1049l'
const HOME = '\u001B[H'
const CLEAR_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'

export interface LiveScreen {
  draw(lines: readonly string[]): Promise<void>
  /** Brings back what stood there; harmless when nothing was drawn. */
  leave(): Promise<void>
}

export function createLiveScreen(output: Output): LiveScreen {
  let entered = false
  return {
    async draw(lines) {
      const text = lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')
      await output.write(`${entered ? '' : ENTER}${HOME}${text}${CLEAR_BELOW}`)
      entered = true
    },
    async leave() {
      if (entered) await output.write(LEAVE)
      entered = false
    },
  }
}
