import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { Source } from '#/core/source.ts'
import type { Encoding } from '#/core/words.ts'
import { SOURCES } from '#/sources/index.ts'
import { withoutAppended } from '../support/appended.ts'
import {
  copyOf,
  escapedText,
  isObject,
  parseTree,
  writeTree,
  type Json,
  type Spelling,
} from '../support/json-tree.ts'
import { otlpBytes } from '../support/otlp-bytes.ts'
import { plainVerdicts } from '../support/plain-verdicts.ts'
import { createRandom, type Random } from '../support/random.ts'
import { sampleLines, startSamplePipeline, verdictsOf } from '../support/sample-pipeline.ts'
import { jsonText } from './json-texts.ts'

/**
 * The samples of every source, spelled at random: order of members, escapes, white space, and members that nobody knows
 * with anything in them. What the worker makes of them is what `JSON.parse` and the rules make of them, in each encoding,
 * and without what was appended the bytes are those that came in.
 */

const RUNS = 12
/** Members that no source reads, and that mean nothing as tags. */
const STRANGE = ['zz', 'ébauche', 'a/b', '__proto__', 'x~y']

interface Choice {
  readonly seed: number
  readonly strange: string
  readonly name: string
  readonly gap: string
}
const choices: fc.Arbitrary<Choice> = fc.record({
  seed: fc.integer(),
  strange: fc.oneof(
    jsonText(STRANGE),
    fc.constantFrom('9007199254740993', '-0', '1e400', '123456789012345678901234567890.5', 'null'),
  ),
  name: fc.constantFrom(...STRANGE),
  gap: fc.constantFrom('', '', ' ', '\n', '\r\n\t'),
})

/** The line with strange members, in a random spelling; `strange` is put in as the text that it is. */
function spelled(line: string, { seed, strange, name, gap }: Choice): string {
  const random = createRandom(seed)
  const tree = copyOf(parseTree(line))
  const mark = `strange-${random.whole(0, 999_999_999)}`
  for (const holder of holdersOf(tree))
    if (random.whole(0, 3) === 0) Object.defineProperty(holder, name, { value: mark, ...OWN })
  const escape = (text: string): string =>
    random.whole(0, 5) === 0 ? escapedText(text) : JSON.stringify(text)
  const spelling: Spelling = {
    name: (text) => `${gap}${escape(text)}${gap}`,
    string: (text) => (text === mark ? strange : escape(text)),
    shuffle: random,
  }
  return `${gap}${writeTree(tree, spelling)}${gap}`
}

/** A name such as `__proto__` is one like any other. */
const OWN = { enumerable: true, configurable: true, writable: true }

/** Objects to which any member may be added: in OTLP only the messages themselves, and no attribute or value. */
function holdersOf(tree: Json): Record<string, Json>[] {
  if (Array.isArray(tree)) return tree.flatMap(holdersOf)
  if (!isObject(tree)) return []
  if ('key' in tree && 'value' in tree) return []
  const below = Object.entries(tree).flatMap(([name, value]) =>
    name === 'body' && isObject(value) && 'stringValue' in value ? [] : holdersOf(value),
  )
  return [tree, ...below]
}

function attributesShuffled(line: string, random: Random): string {
  const tree = copyOf(parseTree(line))
  for (const holder of holdersOf(tree)) {
    const { attributes } = holder
    if (Array.isArray(attributes)) attributes.sort(() => random.next() - 0.5)
  }
  return writeTree(tree)
}

interface Message {
  /** As JSON. */
  readonly text: string
  readonly bytes: Buffer
}

/** Checks messages against what they should come to, and that their bytes are kept. */
async function startCheck(t: TestContext, source: Source, encoding: Encoding) {
  const pipeline = await startSamplePipeline(source.name, encoding)
  t.after(() => pipeline.stop())
  const plain = plainVerdicts([source])
  return async (messages: readonly Message[]): Promise<void> => {
    const results = await pipeline.judge(messages.map(({ bytes }) => bytes))
    assert.equal(results.length, messages.length)
    for (const [at, result] of results.entries()) {
      const { text, bytes } = messages[at]!
      const verdicts = plain(text)
      assert.deepEqual(verdictsOf(result), verdicts, text)
      assert.ok(typeof verdicts === 'object')
      const value = result.value ?? Buffer.alloc(0)
      const is_written = verdicts.some(({ outcome }) => outcome !== undefined)
      assert.equal(value.equals(bytes), !is_written, text)
      const out = withoutAppended(value, encoding, source.signal === 'traces')
      assert.ok(out.equals(bytes), `${text}\n${out.toString()}`)
    }
  }
}

for (const source of SOURCES) {
  const lines = sampleLines(source.name)
  const encoding = source.encoding === 'json' ? 'json' : 'otlp_json'

  test(`samples of ${source.name}, spelled in any way, are read as JSON.parse reads them and kept as they came`, async (t) => {
    const check = await startCheck(t, source, encoding)
    await fc.assert(
      fc.asyncProperty(fc.array(choices, { minLength: 1, maxLength: 3 }), async (spellings) => {
        const texts = lines.flatMap((line) => spellings.map((choice) => spelled(line, choice)))
        await check(texts.map((text) => ({ text, bytes: Buffer.from(text) })))
      }),
      { numRuns: RUNS },
    )
  })

  if (encoding === 'otlp_json')
    test(`samples of ${source.name} in protobuf come to the same and keep their bytes`, async (t) => {
      const check = await startCheck(t, source, 'otlp_proto')
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const random = createRandom(seed)
          const texts = lines.map((line) => attributesShuffled(line, random))
          await check(texts.map((text) => ({ text, bytes: otlpBytes(text) })))
        }),
        { numRuns: RUNS },
      )
    })
}
