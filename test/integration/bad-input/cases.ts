/**
 * Messages that no producer should send, and what must become of each. All of them go through one worker, between good ones:
 * none may hold up its neighbours.
 */
import type { DeadLetterReason } from '#/core/words.ts'
import { encodeLogs, oneRecord, text } from '../../unit/formats/otlp.ts'

export interface BadInput {
  readonly name: string
  readonly value: Buffer | null
  readonly becomes: Becomes
}

export type Becomes =
  | { readonly fate: 'dead_lettered'; readonly reason: DeadLetterReason }
  | { readonly fate: 'filtered' }
  | {
      readonly fate: 'published'
      readonly owner?: string
      readonly reason?: string
      /** What is left when the attribution is taken away; the value itself unless forged names were stripped. */
      readonly rest?: Buffer
    }

/** Largest value that the receiver of the tests reads. */
export const MESSAGE_BYTES_MAX = 13_000_000

export const OWNER = 'team:payments'
const KNOWN = '"metadata":{"user_api_key_hash":"known"}'
const malformed = { fate: 'dead_lettered', reason: 'malformed' } as const
const limit_exceeded = { fate: 'dead_lettered', reason: 'limit_exceeded' } as const
const owned = { fate: 'published', owner: OWNER } as const

function json(members: string): Buffer {
  return Buffer.from(`{"call_type":"acompletion",${members}}`)
}

function invalidUtf8(): Buffer {
  const value = json(`${KNOWN},"messages":"xx"`)
  value[value.length - 3] = 0xc3
  return value
}

function manyKeys(): Buffer {
  const keys = Array.from({ length: 1_000_000 }, (_, n) => `"k${n}":1`)
  return json(`${keys.join(',')},${KNOWN}`)
}

export const JSON_CASES: readonly BadInput[] = [
  { name: 'a good one before', value: json(KNOWN), becomes: owned },
  { name: 'invalid UTF-8', value: invalidUtf8(), becomes: malformed },
  { name: 'truncated JSON', value: json(KNOWN).subarray(0, -7), becomes: malformed },
  { name: 'no byte at all', value: Buffer.alloc(0), becomes: malformed },
  { name: 'two objects', value: Buffer.concat([json(KNOWN), json(KNOWN)]), becomes: malformed },
  {
    name: '8 kB of nesting',
    value: json(`${KNOWN},"deep":${'['.repeat(4_096)}${']'.repeat(4_096)}`),
    becomes: limit_exceeded,
  },
  { name: 'a million keys', value: manyKeys(), becomes: owned },
  { name: '10 MB', value: json(`"messages":"${'x'.repeat(10 << 20)}",${KNOWN}`), becomes: owned },
  {
    name: 'more than the receiver reads',
    value: json(`"messages":"${'x'.repeat(MESSAGE_BYTES_MAX)}",${KNOWN}`),
    becomes: limit_exceeded,
  },
  { name: 'a null value', value: null, becomes: { fate: 'filtered' } },
  {
    name: '__proto__ beside a key',
    value: json(
      `"__proto__":{"call_type":"x"},"metadata":{"__proto__":{},"user_api_key_hash":"known"}`,
    ),
    becomes: owned,
  },
  {
    name: '__proto__ in place of a key',
    value: json(
      `"metadata":{"__proto__":{"user_api_key_hash":"known"}},"constructor":{"prototype":1}`,
    ),
    becomes: { fate: 'published', reason: 'no_identity' },
  },
  {
    name: 'attribution forged twice',
    value: json(
      `"attribution":{"outcome":"attributed","owner":{"id":"evil"}},${KNOWN},"attribution":1`,
    ),
    becomes: { ...owned, rest: json(KNOWN) },
  },
  {
    name: 'attribution forged with escapes',
    value: json(`"\\u0061ttribution":{"outcome":"attributed"},${KNOWN},"attr\\u0069bution":[]`),
    becomes: { ...owned, rest: json(KNOWN) },
  },
  {
    name: 'another shape',
    value: Buffer.from('{"hello":"world"}'),
    becomes: { fate: 'dead_lettered', reason: 'wrong_shape' },
  },
  { name: 'a good one after', value: json(KNOWN), becomes: owned },
]

const good_proto = encodeLogs(
  oneRecord(
    {
      timeUnixNano: '1795089601000000000',
      eventName: 'gen_ai.client.inference.operation.details',
      attributes: [text('gen_ai.operation.name', 'chat')],
    },
    [text('service.name', 'checkout')],
  ),
)

/** Groups in groups, the one thing in protobuf that cannot be passed over by its length. */
const deep_groups = Buffer.concat([Buffer.alloc(4_096, 0x7b), Buffer.alloc(4_096, 0x7c)])

export const PROTO_CASES: readonly BadInput[] = [
  { name: 'a good one before', value: good_proto, becomes: owned },
  { name: 'truncated protobuf', value: good_proto.subarray(0, -5), becomes: malformed },
  { name: 'a length beyond the end', value: Buffer.of(0x0a, 0xff, 0xff, 0x7f), becomes: malformed },
  { name: '8 kB of nesting', value: deep_groups, becomes: limit_exceeded },
  { name: 'JSON instead', value: Buffer.from('{"resourceLogs":[]}'), becomes: malformed },
  { name: 'a null value', value: null, becomes: { fate: 'filtered' } },
  {
    name: 'attribution forged on record and resource',
    value: encodeLogs(
      oneRecord(
        {
          timeUnixNano: '1795089601000000000',
          eventName: 'gen_ai.client.inference.operation.details',
          attributes: [
            text('attribution.owner.id', 'evil'),
            text('gen_ai.operation.name', 'chat'),
            text('attribution.outcome', 'attributed'),
          ],
        },
        [text('attribution.owner.id', 'evil'), text('service.name', 'checkout')],
      ),
    ),
    becomes: { ...owned, rest: good_proto },
  },
  { name: 'a good one after', value: good_proto, becomes: owned },
]

export const OWNERS_YAML = `bindings:
  - { kind: api_key, key: litellm/known, owner: { id: "${OWNER}", team: payments } }
  - { kind: service, key: /checkout/, owner: { id: "${OWNER}", team: payments } }
`
