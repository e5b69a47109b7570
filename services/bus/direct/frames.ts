import type { Buffers, Lease } from './buffers.ts'

/**
 * Cuts what a socket receives into responses: each begins with its length, four bytes. Small ones are read together and copied
 * out; a large one is read by the kernel right into the memory where its runs will lie, without a copy.
 */

/** What a socket is told: where the next bytes go, and that so many came. */
export interface Frames {
  /** Memory for the next read; what is beyond the current response is never read into the memory of a large one. */
  room(): Buffer
  /** `bytes` of the memory are filled. Throws when what came is no response. */
  filled(bytes: number): void
}

export interface FramesOptions {
  readonly buffers: Buffers
  /** A whole response, its length included. */
  onFrame(frame: Buffer): void
}

export const HEAD_BYTES = 64 << 10
const LENGTH_BYTES = 4
/** No broker sends a larger one unless it was asked to. */
export const FRAME_BYTES_MAX = 512 << 20

export function createFrames({ buffers, onFrame }: FramesOptions): Frames {
  const head = Buffer.allocUnsafeSlow(HEAD_BYTES)
  let in_head = 0
  let large: Lease | undefined
  let large_at = 0
  let large_bytes = 0

  /** All that lies in the head, as far as it is whole. */
  function cut(): void {
    let at = 0
    while (in_head - at >= LENGTH_BYTES) {
      const length = head.readInt32BE(at)
      const end = at + LENGTH_BYTES + length
      if (length < 0 || length > FRAME_BYTES_MAX)
        throw new Error(`the broker announces a response of ${length} bytes`)
      if (end - at > HEAD_BYTES) {
        begin(at, end - at)
        return
      }
      if (end > in_head) break
      onFrame(Buffer.from(head.subarray(at, end)))
      at = end
    }
    head.copyWithin(0, at, in_head)
    in_head -= at
  }

  function begin(at: number, bytes: number): void {
    large = buffers.take(bytes)
    large_bytes = bytes
    large_at = head.copy(large.bytes, 0, at, in_head)
    in_head = 0
  }

  return {
    room: () => large?.bytes.subarray(large_at, large_bytes) ?? head.subarray(in_head),
    filled(bytes) {
      if (large === undefined) {
        in_head += bytes
        cut()
        return
      }
      large_at += bytes
      if (large_at < large_bytes) return
      const frame = large.bytes.subarray(0, large_bytes)
      large = undefined
      onFrame(frame)
    },
  }
}
