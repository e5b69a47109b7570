import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { createRules } from '#/attribution/index.ts'
import { createFormat } from '#/formats/index.ts'
import { SOURCES } from '#/sources/index.ts'
import { eventsOf, parseExactly, valuesOf } from '../unit/attribution/event-values.ts'
import { ID_BASE, ID_STAMP, LIMITS, RECORD, scanOne, writeAll } from '../unit/formats/harness.ts'

/**
 * Every sample of every source through its own scan plan: the scanner reads what `JSON.parse` reads in each field that the
 * rules ask for, and what is written back is what came in with our attribution added and nothing else.
 */

const APPENDED_JSON = /,?"attribution":\{"outcome".*?"event_id":"[^"]*"\}/g
const APPENDED_OTLP =
  /,?\{"key":"attribution\.[^{]*\{(?:"arrayValue":\{"values":\[.*?\]\}|[^{}]*)\}\}/g

for (const source of SOURCES) {
  const rules = createRules({
    sources: [source],
    auto: true,
    trust: 'trusted',
    minimum_confidence: 'low',
    detail: 'full',
  })
  const { fields, wrappers, signals } = rules
  const format = createFormat(source.encoding, { ...LIMITS, fields, wrappers, signals })
  const file = new URL(`../data/samples/${source.name}.ndjson`, import.meta.url)
  const lines = readFileSync(file, 'utf8').split('\n').filter(isJson)

  test(`${source.name}: the scan reads what JSON.parse reads`, () => {
    for (const line of lines) {
      const events = eventsOf(parseExactly(line), wrappers)
      const view = scanOne(format, line)
      assert.equal(view.event_count, events.length)
      for (const [event, expected_event] of events.entries()) {
        const expected = valuesOf(expected_event, fields)
        const values = view.values(event)
        for (const [index, { path, shape }] of fields.entries()) {
          if (shape === 'value') {
            assert.equal(values.type(index), expected.type(index), path)
            assert.equal(values.text(index), expected.text(index), path)
            assert.equal(values.isTrue(index), expected.isTrue(index), path)
          }
          if (shape === 'list') assert.deepEqual(values.list(index), expected.list(index), path)
          if (shape === 'map') assert.deepEqual(values.tags(index), expected.tags(index), path)
          if (shape === 'names')
            assert.deepEqual([...values.list(index)].sort(), [...expected.list(index)].sort(), path)
        }
      }
    }
  })

  test(`${source.name}: what is written back is what came in and our attribution`, () => {
    for (const line of lines) {
      const view = scanOne(format, line)
      assert.equal(format.splice(view, 0, ID_BASE, ID_STAMP).toString(), line)
      writeAll(view, format.fragment(RECORD))
      const out = format.splice(view, 0, ID_BASE, ID_STAMP).toString()
      assert.equal(out.split(`${ID_BASE}/`).length - 1, view.event_count)
      const appended = source.encoding === 'json' ? APPENDED_JSON : APPENDED_OTLP
      const rest = out.replaceAll(appended, '')
      // A record without attributes gets a list of its own.
      assert.equal(
        rest.replaceAll(/,?"attributes":\[\]/g, ''),
        line.replaceAll(/,?"attributes":\[\]/g, ''),
      )
    }
  })
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
