/**
 * Where spliced messages are written: chunks that are filled from front to back and never written twice, so that a
 * message stays valid for as long as somebody holds it, whatever is scanned meanwhile.
 */

/** Bytes to copy from, with the same bytes as a DataView: a copy by words needs both. */
export interface Source {
  readonly bytes: Buffer
  readonly data: DataView
}

export function createSource(bytes: Buffer): Source {
  return { bytes, data: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}

/** What was encoded here is a source already; anything else is made one. */
export function sourceOf(holder: { readonly bytes: Buffer }): Source {
  return isSource(holder) ? holder : createSource(holder.bytes)
}

function isSource(holder: { readonly bytes: Buffer }): holder is Source {
  return 'data' in holder
}

export interface Output {
  chunk: Buffer
  data: DataView
  /** Where the current message starts and how far it is written. */
  start: number
  at: number
}

/** Small enough that memory given back is used again while it is still in the caches of the processor. */
const CHUNK_BYTES = 256 * 1024

export function createOutput(): Output {
  const { bytes, data } = createSource(Buffer.alloc(0))
  return { chunk: bytes, data, start: 0, at: 0 }
}

/** Begins a message of at most `bytes`. */
export function beginMessage(output: Output, bytes: number): void {
  if (output.at + bytes > output.chunk.length) {
    const source = createSource(Buffer.allocUnsafeSlow(Math.max(bytes, CHUNK_BYTES)))
    output.chunk = source.bytes
    output.data = source.data
    output.at = 0
  }
  output.start = output.at
}

export function endMessage(output: Output): Buffer {
  return output.chunk.subarray(output.start, output.at)
}

const WORD_BYTES = 8
/** Up to here a loop beats the call into native code, which makes a view for each copy. */
const LOOP_BYTES_MAX = 640

/** Copies by words of eight bytes; the last word may overlap the one before. */
export function writeRange(output: Output, source: Source, from: number, to: number): void {
  const length = to - from
  if (length <= 0) return
  let at = output.at
  output.at = at + length
  if (length > LOOP_BYTES_MAX) {
    source.bytes.copy(output.chunk, at, from, to)
    return
  }
  if (length < WORD_BYTES) {
    const { chunk } = output
    const { bytes } = source
    for (let p = from; p < to; p++) chunk[at++] = bytes[p]!
    return
  }
  const into = output.data
  const { data } = source
  const last = to - WORD_BYTES
  let p = from
  for (const far = to - 4 * WORD_BYTES; p <= far; p += 4 * WORD_BYTES, at += 4 * WORD_BYTES) {
    into.setBigInt64(at, data.getBigInt64(p, true), true)
    into.setBigInt64(at + 8, data.getBigInt64(p + 8, true), true)
    into.setBigInt64(at + 16, data.getBigInt64(p + 16, true), true)
    into.setBigInt64(at + 24, data.getBigInt64(p + 24, true), true)
  }
  for (; p < last; p += WORD_BYTES, at += WORD_BYTES) {
    into.setBigInt64(at, data.getBigInt64(p, true), true)
  }
  into.setBigInt64(at + last - p, data.getBigInt64(last, true), true)
}

export function writeAll(output: Output, source: Source): void {
  writeRange(output, source, 0, source.bytes.length)
}
