/**
 * The samples of a source before a worker, one for each encoding and file of tests: changed lines are compared with what the
 * unmodified one comes to.
 */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { Source } from '#/core/source.ts'
import type { Encoding } from '#/core/words.ts'
import type { ObservedMessage } from '#/worker/pipeline/judge.ts'
import { otlpBytes } from './otlp-bytes.ts'
import { plainVerdicts } from './plain-verdicts.ts'
import { sampleLines, startSamplePipeline, verdictsOf } from './sample-pipeline.ts'

export interface Reader {
  readonly source: Source
  readonly lines: readonly string[]
  readonly encoding: Encoding | 'auto'
  readonly plain: ReturnType<typeof plainVerdicts>
  /** The message in the encoding. */
  bytesOf(text: string): Buffer
  judge(texts: readonly string[]): Promise<readonly ObservedMessage[]>
  judgeBytes(values: readonly Buffer[]): Promise<readonly ObservedMessage[]>
  stop(): Promise<void>
  /** All of them come to what the unmodified line comes to. */
  assertSame(line: string, texts: readonly string[]): Promise<void>
}

const readers = new Map<string, Promise<Reader>>()
after(async () => {
  for (const reader of readers.values()) await (await reader).stop()
})

/** `auto`: with all other sources as candidates. */
export function readerOf(source: Source, encoding: Encoding | 'auto'): Promise<Reader> {
  const name = `${source.name} ${encoding}`
  const known = readers.get(name) ?? startReader(source, encoding)
  readers.set(name, known)
  return known
}

async function startReader(source: Source, encoding: Encoding | 'auto'): Promise<Reader> {
  const pipeline = await (encoding === 'auto'
    ? startSamplePipeline('auto', 'auto')
    : startSamplePipeline(source.name, encoding))
  const bytesOf = (text: string) =>
    encoding === 'otlp_proto' ? otlpBytes(text) : Buffer.from(text)
  const judge = (texts: readonly string[]) => pipeline.judge(texts.map(bytesOf))
  return {
    source,
    lines: sampleLines(source.name),
    encoding,
    plain: plainVerdicts([source]),
    bytesOf,
    judge,
    judgeBytes: (values) => pipeline.judge(values),
    stop: () => pipeline.stop(),
    async assertSame(line, texts) {
      assert.ok(texts.length > 0)
      const [first, ...others] = await judge([line, ...texts])
      const expected = verdictsOf(first!)
      assert.ok(typeof expected === 'object', excerpt(line))
      for (const [at, other] of others.entries())
        assert.deepEqual(verdictsOf(other), expected, excerpt(texts[at]))
    },
  }
}

function excerpt(text = ''): string {
  return text.length > 4_000 ? `${text.slice(0, 2_000)} … ${text.slice(-2_000)}` : text
}
