import { corrupt } from './corrupt.ts'

/** The fields of a response, one after the other. Whatever would reach beyond its end is a corrupt response. */

export interface FieldReader {
  readonly at: number
  int16(): number
  int32(): number
  int64(): number
  text(): string
  /** A length of an array whose entries have at least so many bytes; a null array has none. */
  count(entry_bytes_min: number): number
  /** Moves over so many bytes, and tells where they begin. */
  skip(bytes: number): number
  end(): void
}

export function fieldReader(bytes: Buffer): FieldReader {
  let at = 0
  function skip(count: number): number {
    const start = at
    if (count < 0 || count > bytes.length - at) throw corrupt('a response ends too early')
    at += count
    return start
  }
  const int32 = (): number => bytes.readInt32BE(skip(4))
  return {
    get at() {
      return at
    },
    int16: () => bytes.readInt16BE(skip(2)),
    int32,
    int64: () => readInt64(bytes, skip(8)),
    text() {
      const length = bytes.readInt16BE(skip(2))
      const start = skip(length)
      return bytes.toString('utf8', start, start + length)
    },
    count(entry_bytes_min) {
      const count = int32()
      if (count > (bytes.length - at) / entry_bytes_min)
        throw corrupt(`a response of ${bytes.length} bytes announces ${count} entries`)
      return Math.max(0, count)
    },
    skip,
    end() {
      if (at !== bytes.length) throw corrupt(`${bytes.length - at} bytes are left of a response`)
    },
  }
}

/** As a double: offsets, times and producer ids stay below 2^53. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
}
