/**
 * Random JSON as nobody would write it but a parser must read it: odd escapes, duplicate names, space everywhere, numbers
 * beyond 2^53, deep nesting; and random damage to any message.
 */

import fc from 'fast-check'

const space = fc.constantFrom('', '', '', ' ', '\n', '\t ', '\r\n')

/** One code unit of a string in one of its spellings. */
function spell(char: string, how: number): string {
  const code = char.charCodeAt(0)
  const hex = code.toString(16).padStart(4, '0')
  if (how === 0) return `\\u${hex}`
  if (how === 1) return `\\u${hex.toUpperCase()}`
  if (char === '/' && how === 2) return '\\/'
  return JSON.stringify(char).slice(1, -1)
}

function quoted(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.array(fc.nat(9), { maxLength: 12 })).map(([value, how]) => {
    const units = value.split('').map((char, index) => spell(char, how[index] ?? 9))
    return `"${units.join('')}"`
  })
}

const anyText = fc.string({ unit: 'grapheme', maxLength: 40 })
const proseOrCode = fc.constantFrom(
  'x'.repeat(100),
  'say "hi" \\ and go on for a while, at least past the head of the loop',
  '\\'.repeat(37),
  '"'.repeat(20) + 'y'.repeat(50) + '\\"',
  JSON.stringify(JSON.stringify({ a: ['b', { c: '\\' }] })).repeat(3),
)
const jsonString = fc.oneof(
  quoted(anyText),
  proseOrCode.map((text) => JSON.stringify(text)),
)

const jsonNumber = fc.oneof(
  fc.constantFrom('0', '-0', '1e5', '1E-2', '0.50', '-12.5e+3', '12345678901234567890'),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
)

/** Names from a short list, so that duplicates and watched names are frequent. */
function nameOf(names: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: quoted(fc.constantFrom(...names)) },
    { weight: 1, arbitrary: quoted(otherName) },
  )
}

/**
 * Without backslashes: after an object with the name `\`, `JSON.parse` of V8 13.6 reads `"\u0061"` in the same place as
 * that name again, because it compares the spelling with the name it expects.
 */
const otherName = fc.string({ maxLength: 5 }).filter((name) => !name.includes('\\'))

function joined(items: readonly string[], gaps: readonly string[], open: string, close: string) {
  const [first = '', last = ''] = gaps
  return open + first + items.join(`${last},${first}`) + last + close
}

/** A JSON text: any value, mostly objects. */
export function jsonText(names: readonly string[]): fc.Arbitrary<string> {
  const name = nameOf(names)
  return fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'json' },
      fc.oneof(jsonString, jsonNumber, fc.constantFrom('true', 'false', 'null')),
      tie('object'),
      tie('list'),
    ),
    object: fc
      .tuple(
        fc.array(fc.tuple(name, space, tie('value')), { maxLength: 6, depthIdentifier: 'json' }),
        fc.array(space, { minLength: 2, maxLength: 2 }),
      )
      .map(([members, gaps]) =>
        joined(
          members.map(([key, gap, value]) => `${key}${gap}:${gap}${value}`),
          gaps,
          '{',
          '}',
        ),
      ),
    list: fc
      .tuple(
        fc.array(tie('value'), { maxLength: 5, depthIdentifier: 'json' }),
        fc.array(space, { minLength: 2, maxLength: 2 }),
      )
      .map(([items, gaps]) => joined(items, gaps, '[', ']')),
  })).object
}

/** Damage: bytes cut off, taken out, put in, or changed. */
export function damaged(message: fc.Arbitrary<Buffer>, alphabet: string): fc.Arbitrary<Buffer> {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from(alphabet)), fc.nat(255))
  const change = fc.tuple(fc.nat(3), fc.double({ min: 0, max: 1, noNaN: true }), byte)
  return fc
    .tuple(message, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([bytes, changes]) =>
      changes.reduce<Buffer>((current, [kind, place, value]) => {
        const at = Math.min(current.length - 1, Math.floor(place * current.length))
        if (at < 0) return Buffer.from([value])
        if (kind === 0) return current.subarray(0, at)
        const rest = kind === 1 ? [] : [value]
        return Buffer.concat([
          current.subarray(0, at),
          Buffer.from(rest),
          current.subarray(at + (kind === 3 ? 0 : 1)),
        ])
      }, bytes),
    )
}
