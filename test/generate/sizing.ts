/**
 * The numbers for sizing in `deploy/production.md`, taken from the results of the bench, so that they are those that were measured
 * last. Rows that the bench no longer has are an error.
 */
import { readFileSync } from 'node:fs'

const RESULTS = new URL('../bench/RESULTS.md', import.meta.url)

const MESSAGES = [
  'OTLP batches of 100, prompts of 2 kB (2.6 kB an event)',
  'OTLP batches of 100, prompts of 2 kB (2.6 kB an event), zstd',
  'OTLP batches of 100, no prompts (0.55 kB an event)',
  'one JSON event a message, 1.3 kB',
  'one JSON event a message, 1.3 kB, zstd',
]

const REDIS = [
  'Redis calls per 1 000 events, cold (memory and Redis empty)',
  'Redis calls per 1 000 events, warming (the second 100 000 events)',
  'Redis calls per 1 000 events, new worker, Redis warm',
  'Redis calls per 1 000 events, warm (every identity has been seen)',
]

export function sizingTables(): string {
  const measured = new Map(
    readFileSync(RESULTS, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, row = '', , ours = '']) => [row, ours] as const),
  )
  const of = (row: string): string => {
    const value = measured.get(row)
    if (value === undefined) throw new Error(`the bench has no row "${row}"`)
    return value
  }
  const messages = MESSAGES.map((row) => [row, of(row), of(`resident memory peak, ${row}`)])
  const redis = REDIS.map((row) => [row.replace('Redis calls per 1 000 events, ', ''), of(row)])
  return [
    table(['Messages', 'Events a second and core', 'Memory at the most (MiB)'], messages),
    table(['Workers', 'Calls of Redis for 1 000 events'], redis),
  ].join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const marks = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [head, marks, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
