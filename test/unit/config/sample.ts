import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { componentMap, formatDiagnostics, readConfig, type Check } from '#/config/index.ts'

/** A small config with one of everything, read in the tests of this folder. */

export const KafkaSample = Type.Object({
  brokers: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    description: 'Bootstrap brokers.',
  }),
  group_id: Type.String({ default: 'whosecall' }),
  initial_offset: Type.Union([Type.Literal('earliest'), Type.Literal('latest')], {
    default: 'earliest',
  }),
  fetch_bytes_max: Type.Integer({ minimum: 1, maximum: 1_000, default: 10, unit: 'bytes' }),
  auth: Type.Optional(
    Type.Union([
      Type.Object({
        type: Type.Literal('plain'),
        username: Type.String(),
        password: Type.String({ secret: true }),
      }),
      Type.Object({ type: Type.Literal('oauth'), client_secret: Type.String({ secret: true }) }),
    ]),
  ),
  logs: Type.Optional(
    Type.Object({
      topics: Type.Array(Type.String()),
      encoding: Type.Enum(['otlp_proto', 'json'], { default: 'json' }),
    }),
  ),
})

export const Sample = Type.Object({
  receivers: componentMap({ kafka: KafkaSample, memory: Type.Object({}) }),
  service: Type.Object({
    url: Type.Optional(Type.String({ description: 'Where to ask.' })),
    verbose: Type.Boolean({ default: false }),
    ratio: Type.Number({ default: 0.5, exclusiveMaximum: 1 }),
    endpoint: Type.String({
      default: '127.0.0.1:9464',
      pattern: '^[^:]+:\\d+$',
      expects: 'host:port, for example 127.0.0.1:9464',
    }),
    source: Type.Optional(
      Type.Union([
        Type.Enum(['auto', 'litellm', 'kong']),
        Type.Object({ name: Type.String(), encoding: Type.String({ default: 'json' }) }),
      ]),
    ),
    names: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
  }),
})
export type Sample = Type.Static<typeof Sample>

export interface ReadOptions {
  readonly env?: Record<string, string>
  readonly files?: Record<string, string>
  readonly checks?: Check<Sample> | readonly Check<Sample>[]
}

export function read(text: string, { env = {}, files = {}, checks = [] }: ReadOptions = {}) {
  return readConfig({
    file: 'w.yaml',
    text,
    schema: Sample,
    env,
    checks,
    readFile(path) {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return content
    },
  })
}

/** The printed errors without the summary line, or `ok`. */
export function errorsOf(text: string, options?: ReadOptions): string {
  const result = read(text, options)
  const shown = result.ok ? result.warnings : result.diagnostics
  const printed = formatDiagnostics(shown, { color: false })
  return printed === '' ? 'ok' : printed.replace(/\n[^\n]*\n$/, '\n').trimEnd()
}

export function configOf(text: string, options?: ReadOptions): Sample {
  const result = read(text, options)
  if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics, { color: false }))
  return result.config
}

/** Cuts the margin off an expected text. */
export function block(text: string): string {
  const lines = text.replace(/^\n/, '').trimEnd().split('\n')
  const margin = Math.min(...lines.filter((l) => l.trim()).map((l) => l.search(/\S/)))
  return lines.map((line) => line.slice(margin)).join('\n')
}

export interface ErrorCase {
  readonly title: string
  /** Tabs are written `→`. */
  readonly text: string
  readonly errors: string
}

/** One test a case. The word `hunter2` is a secret in all of them. */
export function testErrors(cases: readonly ErrorCase[]): void {
  for (const { title, text, errors } of cases) {
    test(title, () => {
      const source = `${block(text).replaceAll('→', '\t')}\n`
      const printed = errorsOf(source, { env: { SECRET: 'hunter2' } })
      assert.equal(printed, block(errors))
      assert.doesNotMatch(printed, /hunter2/)
    })
  }
}
