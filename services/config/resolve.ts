import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import type { Finding, Place, Span } from './located.ts'
import { childPointer } from './pointer.ts'
import { gluedProblem } from './problem.ts'
import {
  branchFor,
  holdsSecret,
  isSecret,
  itemSchema,
  memberSchema,
  wantsMapping,
  wantsString,
  type SchemaNode,
} from './schema.ts'
import { createSecretNotes, type SecretNotes, type Secrets } from './secrets.ts'
import { substitute, type Sources } from './substitute.ts'
import type { Parsed } from './syntax.ts'

/**
 * YAML tree + schema → plain values, with the place of each. The schema is needed already here: a substituted port is a
 * number only where a number is wanted, and an empty component body is an empty mapping.
 */

export interface Resolved {
  readonly value: unknown
  /** By JSON Pointer. */
  readonly places: ReadonlyMap<string, Place>
  readonly findings: readonly PlacedFinding[]
  /** Values that could not be made out; what the schema says of them would be noise. */
  readonly broken: ReadonlySet<string>
  /** Pointer → the substitution that brought the value, which messages must not quote. */
  readonly foreign: ReadonlyMap<string, string>
  readonly secrets: Secrets
}

export interface PlacedFinding extends Finding {
  readonly pointer: string
  readonly span: Span
}

export const NODES_MAX = 200_000
export const DEPTH_MAX = 64

interface Work {
  readonly parsed: Parsed
  readonly sources: Sources
  readonly places: Map<string, Place>
  readonly findings: PlacedFinding[]
  readonly broken: Set<string>
  readonly foreign: Map<string, string>
  readonly secrets: SecretNotes
  nodes: number
}

export function resolveTree(parsed: Parsed, schema: SchemaNode, sources: Sources): Resolved {
  const work: Work = {
    parsed,
    sources,
    places: new Map(),
    findings: [],
    broken: new Set(),
    foreign: new Map(),
    secrets: createSecretNotes(parsed, schema),
    nodes: 0,
  }
  const root = parsed.document?.contents ?? null
  const value = resolveNode(work, root, schema, '', 0)
  return { ...work, value: value ?? {} }
}

function resolveNode(
  work: Work,
  node: Node | null,
  schema: SchemaNode | undefined,
  pointer: string,
  depth: number,
): unknown {
  const span = spanOf(work, node)
  const place = work.places.get(pointer)
  work.places.set(pointer, { ...place, value: span })
  if (!withinLimits(work, pointer, span, depth)) return undefined
  if (isSecret(schema)) work.secrets.note(node)
  if (isAlias(node)) return resolveAlias(work, node, schema, pointer, depth)
  if (isMap(node)) return resolveMap(work, node, schema, pointer, depth)
  if (isSeq(node)) {
    const items = schema && itemSchema(schema)
    return node.items.map((item, index) =>
      resolveNode(work, nodeOf(item), items, childPointer(pointer, index), depth + 1),
    )
  }
  const value = isScalar(node) ? node.value : null
  if (value === null || value === undefined) {
    return schema && wantsMapping(schema) ? {} : null
  }
  if (typeof value !== 'string') return value
  return resolveText(work, { text: value, node, schema, pointer, span })
}

/** Aliases are followed, so what they multiply counts against the limits of the whole. */
function withinLimits(work: Work, pointer: string, span: Span, depth: number): boolean {
  work.nodes += 1
  if (work.nodes <= NODES_MAX && depth <= DEPTH_MAX) return true
  work.broken.add(pointer)
  if (work.findings.some(({ code }) => code === 'WC-C005')) return false
  const what = depth > DEPTH_MAX ? `more than ${DEPTH_MAX} levels` : `more than ${NODES_MAX} values`
  add(work, pointer, span, {
    code: 'WC-C005',
    message: `the file has ${what}, aliases followed; that much is not read`,
  })
  return false
}

function resolveAlias(
  work: Work,
  node: Node & { source: string },
  schema: SchemaNode | undefined,
  pointer: string,
  depth: number,
): unknown {
  const { document } = work.parsed
  const target = document && isAlias(node) ? node.resolve(document) : undefined
  const span = spanOf(work, node)
  if (!target) {
    work.broken.add(pointer)
    add(work, pointer, span, {
      code: 'WC-C001',
      message: `there is no anchor &${node.source} above this alias`,
    })
    return undefined
  }
  const value = resolveNode(work, target, schema, pointer, depth + 1)
  const place = work.places.get(pointer)
  work.places.set(pointer, { ...place, value: span })
  return value
}

