/**
 * Pseudo-random numbers that depend on the seed alone (splitmix32 into sfc32), so that a seed always tells the same story,
 * byte for byte.
 */
export interface Random {
  /** In [0, 1). */
  unit(): number
  /** Whole number in [min, max]. */
  integer(min: number, max: number): number
  pick<T>(items: readonly T[]): T
  /** Lower-case hexadecimal digits. */
  hex(length: number): string
  uuid(): string
  /** Normally distributed, mean 0, deviation 1. */
  normal(): number
}

export function createRandom(seed: number): Random {
  const next = sfc32(seed)
  const unit = (): number => next() / 0x1_0000_0000
  const integer = (min: number, max: number): number => min + Math.floor(unit() * (max - min + 1))
  const hex = (length: number): string => {
    let text = ''
    while (text.length < length) text += next().toString(16).padStart(8, '0')
    return text.slice(0, length)
  }
  return {
    unit,
    integer,
    hex,
    pick<T>(items: readonly T[]): T {
      const item = items[integer(0, items.length - 1)]
      if (item === undefined) throw new Error('cannot pick from an empty list')
      return item
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[integer(0, 3)]}${hex(3)}-${hex(12)}`,
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
  }
}

function sfc32(seed: number): () => number {
  let state = seed >>> 0
  const mix = (): number => {
    state = (state + 0x9e37_79b9) >>> 0
    let value = state
    value = Math.imul(value ^ (value >>> 16), 0x21f0_aaad)
    value = Math.imul(value ^ (value >>> 15), 0x735a_2d97)
    return (value ^ (value >>> 15)) >>> 0
  }
  let a = mix()
  let b = mix()
  let c = mix()
  let counter = 1
  return () => {
    const sum = (a + b + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) >>> 0
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0
    return sum
  }
}
