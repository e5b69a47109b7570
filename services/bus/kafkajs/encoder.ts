import { createRequire } from 'node:module'

/**
 * The buffers in which kafkajs puts requests together. Its own grow to powers of two and are filled with zeros first, twice
 * for every request, though each byte is written right after. Ours have the size that is needed and are not filled: only
 * what was written is ever sent.
 */

/** The state of an encoder of kafkajs: `offset` bytes of `buf` are written. */
interface EncoderState {
  buf: Buffer
  readonly offset: number
}
interface EncoderClass {
  readonly prototype: { ensureAvailable: (this: EncoderState, bytes: number) => void }
}

const MODULE = 'kafkajs/src/protocol/encoder'
/** For the few fields round what is large. */
const SLACK_BYTES = 256

const { prototype }: EncoderClass = createRequire(import.meta.url)(MODULE)

export function installEncoder(): void {
  if (typeof prototype.ensureAvailable !== 'function')
    throw new Error(`${MODULE} is not what it was`)
  prototype.ensureAvailable = ensureAvailable
}

function ensureAvailable(this: EncoderState, bytes: number): void {
  const needed = this.offset + bytes
  if (needed <= this.buf.length) return
  // Doubled, unless one large part makes up most of it.
  const larger = Buffer.allocUnsafeSlow(Math.max(needed + SLACK_BYTES, this.offset * 2))
  this.buf.copy(larger, 0, 0, this.offset)
  this.buf = larger
}
