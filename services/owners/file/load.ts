import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'

import { messageOf, WhosecallError } from '#/core/errors.ts'
import { keyText } from '#/core/keys.ts'
import type { Binding } from '#/core/owners.ts'

import { createOwnerIntern, readRow } from '../bindings.ts'
import { isOwnerFile, isRow, schemaProblems } from '../row-schema.ts'
import { parseOwnerText } from './parse.ts'
import type { ParsedFile, Path, Place } from './parse.ts'

/**
 * An owner file becomes bindings, or all its errors at once, each with its place. A row that fits no normal form is an
 * error; a row that nothing can ask for, and two rows of one key that hold at once, are warnings.
 */

export interface FileDiagnostic {
  readonly file: string
  /** Both from 1. */
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface LoadedOwners {
  /** Empty when there are errors: half a directory would blame people for the other half. */
  readonly bindings: readonly Binding[]
  readonly errors: readonly FileDiagnostic[]
  readonly warnings: readonly FileDiagnostic[]
  /** Hash of the content. */
  readonly revision: string
}

/** The same with what only a reader of the file wants to know. */
export interface InspectedOwners extends LoadedOwners {
  /** The key of a binding as it stands in the file. */
  writtenKey(binding: number): string
  /** Where a binding stands, or a member of its row. */
  placeOf(binding: number, member?: 'key' | 'owner' | 'valid_to'): Place
}

/** More than these are counted, not listed. */
const DIAGNOSTICS_MAX = 1000

/** Rejects when the file cannot be read; errors in the file are in the result. */
export async function loadOwnerFile(
  path: string,
  file_bytes_max = 67_108_864,
): Promise<LoadedOwners> {
  return loadOwnerText(path, await readOwnerFile(path, file_bytes_max))
}

/** The text of an owner file; rejects when it cannot be read. */
export async function readOwnerFile(path: string, file_bytes_max = 67_108_864): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > file_bytes_max) {
      throw new Error(`it has ${size} bytes; file_bytes_max allows ${file_bytes_max}`)
    }
    return await readFile(path, 'utf8')
  } catch (error) {
    const message = `cannot read the owner file ${path}: ${messageOf(error)}`
    throw new WhosecallError('config_invalid', message, { cause: error })
  }
}

/** The same for a text; `file` names it in errors, and its extension says how it is written. */
export function loadOwnerText(file: string, text: string): LoadedOwners {
  const { bindings, errors, warnings, revision } = inspectOwnerText(file, text)
  return { bindings, errors, warnings, revision }
}

export function inspectOwnerText(file: string, text: string): InspectedOwners {
  const parsed = parseOwnerText(file, text)
  const errors = createList(file, parsed)
  const warnings = createList(file, parsed)
  const bindings: Binding[] = []
  const rows: number[] = []
  const written: string[] = []
  if (parsed.problems.length > 0) {
    for (const problem of parsed.problems) errors.add(problem.message, problem)
  } else if (!isOwnerFile(parsed.value)) {
    for (const { path, message } of schemaProblems(isOwnerFile.errors)) errors.addAt(path, message)
  } else {
    const intern = createOwnerIntern()
    for (const [index, row] of parsed.value.bindings.entries()) {
      const at: Path = ['bindings', index]
      if (!isRow(row)) {
        for (const problem of schemaProblems(isRow.errors)) {
          errors.addAt([...at, ...problem.path], problem.message)
        }
        continue
      }
      const read = readRow(row, intern)
      if (!read.ok) {
        for (const problem of read.problems) errors.addAt([...at, problem.member], problem.message)
        continue
      }
      if (read.warning !== undefined) {
        warnings.addAt([...at, read.warning.member], read.warning.message)
      }
      bindings.push(read.binding)
      rows.push(index)
      written.push(row.key)
    }
    warnOverlaps(bindings, (index, message) => {
      warnings.addAt(['bindings', rows[index] ?? 0], message)
    })
  }
  const error_list = errors.list()
  return {
    bindings: error_list.length > 0 ? [] : bindings,
    errors: error_list,
    warnings: warnings.list(),
    revision: createHash('sha256').update(text).digest('hex').slice(0, 16),
    writtenKey: (binding) => written[binding] ?? '',
    placeOf: (binding, member) =>
      parsed.locate(['bindings', rows[binding] ?? 0, ...(member === undefined ? [] : [member])]),
  }
}

interface DiagnosticList {
  add(message: string, place: { readonly line: number; readonly column: number }): void
  addAt(path: Path, message: string): void
  list(): readonly FileDiagnostic[]
}

function createList(file: string, parsed: ParsedFile): DiagnosticList {
  const found: FileDiagnostic[] = []
  let unlisted = 0
  function add(message: string, { line, column }: { line: number; column: number }): void {
    if (found.length < DIAGNOSTICS_MAX) found.push({ file, line, column, message })
    else unlisted++
  }
  return {
    add,
    addAt(path, message) {
      if (found.length < DIAGNOSTICS_MAX) {
        const member = path.slice(2).join('.')
        add(member === '' ? message : `${member}: ${message}`, parsed.locate(path))
      } else unlisted++
    },
    list() {
      const more = { file, line: 1, column: 1, message: `and ${unlisted} more` }
      return unlisted > 0 ? [...found, more] : found
    },
  }
}

/** Two rows of one key that hold at once make the answer ambiguous; their writer should know. */
function warnOverlaps(
  bindings: readonly Binding[],
  warn: (index: number, message: string) => void,
): void {
  const by_key = Map.groupBy(bindings.keys(), (index) => {
    const binding = bindings[index]
    return binding === undefined ? '' : keyText(binding.key)
  })
  for (const indexes of by_key.values()) {
    if (indexes.length < 2) continue
    const sorted = indexes
      .flatMap((index) => {
        const binding = bindings[index]
        return binding === undefined ? [] : [{ index, binding }]
      })
      .sort((a, b) => compare(a.binding.valid_from_ms, b.binding.valid_from_ms))
    let until = -Infinity
    for (const { index, binding } of sorted) {
      if (binding.valid_from_ms < until) {
        warn(index, 'another row of this key holds at the same time: the answer is ambiguous then')
      }
      until = Math.max(until, binding.valid_to_ms)
    }
  }
}

/** Infinities subtract to NaN, so they are compared. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
