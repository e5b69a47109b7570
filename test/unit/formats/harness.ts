/**
 * Runs values through a format the way the worker does: several messages inside one buffer, with other bytes around and
 * between them, so that a scan that leaves its message is noticed.
 */

import assert from 'node:assert/strict'
import type { AttributionRecord } from '#/core/decision.ts'
import type { EventValues, FieldRead, Format, FormatOptions, Fragment, View } from '#/core/view.ts'
import type { Encoding } from '#/core/words.ts'
import { createFormat } from '#/formats/index.ts'

export const LIMITS = { depth_max: 128, message_bytes_max: 16 * 1024 * 1024, events_max: 10_000 }

export const RECORD: AttributionRecord = {
  outcome: 'attributed',
  owner: { id: 'team:payments', team: 'payments', cost_center: 'CC-1' },
  revision: 0,
  method: 'credential',
  confidence: 'high',
  chain: ['api_key=litellm/1', 'team=payments'],
}

export const ID_BASE = 'src/topic/0/5'
export const ID_STAMP = '1795089600000'

export function formatOf(
  encoding: Encoding,
  fields: readonly FieldRead[],
  options: Partial<FormatOptions> = {},
): Format {
  return createFormat(encoding, { ...LIMITS, ...options, fields })
}

export function value(path: string, use: FieldRead['use'] = 'decides'): FieldRead {
  return { path, shape: 'value', use }
}

/** Two names are tags, in any case. */
export function lower(name: string): string | undefined {
  return ['team', 'user'].includes(name.toLowerCase()) ? name.toLowerCase() : undefined
}

/** Between messages stands what would go on well after a value that has no end. */
const GAP = Buffer.from('}]"}]}')

export function scanAll(format: Format, values: readonly (Buffer | string | null)[]): View {
  const starts = new Int32Array(values.length)
  const ends = new Int32Array(values.length)
  const pieces: Buffer[] = [GAP]
  let at = GAP.length
  values.forEach((item, index) => {
    starts[index] = -1
    if (item === null) return
    const bytes = Buffer.from(item)
    starts[index] = at
    ends[index] = at + bytes.length
    pieces.push(bytes, GAP)
    at += bytes.length + GAP.length
  })
  const bytes = Buffer.concat(pieces)
  return format.scan({ count: values.length, bytes, value_starts: starts, value_ends: ends })
}

export function scanOne(format: Format, item: Buffer | string): View {
  return scanAll(format, [item])
}

/** Scans a message, writes the fragment to each event, and gives back what is to be published. */
export function attribute(format: Format, item: Buffer | string, fragment?: Fragment): Buffer {
  const view = scanOne(format, item)
  assert.equal(view.failure(0), undefined)
  writeAll(view, fragment ?? format.fragment(RECORD))
  return format.splice(view, 0, ID_BASE, ID_STAMP)
}

export function writeAll(view: View, fragment: Fragment): void {
  for (let event = 0; event < view.event_count; event++) view.write(event, fragment)
}

export function textOf(view: View, event: number, field: number): string | undefined {
  return view.values(event).text(field)
}

/** The values of `path` in decoded JSON. */
export function eventId(index: number): string {
  return `${ID_BASE}/${index}@${ID_STAMP}`
}

export function numberIn(values: EventValues, field: number): number {
  const into = new Float64Array(1)
  return values.numbers(field, field + 1, into) === 1 ? into[0]! : NaN
}
