import type { Node } from 'yaml'
import { nearest } from '#/core/nearest.ts'
import type { Span } from './located.ts'
import { memberSchema, secretNames, siblingNames, type SchemaNode } from './schema.ts'
import type { Parsed } from './syntax.ts'

/** Notes, while a file is read, where its secrets stand, so that no error shows them. */

export interface SecretRange {
  readonly first_line: number
  readonly first_column: number
  readonly last_line: number
  /** Of the last line, the first column that is not part of it. */
  readonly end_column: number
}

export interface Secrets {
  readonly ranges: readonly SecretRange[]
  /** Whether the key at this place was judged by `judgeKey`, whatever it is called. */
  isJudged(line: number, column: number): boolean
}

export interface SecretNotes extends Secrets {
  /** The value of this node is a secret. */
  note(node: Node | null): void
  /**
   * Whether the value of a key is a secret: of a key that exists in its mapping the schema says it, and `note` is called for
   * it. One that does not may be a misspelt secret, or one that stands in the wrong place.
   */
  judgeKey(name: string, span: Span, value: Node | null, mapping: SchemaNode | undefined): void
}

export function createSecretNotes(parsed: Parsed, schema: SchemaNode): SecretNotes {
  const ranges: SecretRange[] = []
  const judged = new Set<string>()
  const names = secretNames(schema)

  function note(node: Node | null): void {
    if (!node?.range) return
    const [start, end] = node.range
    const first = parsed.span(start, start + 1)
    const last = parsed.span(Math.max(start, end - 1), end)
    ranges.push({
      first_line: first.line,
      first_column: first.column,
      last_line: last.line,
      end_column: last.column + 1,
    })
  }

  function looksSecret(name: string, mapping: SchemaNode | undefined): boolean {
    if (names.has(name)) return true
    const siblings = mapping ? siblingNames(mapping) : { all: [], secret: [] }
    if (nearest(name, siblings.secret) !== undefined) return true
    return nearest(name, siblings.all) === undefined && nearest(name, names) !== undefined
  }

  return {
    ranges,
    isJudged: (line, column) => judged.has(`${line}:${column}`),
    note,
    judgeKey(name, span, value, mapping) {
      judged.add(`${span.line}:${span.column}`)
      if (mapping && memberSchema(mapping, name)) return
      if (looksSecret(name, mapping)) note(value)
    },
  }
}
