import { isDeepStrictEqual } from 'node:util'
import { childPointer } from '#/config/index.ts'
import type { Decision } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Case, EventExpectation } from './file.ts'
import type { CaseResult } from './run-case.ts'

/** What was expected against what came: only what is stated, each difference with the place of its expectation. */

export interface Difference {
  /** Of the expectation in the test file. */
  readonly pointer: string
  readonly expected: string
  readonly found: string
}

const NONE = 'none'

export function differencesOf(
  expect: Case['expect'],
  { message, meter }: CaseResult,
  pointer: string,
): readonly Difference[] {
  const { fate, code, events, counters = {}, ...event } = expect
  const found: Difference[] = []
  const check = (name: string, expected: unknown, got: unknown, at = pointer) => {
    if (expected === undefined || isDeepStrictEqual(expected, got)) return
    found.push({ pointer: childPointer(at, name), expected: textOf(expected), found: textOf(got) })
  }
  check('fate', fate, message.fate)
  check('code', code, message.code ?? NONE)
  if (Object.keys(event).length > 0) {
    const [decision, ...more] = message.decisions
    if (decision === undefined || more.length > 0) {
      const [name = ''] = Object.keys(event)
      const got = `${message.decisions.length} events${fateText(message)}`
      found.push({ pointer: childPointer(pointer, name), expected: 'one event', found: got })
    } else checkEvent(event, decision, pointer, check)
  }
  if (events !== undefined) {
    const at = childPointer(pointer, 'events')
    if (events.length !== message.decisions.length) {
      const got = `${message.decisions.length}${fateText(message)}`
      found.push({ pointer: at, expected: `${events.length} events`, found: got })
    }
    for (const [index, one] of events.entries()) {
      const decision = message.decisions[index]
      if (decision !== undefined) checkEvent(one, decision, childPointer(at, index), check)
    }
  }
  for (const [name, value] of Object.entries(counters))
    check(name, value, counted(name, meter), childPointer(pointer, 'counters'))
  return found
}

function fateText({ fate, code }: CaseResult['message']): string {
  return fate === 'published' ? '' : `: the message is ${fate}, ${code}`
}

type Check = (name: string, expected: unknown, got: unknown, at?: string) => void

function checkEvent(
  expected: EventExpectation,
  decision: Decision,
  pointer: string,
  check: Check,
): void {
  const got = stated(decision)
  for (const [name, value] of Object.entries(expected)) {
    const came =
      got[name] ?? (typeof value === 'boolean' ? false : Array.isArray(value) ? [] : NONE)
    if (name === 'conflicts' && Array.isArray(value) && Array.isArray(came))
      check(name, sorted(value), sorted(came), pointer)
    else check(name, value, came, pointer)
  }
}

function sorted(list: readonly unknown[]): readonly string[] {
  return list.map(String).toSorted()
}

/** A decision in the words of an expectation. */
function stated(decision: Decision): Readonly<Record<string, unknown>> {
  const { owner, evidence, on_behalf_of, ...rest } = decision
  const { id, ...fields } = owner ?? {}
  return {
    ...rest,
    ...fields,
    owner: id,
    evidence: evidence === undefined ? undefined : keyText(evidence),
    on_behalf_of: on_behalf_of === undefined ? undefined : keyText(on_behalf_of),
    ip_only: decision.reason === 'ip_only',
  }
}

/** `name` or `name{label="value"}`. */
export function readSelector(selector: string): {
  readonly name: string
  readonly labels: readonly (readonly [label: string, value: string])[]
} {
  const [, name = selector, text = ''] = /^([\w:]+)(?:\{(.*)\})?$/.exec(selector) ?? []
  const labels = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
  return { name, labels: labels.map(([, label = '', value = '']) => [label, value] as const) }
}

/** The sum of all series of the metric that carry the labels. */
function counted(selector: string, meter: CaseResult['meter']): number {
  const { name, labels } = readSelector(selector)
  return meter
    .series(name)
    .filter((one) => labels.every(([label, value]) => one.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
