import type { Static, TSchema } from 'typebox'
import { sortDiagnostics, type Diagnostic } from './diagnostic.ts'
import { createExcerpts } from './excerpt.ts'
import { createLocated, diagnosticAt, diagnosticOn, type Finding, type Located } from './located.ts'
import { resolveTree, type Resolved } from './resolve.ts'
import { normalSchema, type SchemaNode } from './schema.ts'
import type { Sources } from './substitute.ts'
import { parseText, type Parsed } from './syntax.ts'
import { validateValue } from './validate.ts'

/**
 * Reads a config in one go: syntax, substitutions, schema, then the cross-checks of the caller. Whatever is wrong is
 * reported together, so nobody fixes a file one error at a time.
 */

export type Report = (pointer: string, finding: Finding) => void
export type Check<T> = (config: T, report: Report) => void

export interface ConfigInput<S extends TSchema> extends Sources {
  /** As messages shall name it. */
  readonly file: string
  readonly text: string
  readonly schema: S
  /**
   * Cross-checks. They also run when the schema found errors, as far as they get: then a check that stumbles over a
   * missing part is left at that, since the part is reported already. So is one that stumbles over what a check before it
   * reported.
   */
  readonly checks?: Check<Static<S>> | readonly Check<Static<S>>[]
}

export type ConfigResult<T> =
  | {
      readonly ok: true
      readonly config: T
      readonly document: Located
      readonly warnings: readonly Diagnostic[]
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

const DIAGNOSTICS_MAX = 200

export function readConfig<S extends TSchema>(input: ConfigInput<S>): ConfigResult<Static<S>> {
  const schema = normalSchema(input.schema)
  const parsed = parseText(input.text)
  const resolved = resolveTree(parsed, schema, input)
  const document = createLocated(
    input.file,
    resolved.places,
    createExcerpts(parsed, resolved.secrets, schema),
  )
  const diagnostics = [
    ...syntaxDiagnostics(document, parsed),
    ...resolved.findings.map(({ pointer, span, ...finding }) =>
      diagnosticOn(document, pointer, span, finding),
    ),
  ]
  const from_schema = parsed.document ? schemaDiagnostics(document, parsed, resolved, schema) : []
  diagnostics.push(...from_schema)
  // Ajv has checked it against the schema that the type was read from; the checks below know that it may still have faults.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const config = resolved.value as Static<S>
  if (parsed.first_broken_line === undefined) {
    const sound = diagnostics.length === 0
    diagnostics.push(
      ...crossDiagnostics(document, config, input.checks, { sound, broken: resolved.broken }),
    )
  }
  const sorted = cap(sortDiagnostics(diagnostics))
  if (sorted.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics: sorted }
  return { ok: true, config, document, warnings: sorted }
}

function syntaxDiagnostics(document: Located, parsed: Parsed): readonly Diagnostic[] {
  return parsed.problems.map(({ span, write, ...finding }) => {
    const diagnostic = diagnosticOn(document, '', span, finding)
    const { help = '', excerpt } = diagnostic
    if (write === undefined || !excerpt.includes(write.instead_of)) return diagnostic
    return { ...diagnostic, help: `write ${write.text}; ${help}` }
  })
}

/** After broken syntax only what stands above it can be judged, and nothing can be called missing. */
function schemaDiagnostics(
  document: Located,
  parsed: Parsed,
  resolved: Resolved,
  schema: SchemaNode,
): readonly Diagnostic[] {
  const findings = validateValue(schema, resolved.value, resolved)
  const found = findings.map(({ pointer, ...finding }) => diagnosticAt(document, pointer, finding))
  const limit = parsed.first_broken_line
  if (limit === undefined) return found
  return found.filter(({ line, code }) => line < limit && code !== 'WC-C013')
}

function crossDiagnostics<T>(
  document: Located,
  config: T,
  checks: Check<T> | readonly Check<T>[] | undefined,
  { sound, broken }: { readonly sound: boolean; readonly broken: ReadonlySet<string> },
): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const report: Report = (pointer, finding) => {
    // What is said of a value that could not be made out would be noise.
    if (!broken.has(pointer)) found.push(diagnosticAt(document, pointer, finding))
  }
  for (const check of checks === undefined ? [] : [checks].flat()) {
    try {
      check(config, report)
    } catch (error) {
      if (sound && !found.some(({ severity }) => severity === 'error')) throw error
    }
  }
  return found
}

function cap(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const last = diagnostics[DIAGNOSTICS_MAX]
  if (!last) return diagnostics
  const rest = diagnostics.length - DIAGNOSTICS_MAX
  const { file, line, column, length, code, severity, path, excerpt, caret } = last
  const severest = diagnostics.some((d) => d.severity === 'error') ? 'error' : severity
  return [
    ...diagnostics.slice(0, DIAGNOSTICS_MAX),
    {
      ...{ file, line, column, length, code, path, excerpt, ...(caret && { caret }) },
      severity: severest,
      message: `from here on ${rest} more are not shown`,
    },
  ]
}
