/**
 * Where spliced messages are written: chunks that are filled from front to back. What was written stays as it is for as
 * long as it is held; a chunk that nobody holds any more is written again, while it is still in the caches of the
 * processor and its pages need not be asked for.
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

/** How many holds there are on what was written to a chunk. */
interface Chunk extends Source {
  holds: number
}

export interface Output {
  current: Chunk
  chunk: Buffer
  data: DataView
  /** Where the current message starts and how far it is written. */
  start: number
  at: number
  /** Chunks that were written to since the last hold. */
  written: Chunk[]
  /** Chunks that may be written again. */
  readonly free: Chunk[]
}

/** Room for most messages: Kafka takes them up to 1 MiB unless it is told otherwise. */
const CHUNK_BYTES = 1024 * 1024
/** Chunks that are kept for later. */
const FREE_CHUNKS_MAX = 16

export function createOutput(): Output {
  const current = { ...createSource(Buffer.allocUnsafeSlow(CHUNK_BYTES)), holds: 0 }
  const { bytes, data } = current
  return { current, chunk: bytes, data, start: 0, at: 0, written: [], free: [] }
}

/** Begins a message of at most `bytes`. */
export function beginMessage(output: Output, bytes: number): void {
  if (output.at + bytes > output.chunk.length) {
    const before = output.current
    writeTo(output, chunkOf(output, bytes))
    if (before.holds === 0) giveBack(output, before)
  }
  const { written } = output
  if (written[written.length - 1] !== output.current) written.push(output.current)
  output.start = output.at
}

function writeTo(output: Output, chunk: Chunk): void {
  output.current = chunk
  output.chunk = chunk.bytes
  output.data = chunk.data
  output.at = 0
}

function chunkOf(output: Output, bytes: number): Chunk {
  const known = bytes <= CHUNK_BYTES ? output.free.pop() : undefined
  if (known !== undefined) return known
  const fresh = Buffer.allocUnsafeSlow(Math.max(bytes, CHUNK_BYTES))
  return { ...createSource(fresh), holds: 0 }
}

/** Holds what was written since the last hold, until the function that is returned is called. */
export function holdWritten(output: Output): () => void {
  const { written } = output
  output.written = []
  for (const chunk of written) chunk.holds += 1
  return () => {
    for (const chunk of written.splice(0)) {
      chunk.holds -= 1
      if (chunk.holds === 0) giveBack(output, chunk)
    }
  }
}

/** A chunk that was made for one large message is let go. */
function giveBack(output: Output, chunk: Chunk): void {
  if (output.written.includes(chunk)) return
  const is_large = chunk.bytes.length > CHUNK_BYTES
  if (chunk === output.current) writeTo(output, is_large ? chunkOf(output, 0) : chunk)
  else if (!is_large && output.free.length < FREE_CHUNKS_MAX) output.free.push(chunk)
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
