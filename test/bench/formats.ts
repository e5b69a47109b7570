/**
 * The formats alone: scan, ask for each event's identity, write the encoded attributes of that identity, splice. Against
 * the plain way of doing the same: decode, add the same attributes, encode. Each row is one encoding and one kind of prompt.
 * `node test/bench/formats.ts [TEXT]` prints the rows whose name holds the text.
 */

import type { AttributionRecord } from '#/core/decision.ts'
import type { FieldRead, Format, Fragment, ScanInput } from '#/core/view.ts'
import type { Encoding } from '#/core/words.ts'
import { formatOf, RECORD } from '../unit/formats/harness.ts'
import { encodeLogs } from '../unit/formats/otlp.ts'
import { addToJson, addToOtlpJson, addToOtlpProto } from './baseline.ts'
import { createBatches, createCalls, otlpJson, PROMPT_KINDS, type LoadOptions } from './load.ts'
import { table } from './results.ts'
import { measure, type Row } from './row.ts'

const MESSAGES = { batch: 12, single: 400 }
const RECORDS = 100

interface Case {
  readonly encoding: Encoding
  readonly goal: number
  readonly messages: number
  readonly events_per_message: number
  readonly fields: readonly FieldRead[]
  next(load: LoadOptions): () => Buffer
  add(message: Buffer): Buffer
}

function field(path: string, use: FieldRead['use']): FieldRead {
  return { path, shape: 'value', use }
}

const OTLP_FIELDS: readonly FieldRead[] = [
  field('/resource/service.name', 'decides'),
  field('/resource/service.namespace', 'decides'),
  field('/resource/deployment.environment.name', 'decides'),
  field('/attributes/user.id', 'decides'),
  field('/attributes/gen_ai.operation.name', 'decides'),
  field('/eventName', 'decides'),
  field('/timeUnixNano', 'reads'),
  field('/attributes/gen_ai.usage.input_tokens', 'reads'),
  field('/attributes/gen_ai.usage.output_tokens', 'reads'),
]
const JSON_FIELDS: readonly FieldRead[] = [
  field('/call_type', 'decides'),
  field('/metadata/user_api_key_hash', 'decides'),
  field('/metadata/user_api_key_alias', 'decides'),
  field('/metadata/user_api_key_org_id', 'decides'),
  field('/end_user', 'decides'),
  field('/requester_ip_address', 'presence'),
  field('/startTime', 'reads'),
  field('/prompt_tokens', 'reads'),
  field('/completion_tokens', 'reads'),
]

const CASES: readonly Case[] = [
  {
    encoding: 'otlp_proto',
    goal: 8,
    messages: MESSAGES.batch,
    events_per_message: RECORDS,
    fields: OTLP_FIELDS,
    next(load) {
      const next = createBatches(load, RECORDS)
      return () => encodeLogs(next())
    },
    add: addToOtlpProto,
  },
  {
    encoding: 'otlp_json',
    goal: 2,
    messages: MESSAGES.batch,
    events_per_message: RECORDS,
    fields: OTLP_FIELDS,
    next(load) {
      const next = createBatches(load, RECORDS)
      return () => Buffer.from(otlpJson(next()))
    },
    add: addToOtlpJson,
  },
  {
    encoding: 'json',
    goal: 2,
    messages: MESSAGES.single,
    events_per_message: 1,
    fields: JSON_FIELDS,
    next: (load) => {
      const next = createCalls(load)
      return () => Buffer.from(next())
    },
    add: addToJson,
  },
]

/** `only`: a piece of the names of the rows that are wanted. */
export async function rows(only = ''): Promise<readonly Row[]> {
  const found: Row[] = []
  for (const each of CASES) {
    for (const prompt of PROMPT_KINDS) {
      const name = `format ${each.encoding}, prompt ${prompt}`
      if (!name.includes(only)) continue
      const next = each.next({ seed: 1, identities: 1_000, exponent: 1.1, prompt })
      found.push(contest(name, each, Array.from({ length: each.messages }, next)))
      // Between rows others may run.
      await new Promise(setImmediate)
    }
  }
  return found
}

/** The same six attributes as the plain way adds. */
const DECISION: AttributionRecord = {
  outcome: RECORD.outcome,
  owner: { id: 'team:team-1', team: 'team-1' },
  revision: 0,
  method: 'credential',
  evidence: 'api_key=litellm/5f3a9c0e7b1d4a26',
}

function contest(row: string, each: Case, messages: readonly Buffer[]): Row {
  const format = formatOf(each.encoding, each.fields)
  const input = inputOf(messages)
  const fragments: (Fragment | undefined)[] = []
  const events = messages.length * each.events_per_message
  return measure({
    row,
    unit: 'events/s',
    goal: each.goal,
    ours() {
      attributeAll(format, input, fragments)
      return events
    },
    baseline() {
      for (const message of messages) each.add(message)
      return events
    },
  })
}

function attributeAll(format: Format, input: ScanInput, fragments: (Fragment | undefined)[]): void {
  const view = format.scan(input)
  for (let event = 0; event < view.event_count; event++) {
    view.write(event, (fragments[view.identity(event)] ??= format.fragment(DECISION)))
  }
  for (let message = 0; message < input.count; message++) {
    if (view.failure(message) !== undefined) throw new Error(`message ${message} cannot be read`)
    format.splice(view, message, `bench/calls/0/${message}`, '1795089600000')
  }
  format.hold()()
}

function inputOf(messages: readonly Buffer[]): ScanInput {
  let end = 0
  const value_ends = Int32Array.from(messages, (message) => (end += message.length))
  const value_starts = Int32Array.from(
    messages,
    (message, index) => value_ends[index]! - message.length,
  )
  return { count: messages.length, bytes: Buffer.concat(messages), value_starts, value_ends }
}

if (import.meta.main) process.stdout.write(`${table(await rows(process.argv[2]))}\n`)
