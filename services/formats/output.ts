/**
 * Where spliced messages are written: chunks that are filled from front to back and never written twice, so that a
 * message stays valid for as long as somebody holds it, whatever is scanned meanwhile.
 */

export interface Output {
  chunk: Buffer
  /** Where the current message starts and how far it is written. */
  start: number
  at: number
}

const CHUNK_BYTES = 512 * 1024

export function createOutput(): Output {
  return { chunk: Buffer.alloc(0), start: 0, at: 0 }
}

/** Begins a message of at most `bytes`. */
export function beginMessage(output: Output, bytes: number, run_bytes: number): void {
  if (output.at + bytes > output.chunk.length) {
    output.chunk = Buffer.allocUnsafeSlow(
      Math.max(bytes, Math.min(run_bytes, CHUNK_MAX), CHUNK_BYTES),
    )
    output.at = 0
  }
  output.start = output.at
}
const CHUNK_MAX = 8 * 1024 * 1024

export function endMessage(output: Output): Buffer {
  return output.chunk.subarray(output.start, output.at)
}

/** Below this a loop beats the call into native code. */
const LOOP_BYTES_MAX = 48

export function writeRange(output: Output, bytes: Buffer, from: number, to: number): void {
  const length = to - from
  if (length <= 0) return
  const chunk = output.chunk
  let at = output.at
  if (length <= LOOP_BYTES_MAX) {
    for (let p = from; p < to; p++) chunk[at++] = bytes[p]!
  } else {
    bytes.copy(chunk, at, from, to)
    at += length
  }
  output.at = at
}

export function writeAll(output: Output, bytes: Buffer): void {
  writeRange(output, bytes, 0, bytes.length)
}

/** Decimal digits of a whole number from 0. */
export function writeDigits(output: Output, value: number): void {
  let size = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) size++
  let rest = value
  for (let at = output.at + size - 1; at >= output.at; at--) {
    output.chunk[at] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  output.at += size
}
