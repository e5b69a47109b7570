/**
 * Zigzag varints as records hold them: lengths and counts, within 32 bits. A reader is one mutable position, because
 * walking a batch calls it several times per record.
 */

export interface Reader {
  readonly bytes: Uint8Array
  at: number
}

/** NaN when the bytes end or the number is longer than 32 bits. */
export function readVarint(reader: Reader): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.bytes[reader.at++]
    if (byte === undefined) return Number.NaN
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  return Number.NaN
}

/** Moves over a varint of up to 64 bits; false when there is none. */
export function skipVarlong(reader: Reader): boolean {
  for (let i = 0; i < 10; i++) {
    const byte = reader.bytes[reader.at++]
    if (byte === undefined) return false
    if (byte < 0x80) return true
  }
  return false
}

export function writeVarint(value: number, into: number[]): void {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  while (rest >= 0x80) {
    into.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  into.push(rest)
}
