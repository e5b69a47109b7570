/**
 * Memory that is used again: responses are received into it, and runs are ranges of it. A lease is held by everybody who
 * still reads from it; with the last release it may be filled anew. What nobody releases is not lost, it is only not used
 * again: the garbage collector takes it.
 */

export interface Lease {
  /** May be larger than what was asked for. */
  readonly bytes: Buffer
  hold(): void
  release(): void
}

export interface Buffers {
  /** A lease that is held once. */
  take(bytes: number): Lease
  /** The lease that a view lies in; undefined for memory of its own. */
  leaseOf(view: Buffer): Lease | undefined
}

export interface BuffersOptions {
  /** Bytes that are kept for later at most. */
  readonly kept_bytes_max: number
  /** Overwrite what was released (for tests). */
  readonly poison?: boolean
}

const STEP_BYTES = 256 << 10
/** One that is larger by more than this is left for what needs it. */
const WASTE_FACTOR = 4
const POISON = 0xdb

export function createBuffers({ kept_bytes_max, poison = false }: BuffersOptions): Buffers {
  /** From small to large. */
  const free: Buffer[] = []
  const leases = new WeakMap<ArrayBufferLike, Lease>()
  let kept_bytes = 0

  function memory(bytes: number): Buffer {
    const at = free.findIndex(({ length }) => length >= bytes)
    const found = free[at]
    if (found === undefined || found.length > Math.max(bytes * WASTE_FACTOR, STEP_BYTES))
      return Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES)
    free.splice(at, 1)
    kept_bytes -= found.length
    return found
  }

  function giveBack(bytes: Buffer): void {
    leases.delete(bytes.buffer)
    if (poison) bytes.fill(POISON)
    if (kept_bytes + bytes.length > kept_bytes_max) return
    kept_bytes += bytes.length
    const at = free.findIndex(({ length }) => length >= bytes.length)
    free.splice(at < 0 ? free.length : at, 0, bytes)
  }

  return {
    take(wanted) {
      const bytes = memory(wanted)
      let holders = 1
      const lease: Lease = {
        bytes,
        hold() {
          holders += 1
        },
        release() {
          holders -= 1
          if (holders === 0) giveBack(bytes)
          if (holders < 0) throw new Error('a buffer was released once too often')
        },
      }
      leases.set(bytes.buffer, lease)
      return lease
    },
    leaseOf: (view) => leases.get(view.buffer),
  }
}
