import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { readDecimal, shiftDecimal } from '#/attribution/decimal.ts'

test('a decimal keeps its digits and loses its exponent and needless zeros', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['0.0107748', '0.0107748'],
    ['9.87e-05', '0.0000987'],
    ['1.5E2', '150'],
    ['12e3', '12000'],
    ['0', '0'],
    ['0.000', '0'],
    ['-0', '0'],
    ['-007.50', '-7.5'],
    [' 0.039 ', '0.039'],
    ['123456789012345678901234567890.1', '123456789012345678901234567890.1'],
    ['', undefined],
    ['1,5', undefined],
    ['NaN', undefined],
    ['1e400', undefined],
  ]
  for (const [text, expected] of cases) assert.equal(readDecimal(text), expected, text)
})

test('cents become whole units by moving the point', () => {
  assert.equal(shiftDecimal('123.45', -2), '1.2345')
  assert.equal(shiftDecimal('1', -2), '0.01')
  assert.equal(shiftDecimal('0', -2), '0')
  assert.equal(shiftDecimal('-250', -2), '-2.5')
  assert.equal(shiftDecimal('0.5', 1), '5')
})

test('whatever JavaScript writes for a number is read as that number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 1e-20, max: 1e30 }), (value) => {
      assert.equal(Number(readDecimal(JSON.stringify(value))), value)
    }),
  )
})
