import { extname } from 'node:path'

import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'

import { meantBy } from '../row-schema.ts'
import { parseCsv } from './csv.ts'
import type { CsvField } from './csv.ts'

/**
 * The three spellings of an owner file, all read into the same plain rows. Numbers become the digits that stand in the
 * file, so `key: 4021` and `cost_center: 0815` are what their writer meant. Positions are worked out only for errors.
 */

export interface Place {
  /** Both from 1. */
  readonly line: number
  readonly column: number
}
export interface Problem extends Place {
  readonly message: string
}

export type Path = readonly (string | number)[]

export interface ParsedFile {
  /** `{ bindings: [...] }` if the file is well-formed; not checked against the schema. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Where a member stands; its closest parent if it is not there. */
  locate(path: Path): Place
}

/** Aliases may be used this often before a file counts as an attempt to exhaust memory. */
const ALIASES_MAX = 100_000
const START: Place = { line: 1, column: 1 }

export function parseOwnerText(file: string, text: string): ParsedFile {
  const extension = extname(file).toLowerCase()
  if (extension === '.csv') return parseRows(text)
  if (extension === '.json') return parseJson(text)
  if (extension === '.yaml' || extension === '.yml') return parseYaml(text)
  const message = `expected a file that ends in .yaml, .yml, .json or .csv`
  return failed([{ ...START, message }])
}

function parseYaml(text: string): ParsedFile {
  const { document, counter } = readDocument(text)
  if (document.errors.length > 0) {
    return failed(
      document.errors.map((error) => {
        const { line, col } = counter.linePos(error.pos[0])
        return { line, column: col, message: error.message.split(' at line ')[0] ?? error.code }
      }),
    )
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX })
    return { value, problems: [], locate: (path) => locateNode(document, counter, path) }
  } catch (error) {
    // Thrown for too many aliases and for an alias without its anchor.
    return failed([{ ...START, message: error instanceof Error ? error.message : String(error) }])
  }
}

function parseJson(text: string): ParsedFile {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text
  try {
    const value: unknown = JSON.parse(bare, digitsOf)
    // Positions need the slow parser: only if there is something to report, and once.
    let read: ReturnType<typeof readDocument> | undefined
    return {
      value,
      problems: [],
      locate: (path) => {
        read ??= readDocument(bare)
        return locateNode(read.document, read.counter, path)
      },
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // The engine quotes the text around the error, which may hold anything.
    const reason = message.split(/, "| in JSON at| JSON at|, \.\.\."/)[0] ?? message
    return failed([{ ...placeOfOffset(bare, jsonErrorOffset(bare)), message: reason }])
  }
}

/** Beyond this, finding the place of a syntax error costs more than it helps. */
const SEARCHED_LENGTH_MAX = 1_048_576

/**
 * The engine does not always say where JSON breaks, so the shortest prefix that is wrong, and not merely cut off, is
 * searched by halving.
 */
function jsonErrorOffset(text: string): number {
  if (text.length > SEARCHED_LENGTH_MAX) return 0
  let cut = 0
  let wrong = text.length + 1
  while (wrong - cut > 1) {
    const length = (cut + wrong) >> 1
    if (isCutOff(text.slice(0, length))) cut = length
    else wrong = length
  }
  return Math.min(cut, text.length)
}

function isCutOff(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return true
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const at = /at position (\d+)/.exec(message)?.[1]
    return message.includes('end of JSON input') || at === String(prefix.length)
  }
}

function placeOfOffset(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function digitsOf(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value
}

function readDocument(text: string): { document: Document.Parsed; counter: LineCounter } {
  const counter = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe',
    customTags: ['null'],
    merge: true,
    lineCounter: counter,
    prettyErrors: true,
  })
  return { document, counter }
}

function locateNode(document: Document.Parsed, counter: LineCounter, path: Path): Place {
  let node: unknown = document.contents
  let offset = 0
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document)
    let next: unknown
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === part)
      // The value of an alias stands elsewhere; the key stands where the reader looks.
      offset = offsetOf(pair?.key) ?? offset
      next = pair?.value
    } else if (isSeq(node)) {
      next = node.items[Number(part)]
      offset = offsetOf(next) ?? offset
    }
    if (next === undefined || next === null) break
    node = next
  }
  const { line, col } = counter.linePos(offset)
  return { line, column: col }
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

const COLUMNS = new Set([
  'id',
  'kind',
  'key',
  'ownership',
  'owner.id',
  'owner.team',
  'owner.product',
  'owner.application',
  'owner.tenant',
  'owner.cost_center',
  'owner.business_unit',
  'valid_from',
  'valid_to',
  'note',
])

function parseRows(text: string): ParsedFile {
  const csv = parseCsv(text)
  if (!csv.ok) return failed([csv])
  const [header = [], ...records] = csv.rows
  const names = header.map((field) => field.text.trim())
  const problems = header.flatMap(({ line, column }, index) => {
    const name = names[index] ?? ''
    const is_twice = names.indexOf(name) < index
    if (!COLUMNS.has(name)) {
      const columns = [...COLUMNS]
      const message = `unknown column ${JSON.stringify(name)}; expected ${columns.join(', ')}${meantColumn(name, columns)}`
      return [{ line, column, message }]
    }
    return is_twice ? [{ line, column, message: `column ${name} stands twice` }] : []
  })
  if (header.length === 0) problems.push({ ...START, message: 'expected a header line' })
  const too_long = records.flatMap((record) => record[names.length] ?? [])
  for (const { line, column } of too_long) {
    problems.push({ line, column, message: `expected ${names.length} fields, as in the header` })
  }
  if (problems.length > 0) return failed(problems)
  return {
    value: { bindings: records.map((record) => rowOf(names, record)) },
    problems: [],
    locate: ([, index, ...members]) => {
      const record = records[Number(index)]
      const place = record?.[names.indexOf(members.join('.'))] ?? record?.[0] ?? START
      return { line: place.line, column: place.column }
    },
  }
}

/** `owner_id`, `OwnerId` and `team` are near `owner.id` and `owner.team`, which a slip of the finger is not. */
function meantColumn(name: string, columns: readonly string[]): string {
  const word = lettersOf(name)
  const meant =
    columns.find((column) => lettersOf(column) === word) ??
    columns.find((column) => lettersOf(column) === `owner${word}`)
  return meant === undefined ? meantBy(name, columns) : `; did you mean ${meant}?`
}

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]/g, '')
}

/** An empty field is an absent one. */
function rowOf(names: readonly string[], record: readonly CsvField[]): object {
  const row: Record<string, string> = {}
  const owner: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const value = record[index]?.text.trim() ?? ''
    if (value === '') continue
    if (name.startsWith('owner.')) owner[name.slice('owner.'.length)] = value
    else row[name] = value
  }
  return Object.keys(owner).length > 0 ? { ...row, owner } : row
}

function failed(problems: readonly Problem[]): ParsedFile {
  return { value: undefined, problems, locate: () => START }
}
