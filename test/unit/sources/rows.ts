import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sourceNamed } from '#/sources/index.ts'
import { read, type Reading, type ReadingOptions } from './reading.ts'

/** One event of a source, and what must be read of it. */
export type Row = readonly [
  title: string,
  source: string,
  event: unknown,
  expected: Partial<Reading>,
  options?: ReadingOptions,
]

export function testRows(rows: readonly Row[]): void {
  for (const [title, name, event, expected, options] of rows) {
    test(title, () => {
      const source = sourceNamed(name)
      assert.ok(source)
      const reading = read(source, event, options)
      for (const key of Object.keys(expected) as (keyof Reading)[])
        assert.deepEqual(reading[key], expected[key], key)
    })
  }
}
