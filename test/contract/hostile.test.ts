import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Source } from '#/core/source.ts'
import type { Encoding } from '#/core/words.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { SOURCES } from '#/sources/index.ts'
import {
  anyValueOf,
  BAIT_TEXT,
  changed,
  JSON_BAITS,
  longPrompts,
  objectPrompt,
  ownedLines,
  textPrompt,
} from '../support/baits.ts'
import {
  copyOf,
  Digits,
  escapedText,
  isObject,
  parseTree,
  shuffled,
  writeTree,
  type Json,
  type JsonObject,
} from '../support/json-tree.ts'
import { createRandom } from '../support/random.ts'
import {
  eventsIn,
  identityFields,
  replaceUnread,
  setField,
  withoutIdentity,
} from '../support/sample-events.ts'
import { verdictsOf } from '../support/sample-pipeline.ts'
import { readerOf, type Reader } from '../support/sample-reader.ts'

/**
 * What a caller, a broken logger or a broken disk may do to the records of each source. Whatever stands in a prompt names
 * nobody; however a record is spelled, it is the same record; what is broken is a dead letter, or what is left of it
 * decides. A source comes in by its row in the table and its samples.
 */

/** Seeds of the shuffles. */
const SEEDS = [1, 2]
function ownersOf(message: ObservedMessage | undefined): readonly (string | undefined)[] {
  const verdicts = message === undefined ? [] : verdictsOf(message)
  return typeof verdicts === 'string' ? [] : verdicts.map(({ owner }) => owner)
}