function resolveMap(
  work: Work,
  node: YAMLMap,
  schema: SchemaNode | undefined,
  pointer: string,
  depth: number,
): unknown {
  const members = schema && chooseBranch(work, node, schema)
  const value: Record<string, unknown> = {}
  const seen = new Map<string, Span>()
  for (const pair of node.items) {
    const key = keyOf(work, pair, pointer)
    if (!key) continue
    const first = seen.get(key.name)
    const child = childPointer(pointer, key.name)
    if (first) {
      add(work, child, key.span, {
        code: 'WC-C004',
        message: `"${key.name}" stands twice in this mapping`,
        help: `the first one is in line ${first.line}; keep one of them`,
      })
      continue
    }
    seen.set(key.name, key.span)
    work.places.set(child, { key: key.span, value: key.span })
    const member = members && memberSchema(members, key.name)
    if (key.glued === undefined) {
      work.secrets.judgeKey(key.name, key.span, nodeOf(pair.value), members)
    }
    const resolved = key.glued ?? resolveNode(work, nodeOf(pair.value), member, child, depth + 1)
    if (key.glued !== undefined) work.broken.add(child)
    // A plain assignment would make `__proto__` the prototype instead of a key.
    Object.defineProperty(value, key.name, {
      value: resolved,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return value
}

/** The branch of a discriminated union that this mapping chooses with its tag. */
function chooseBranch(work: Work, node: YAMLMap, schema: SchemaNode): SchemaNode {
  const tag = schema.discriminator?.propertyName
  if (tag === undefined) return schema
  const word = node.get(tag)
  const text = typeof word === 'string' ? substitute(word, work.sources).text : undefined
  return branchFor(schema, text) ?? schema
}

interface Key {
  readonly name: string
  readonly span: Span
  /** The value, when it was glued to the key. */
  readonly glued?: string
}

function keyOf(work: Work, pair: Pair, pointer: string): Key | undefined {
  const span = spanOf(work, nodeOf(pair.key))
  const word = isScalar(pair.key) ? pair.key.value : undefined
  if (typeof word !== 'string' && typeof word !== 'number' && typeof word !== 'boolean') {
    add(work, pointer, span, {
      code: 'WC-C001',
      message: 'a key is one word, not a list, a mapping, an alias or nothing',
    })
    return undefined
  }
  const name = String(word)
  const glued = /^(?<head>[A-Za-z_][\w-]*):(?<tail>[^\s:].*)$/.exec(name)?.groups
  if (pair.value !== null && !(isScalar(pair.value) && pair.value.value === null)) {
    return { name, span }
  }
  if (!glued || !isPlain(nodeOf(pair.key))) return { name, span }
  const head = glued['head'] ?? ''
  const at = { ...span, column: span.column + head.length, length: 1 }
  add(work, childPointer(pointer, head), at, gluedProblem(at, `${head}:`))
  return { name: head, span: { ...span, length: head.length }, glued: glued['tail'] ?? '' }
}

interface TextAt {
  readonly text: string
  readonly node: Node | null
  readonly schema: SchemaNode | undefined
  readonly pointer: string
  readonly span: Span
}

function resolveText(work: Work, { text, node, schema, pointer, span }: TextAt): unknown {
  const glued = isPlain(node)
    ? /^(?<head>[A-Za-z_][\w-]*):[^\s:]/.exec(text)?.groups?.['head']
    : undefined
  if (schema?.type === 'object' && glued !== undefined) {
    work.broken.add(pointer)
    const at = { ...span, column: span.column + glued.length, length: 1 }
    add(work, pointer, at, gluedProblem(at, `${glued}:`))
    return undefined
  }
  // A text where a section was wanted may be the section's secret.
  if (schema?.type === 'object' && holdsSecret(schema)) work.secrets.note(node)
  if (!text.includes('$')) return text
  const result = substitute(text, work.sources)
  for (const problem of result.problems) {
    work.broken.add(pointer)
    add(work, pointer, expressionSpan(work, node, problem.expression, span), problem)
  }
  if (result.foreign) work.foreign.set(pointer, text)
  if (!result.whole || !schema || wantsString(schema)) return result.text
  return coreScalar(result.text)
}

/** Underlines the substitution itself where the scalar stands as written. */
function expressionSpan(work: Work, node: Node | null, expression: string, span: Span): Span {
  const [start, end] = node?.range ?? [0, 0]
  const at = work.parsed.slice(start, end).indexOf(expression)
  return at === -1 ? span : work.parsed.span(start + at, start + at + expression.length)
}

/** The YAML core schema's reading of a text: number, boolean, null, else the text. */
function coreScalar(text: string): unknown {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null
  if (/^(?:true|True|TRUE)$/.test(text)) return true
  if (/^(?:false|False|FALSE)$/.test(text)) return false
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text)
  if (/^0x[0-9a-fA-F]+$|^0o[0-7]+$/.test(text)) return Number(text)
  return text
}

/** Written without quotes. */
function isPlain(node: Node | null): boolean {
  return isScalar(node) && node.type === 'PLAIN'
}

function nodeOf(value: unknown): Node | null {
  return isNode(value) ? value : null
}

function spanOf(work: Work, node: Node | null): Span {
  const range = node?.range
  return range ? work.parsed.span(range[0], range[1]) : { line: 1, column: 1, length: 0 }
}

function add(work: Work, pointer: string, span: Span, finding: Finding): void {
  const { code, message, help } = finding
  work.findings.push({ pointer, span, code, message, ...(help !== undefined && { help }) })
}
