/** Fields of a request, put together from small parts; what is large stays a part of its own. */

export interface Fields {
  int8(value: number): Fields
  int16(value: number): Fields
  int32(value: number): Fields
  int64(value: number): Fields
  text(value: string | null): Fields
  /** As it is, without a copy. */
  bytes(value: Buffer): Fields
  done(): { readonly body: readonly Buffer[]; readonly bytes: number }
}

export function createFields(): Fields {
  const body: Buffer[] = []
  let small: number[] = []
  let bytes = 0
  function flush(): void {
    if (small.length > 0) body.push(Buffer.from(small))
    bytes += small.length
    small = []
  }
  const fields: Fields = {
    int8: (value) => add(value),
    int16: (value) => add(value >> 8, value),
    int32: (value) => add(value >> 24, value >> 16, value >> 8, value),
    int64(value) {
      fields.int32(Math.floor(value / 2 ** 32))
      return fields.int32(value | 0)
    },
    text(value) {
      if (value === null) return fields.int16(-1)
      const utf8 = Buffer.from(value)
      fields.int16(utf8.length)
      return add(...utf8)
    },
    bytes(value) {
      flush()
      body.push(value)
      bytes += value.length
      return fields
    },
    done() {
      flush()
      return { body, bytes }
    },
  }
  function add(...values: readonly number[]): Fields {
    for (const value of values) small.push(value & 0xff)
    return fields
  }
  return fields
}