for (const source of SOURCES) {
  const encodings: readonly Encoding[] =
    source.encoding === 'json' ? ['json'] : ['otlp_json', 'otlp_proto']
  for (const encoding of encodings) {
    const name = encodings.length === 1 ? source.name : `${source.name} as ${encoding}`

    test(`${name}: identity fields in a prompt name nobody, as text and as object`, async () => {
      const reader = await readerOf(source, encoding)
      for (const line of reader.lines)
        await reader.assertSame(line, [
          textPrompt(source, line, BAIT_TEXT),
          textPrompt(source, line, `{"messages":${BAIT_TEXT}}`),
          objectPrompt(source, line),
        ])
    })

    test(`${name}: what the source does not read may hold anything`, async () => {
      const reader = await readerOf(source, encoding)
      const wrap = (value: Json): Json => (source.encoding === 'json' ? value : anyValueOf(value))
      const owned = [...ownedLines(source).slice(0, 2), ...JSON_BAITS.slice(0, 2)]
      const baits: readonly Json[] = [writeTree(owned), owned, { first: owned[0] ?? null }]
      let count = 0
      for (const line of reader.lines) {
        const texts = baits.map((value) =>
          changed(source, line, (event) => {
            count += replaceUnread(source, event, wrap(value))
          }),
        )
        await reader.assertSame(line, texts)
      }
      assert.ok(count > 0)
    })

    test(`${name}: an identity behind a prompt of 1 MB is found, and nothing else is`, async () => {
      const reader = await readerOf(source, encoding)
      const [owned] = ownedLines(source)
      const line = owned === undefined ? (reader.lines[0] ?? '') : writeTree(owned)
      await reader.assertSame(
        line,
        longPrompts().map((prompt) => textPrompt(source, line, prompt)),
      )
    })

    test(`${name}: the order of members and attributes says nothing`, async () => {
      const reader = await readerOf(source, encoding)
      for (const line of reader.lines)
        await reader.assertSame(
          line,
          SEEDS.map((seed) => {
            const shuffle = createRandom(seed)
            const text = changed(source, line, ({ object, resource }) => {
              for (const holder of [object, resource])
                if (holder !== undefined && Array.isArray(holder['attributes']))
                  holder['attributes'] = [...shuffled(holder['attributes'], shuffle)]
            })
            return writeTree(parseTree(text), { shuffle })
          }),
        )
    })

    if (encoding !== 'otlp_proto')
      test(`${name}: escapes in names and values say nothing`, async () => {
        const reader = await readerOf(source, encoding)
        for (const line of reader.lines) {
          const tree = parseTree(line)
          await reader.assertSame(line, [
            writeTree(tree, { name: escapedText }),
            writeTree(tree, { string: escapedText }),
            writeTree(tree, { name: escapedText, string: escapedText }),
          ])
        }
      })

    test(`${name}: a number for an identity is its digits, and they are kept`, async () => {
      const reader = await readerOf(source, encoding)
      const [big, next] = ['9007199254740993', '9007199254740992'].map((digits) =>
        source.encoding === 'json' ? new Digits(digits) : { intValue: digits },
      )
      for (const line of reader.lines)
        for (const field of identityFields(source)) {
          const texts = [big, next].map((value) =>
            changed(source, line, (event) => setField(source, event, field, value ?? null)),
          )
          for (const [at, result] of (await reader.judge(texts)).entries()) {
            const text = texts[at] ?? ''
            if (!isListed(source, field))
              assert.deepEqual(verdictsOf(result), reader.plain(text), text)
            if (encoding !== 'otlp_proto' && text.includes('900719925474099'))
              assert.ok(result.value?.includes(at === 0 ? '0993' : '0992'), text)
          }
        }
    })

    test(`${name}: a value of the wrong type in an identity field is none`, async () => {
      const reader = await readerOf(source, encoding)
      for (const line of reader.lines) await checkWrongTypes(reader, line)
    })

    test(`${name}: half a record is a dead letter, or what is left of it decides`, async () => {
      const reader = await readerOf(source, encoding)
      for (const line of reader.lines) await checkHalves(reader, line)
    })

    test(`${name}: without any identity nobody owns a record, whatever else is in it`, async () => {
      const reader = await readerOf(source, encoding)
      const texts = reader.lines.map((line) => {
        const bare = changed(source, line, (event) => withoutIdentity(source, event))
        return textPrompt(source, bare, BAIT_TEXT)
      })
      for (const [at, result] of (await reader.judge(texts)).entries()) {
        assert.equal(result.fate, 'published', texts[at])
        assert.deepEqual(
          ownersOf(result).filter((owner) => owner !== undefined),
          [],
          texts[at],
        )
      }
    })
  }

  test(`${source.name} among all sources: a prompt makes it no other source`, async () => {
    const reader = await readerOf(source, 'auto')
    for (const line of reader.lines) {
      await reader.assertSame(line, [
        textPrompt(source, line, BAIT_TEXT),
        objectPrompt(source, line, JSON_BAITS),
      ])
      // An object that spells a whole OTLP message may still be taken for one, and is none.
      const [original, result] = await reader.judge([line, objectPrompt(source, line)])
      if (result?.fate !== 'dead_lettered') assert.deepEqual(ownersOf(result), ownersOf(original))
    }
  })
}

/** Whether the field is read as a list: a single value in its place may be taken for a list of one. */
function isListed({ identities }: Source, field: string): boolean {
  const rules = identities.flatMap(({ aliases }) => aliases.flatMap(({ first }) => first))
  return rules.some((rule) => rule.field.startsWith(`${field}[]`))
}

/** What is no scalar counts as if the field were absent. */
async function checkWrongTypes(reader: Reader, line: string): Promise<void> {
  const { source, encoding, plain } = reader
  for (const field of identityFields(source)) {
    const put = (value: Json | undefined): string =>
      changed(source, line, (event) => setField(source, event, field, value))
    const wrong = [...wrongValues(source), ...(encoding === 'otlp_json' ? NO_ANY_VALUES : [])]
    const texts = [line, put(undefined), ...wrong.map(put)]
    const [original, without, ...results] = await reader.judge(texts)
    const allowed = new Set([undefined, ...ownersOf(original), ...ownersOf(without)])
    for (const [at, result] of results.entries()) {
      const text = texts[at + 2] ?? ''
      for (const owner of ownersOf(result)) assert.ok(allowed.has(owner), `${owner}: ${text}`)
      if (at < PLAIN_VALUES && !isListed(source, field))
        assert.deepEqual(verdictsOf(result), plain(text), text)
    }
  }
}

