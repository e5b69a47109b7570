import type { Binding } from '#/core/owners.ts'
import { createOwnerIntern, readRow } from './bindings.ts'
import { isRow, schemaProblems } from './row-schema.ts'

/** Rows that stand in another document than an owner file: the same form, the same checks, places by path. */

export interface RowFinding {
  /** Member names and indexes, from the list of rows on. */
  readonly path: readonly (string | number)[]
  readonly message: string
}

export function readRows(rows: readonly unknown[]): {
  readonly bindings: readonly Binding[]
  readonly problems: readonly RowFinding[]
} {
  const intern = createOwnerIntern()
  const bindings: Binding[] = []
  const problems: RowFinding[] = []
  for (const [index, row] of rows.entries()) {
    if (!isRow(row)) {
      for (const { path, message } of schemaProblems(isRow.errors))
        problems.push({ path: [index, ...path], message })
      continue
    }
    const read = readRow(row, intern)
    if (read.ok) bindings.push(read.binding)
    else
      for (const { member, message } of read.problems)
        problems.push({ path: [index, member], message })
  }
  return { bindings, problems }
}
