import type { CallFacts, CallReader } from '#/core/call.ts'
import type { CallRules, Path, StatusRule } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import { compileBill } from './bill.ts'
import {
  BILL_CACHE_READ,
  BILL_CACHE_WRITE,
  BILL_COLUMNS,
  BILL_INPUT,
  BILL_OUTPUT,
} from './bill-row.ts'
import { NOTHING } from './evidence.ts'
import { createFields, type Fields } from './fields.ts'
import { matcherOf } from './patterns.ts'
import { createPlan } from './plan.ts'
import { compileTriage } from './triage.ts'
import type { RulesOptions } from './types.ts'
import { zeroIfUnknown } from './tokens.ts'

/**
 * Reads what else a record says about its call, for output shapes that have fields for it. It has a plan of its own: it
 * is not read from what came in, but from what leaves, after redaction.
 */
export function createCallReader(options: RulesOptions): CallReader {
  const plan = createPlan()
  const readers = new Map(
    options.sources.map((source) => [
      source.name,
      compileFacts(createFields(source, options, plan), source.call ?? {}),
    ]),
  )
  return {
    fields: plan.fields,
    read: (source, values) => readers.get(source)?.(values) ?? {},
  }
}

const TEXTS = [
  'operation',
  'provider',
  'requested_model',
  'model',
  'request_id',
  'session_id',
  'trace_id',
  'span_id',
  'user_agent',
  'agent_id',
  'agent_name',
] as const satisfies readonly (keyof CallFacts)[]

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function compileFacts(fields: Fields, rules: CallRules): (values: EventValues) => CallFacts {
  const texts = TEXTS.map((name) => [name, compileFirstText(rules[name] ?? [], fields)] as const)
  const statusOf = compileStatus(rules.status ?? [], fields)
  const triage = compileTriage(fields)
  const bill = compileBill(fields)
  const row = new Float64Array(BILL_COLUMNS)
  return (values) => {
    const facts: Writable<CallFacts> = {}
    for (const [name, read] of texts) {
      const text = read(values)
      if (text !== undefined) facts[name] = text
    }
    if (rules.only_provider !== undefined) facts.provider = rules.only_provider
    const status = statusOf(values)
    if (status !== undefined) facts.status = status
    // The same choice as where an address is all there is of a caller.
    const address = triage.read(values, NOTHING).hints.find(({ kind }) => kind === 'ip')?.value
    if (address !== undefined) facts.address = address
    bill.read(values, row, 0)
    const input = row[BILL_INPUT]!
    const output = row[BILL_OUTPUT]!
    if (input >= 0) {
      const cached = zeroIfUnknown(row[BILL_CACHE_READ]!) + zeroIfUnknown(row[BILL_CACHE_WRITE]!)
      facts.input_tokens = input + cached
    }
    if (output >= 0) facts.output_tokens = output
    return facts
  }
}

function compileFirstText(
  paths: readonly Path[],
  fields: Fields,
): (values: EventValues) => string | undefined {
  const texts = paths.map((path) => fields.text(path, 'reads'))
  return (values) => {
    for (const text of texts) {
      const found = text.read(values)
      if (found !== undefined) return found
    }
    return undefined
  }
}

function compileStatus(
  rules: readonly StatusRule[],
  fields: Fields,
): (values: EventValues) => CallFacts['status'] {
  const compiled = rules.map(({ field, success = [], failure = [], absent }) => ({
    text: fields.text(field, 'reads'),
    isSuccess: matcherOf(success, { ignore_case: true }),
    isFailure: matcherOf(failure, { ignore_case: true }),
    absent,
  }))
  return (values) => {
    for (const { text, isSuccess, isFailure, absent } of compiled) {
      const found = text.read(values)
      if (found === undefined) {
        if (absent !== undefined) return absent
      } else if (isSuccess(found)) return 'success'
      else if (isFailure(found)) return 'failure'
    }
    return undefined
  }
}