function wrongValues({ encoding }: Source): readonly Json[] {
  const inner: Json = { id: 'root', key: 'root', user_id: 'root' }
  const values: readonly Json[] = [true, false, [], {}, inner, [inner], '', ' ', 'null', '-', null]
  if (encoding === 'json') return [...values, [[]], [null], '{"', '[]', '{"a":']
  const wrapped = values.map(anyValueOf)
  return [...wrapped, { bytesValue: 'cm9vdA==' }]
}

/** Of these the plain reading is the same. */
const PLAIN_VALUES = 11

/** In the place of an `AnyValue`, what is none. */
const NO_ANY_VALUES: readonly Json[] = [
  null,
  true,
  'root',
  [],
  { stringValue: null },
  { stringValue: {} },
  { stringValue: ['root'] },
  { strangeValue: 'root' },
  { arrayValue: 'root' },
  { kvlistValue: ['root'] },
]

/** Places at which a record is cut. */
const CUTS = 8

async function checkHalves(reader: Reader, line: string): Promise<void> {
  const { source, encoding, lines, plain } = reader
  const bytes = reader.bytesOf(line)
  const [original] = await reader.judge([line])
  const allowed = new Set([undefined, ...ownersOf(original)])
  const cuts = Array.from({ length: CUTS }, (_, cut) =>
    Math.floor((bytes.length * (cut + 1)) / (CUTS + 1)),
  )
  const heads = [...cuts, bytes.length - 1].map((at) => bytes.subarray(0, at))
  const tails = cuts.map((at) => bytes.subarray(at))
  for (const result of await reader.judgeBytes([...heads, ...tails])) {
    if (encoding !== 'otlp_proto') assert.equal(result.fate, 'dead_lettered')
    for (const owner of ownersOf(result)) assert.ok(allowed.has(owner), owner)
  }
  const other = reader.bytesOf(lines[(lines.indexOf(line) + 1) % lines.length] ?? '')
  const glued = cuts.map((at) => Buffer.concat([bytes.subarray(0, at), other.subarray(at)]))
  const parts = removals(source, line)
  const judged = await reader.judgeBytes([...glued, ...parts.map(reader.bytesOf)])
  for (const [at, result] of judged.entries()) {
    const text = parts[at - glued.length] ?? (encoding === 'otlp_proto' ? '' : String(glued[at]))
    if (text !== '') assert.deepEqual(verdictsOf(result), plain(text), text)
  }
}

/** The line without each of its members and attributes in turn, and those of its members. */
function removals(source: Source, line: string): readonly string[] {
  const texts: string[] = []
  const count = eventsIn(parseTree(line), source).length
  for (let at = 0; at < count; at += 1) {
    const pathsOf = (object: JsonObject): readonly (readonly string[])[] =>
      Object.entries(object).flatMap(([name, member]) => [
        [name],
        ...(isObject(member) ? Object.keys(member).map((below) => [name, below]) : []),
      ])
    const { object } = eventsIn(parseTree(line), source)[at] ?? { object: {} }
    for (const path of pathsOf(object)) {
      const message = copyOf(parseTree(line))
      const event = eventsIn(message, source)[at]
      const [first = '', second] = path
      const holder = second === undefined ? event?.object : event?.object[first]
      if (isObject(holder)) delete holder[second ?? first]
      texts.push(writeTree(message))
    }
    const attributes = object['attributes']
    for (let item = 0; Array.isArray(attributes) && item < attributes.length; item += 1) {
      const message = copyOf(parseTree(line))
      const list = eventsIn(message, source)[at]?.object['attributes']
      if (Array.isArray(list)) list.splice(item, 1)
      texts.push(writeTree(message))
    }
  }
  return texts
}
