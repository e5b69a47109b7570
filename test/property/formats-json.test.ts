import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isUtf8 } from 'node:buffer'
import type { FieldRead } from '#/core/view.ts'
import { formatOf, RECORD, scanOne, value, writeAll } from '../unit/formats/harness.ts'
import { damaged, jsonText } from './json-texts.ts'

/** Plain JSON against `JSON.parse`. */

const NAMES = ['a', 'b', 'c', 'é', 'attribution', 'a/b', '__proto__', 'list', 'team']
const PATHS: readonly (readonly string[])[] = [
  ['a'],
  ['b'],
  ['a', 'b'],
  ['a', 'b', 'c'],
  ['b', 'é'],
  ['__proto__'],
  ['a/b', 'a'],
]
const FIELDS: readonly FieldRead[] = [
  ...PATHS.map((path) => value(`/${path.map((name) => name.replace('/', '~1')).join('/')}`)),
  {
    path: '/c',
    shape: 'map',
    use: 'decides',
    tag: (name) => (name.length === 1 ? name : undefined),
  },
]
const format = formatOf('json', FIELDS)
const objects = jsonText(NAMES)

/** Parses with numbers as their digits and `__proto__` as a name like any other. */
function parse(text: string): unknown {
  return JSON.parse(text, keepDigits)
}

function keepDigits(
  _key: string,
  parsed: unknown,
  context?: { readonly source?: string },
): unknown {
  return typeof parsed === 'number' ? { digits: context?.source } : parsed
}

function at(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' &&
      found !== null &&
      !Array.isArray(found) &&
      Object.hasOwn(found, name)
        ? Reflect.get(found, name)
        : undefined,
    root,
  )
}

function textOfParsed(found: unknown): string | undefined {
  if (typeof found === 'string') return found
  const digits = at(found, ['digits'])
  return typeof digits === 'string' ? digits : undefined
}

test('what JSON.parse accepts, the scan reads with the same values', () => {
  fc.assert(
    fc.property(objects, (text) => {
      const bytes = Buffer.from(text)
      const view = scanOne(format, bytes)
      assert.equal(view.failure(0), undefined)
      const parsed = parse(bytes.toString())
      const reader = view.values(0)
      PATHS.forEach((path, field) => {
        const expected = textOfParsed(at(parsed, path))
        // Only a string that stands for a lone surrogate cannot be told from its replacement.
        assert.equal(reader.text(field)?.toWellFormed(), expected?.toWellFormed(), path.join('/'))
        assert.equal(
          reader.type(field) === undefined,
          at(parsed, path) === undefined,
          path.join('/'),
        )
      })
    }),
    { numRuns: 1500 },
  )
})

test('what JSON.parse rejects, the scan rejects; what it accepts, the scan accepts', () => {
  const messages = damaged(
    objects.map((text) => Buffer.from(text)),
    '{}[]",:\\ 0-e.tfn\u0000',
  )
  fc.assert(
    fc.property(messages, (bytes) => {
      const failure = scanOne(format, bytes).failure(0)
      const parsed = tryParse(bytes)
      if (parsed === undefined) {
        // Inside strings that nobody watches, control characters and bad escapes are not looked at.
        if (failure === undefined) assert.notEqual(tryParse(softened(bytes)), undefined)
      } else {
        const is_event = Array.isArray(parsed)
          ? parsed.every(
              (item) => typeof item === 'object' && item !== null && !Array.isArray(item),
            )
          : typeof parsed === 'object' && parsed !== null
        assert.equal(failure, is_event ? undefined : 'wrong_shape')
      }
    }),
    { numRuns: 4000 },
  )
})

function tryParse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined
  try {
    const text = bytes.toString()
    return text.startsWith('\ufeff') ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The message with every escape in its strings made harmless and control characters in them blank. */
function softened(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes)
  let is_inside = false
  for (let i = 0; i < out.length; i++) {
    const c = out[i]!
    if (c === 0x22) is_inside = !is_inside
    else if (is_inside && c === 0x5c) {
      out[i] = 0x2e
      if (i + 1 < out.length) out[++i] = 0x2e
    } else if (is_inside && c < 0x20) out[i] = 0x2e
  }
  return isUtf8(out) ? out : Buffer.from(out.toString('latin1'))
}

const without_forgeries = jsonText(NAMES.filter((name) => name !== 'attribution'))

test('removing what was appended gives the original bytes', () => {
  fc.assert(
    fc.property(fc.array(without_forgeries, { minLength: 1, maxLength: 3 }), (texts) => {
      const message = texts.length === 1 ? texts[0]! : ` [ ${texts.join(' , ')} ] `
      const view = scanOne(format, message)
      writeAll(view, format.fragment(RECORD))
      const out = format.splice(view, 0, 'b', 's').toString()
      assert.equal(
        out.replaceAll(
          /,?"attribution":\{"outcome":"attributed","owner".*?"event_id":"b\/\d+@s"\}/g,
          '',
        ),
        message,
      )
    }),
    { numRuns: 600 },
  )
})

test('the output is the original and one attribution, with nothing forged', () => {
  fc.assert(
    fc.property(objects, (text) => {
      const view = scanOne(format, text)
      view.write(0, format.fragment(RECORD))
      const out: unknown = parse(format.splice(view, 0, 'b', 's').toString())
      const expected = parse(text)
      assert.ok(
        typeof out === 'object' &&
          out !== null &&
          typeof expected === 'object' &&
          expected !== null,
      )
      assert.equal(at(out, ['attribution', 'event_id']), 'b/0@s')
      assert.equal(at(out, ['attribution', 'owner', 'id']), 'team:payments')
      assert.deepEqual(rest(out), rest(expected))
    }),
    { numRuns: 800 },
  )
})

function rest(event: object): unknown {
  return Object.entries(event).filter(
    ([name]) => name !== 'attribution' && !name.startsWith('attribution.'),
  )
}

test('cuts and replacements leave valid JSON without the value', () => {
  fc.assert(
    fc.property(
      objects,
      fc.array(fc.tuple(fc.nat(PATHS.length - 1), fc.boolean()), { maxLength: 5 }),
      (text, edits) => {
        const view = scanOne(format, text)
        for (const [field, is_cut] of edits) {
          if (is_cut) view.cut(0, field)
          else view.replace(0, field, () => 'replaced')
        }
        view.write(0, format.fragment(RECORD))
        const out = parse(format.splice(view, 0, 'b', 's').toString())
        for (const [field] of edits) {
          const left = at(out, PATHS[field]!)
          assert.ok(left === undefined || left === 'replaced', JSON.stringify(left))
        }
      },
    ),
    { numRuns: 800 },
  )
})

test('equal deciding values have equal identities, different ones different', () => {
  fc.assert(
    fc.property(objects, objects, (one, other) => {
      const view = scanOne(format, `[${one},${other}]`)
      const seen = [0, 1].map((event) => {
        const reader = view.values(event)
        return JSON.stringify(
          FIELDS.map((_, field) => [reader.type(field), reader.text(field), reader.tags(7).tags]),
        )
      })
      if (seen[0] !== seen[1]) assert.notEqual(view.identity(0), view.identity(1))
      const twice = scanOne(format, `[${one},${one}]`)
      assert.equal(twice.identity(0), twice.identity(1))
    }),
    { numRuns: 500 },
  )
})
