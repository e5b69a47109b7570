import { createHmac } from 'node:crypto'

import { Ajv2020 } from 'ajv/dist/2020.js'

import { OWNER_FIELDS, OWNERSHIPS } from '#/core/owners.ts'
import type { Binding, Key, Owner, Ownership } from '#/core/owners.ts'

import type { Stored } from '../tier.ts'

/**
 * Keys and values in Redis. Keys are keyed fingerprints, so that a dump of Redis does not list who calls models. Values
 * are compact JSON and carry when the directory was asked. Whatever else is found there is a miss.
 */

/** Changes when values change in a way that older workers would misread. */
const PREFIX = 'wc:v1:'
/** A value is a few hundred bytes; what is larger is not ours. */
const VALUE_LENGTH_MAX = 262_144

export type RedisKeyOf = (key: Key) => string

export function createRedisKeyOf(secret: string, tenant: string | undefined): RedisKeyOf {
  // Tenants may share a Redis and a secret, never an answer. No normal form contains a line feed.
  const scope = tenant === undefined ? '' : `${tenant}\n`
  return (key) => {
    const fingerprint = createHmac('sha256', secret).update(`${scope}${key.value}`)
    return `${PREFIX}${key.kind}:${fingerprint.digest('base64url')}`
  }
}

/** Interval ends that are open are `null`; the key is left out where it is the one that was asked for. */
interface Value {
  /** Epoch milliseconds at which the directory was asked. */
  readonly f: number
  /** Revision of the directory. */
  readonly r?: string
  /** How long the directory says that the answer is fresh. */
  readonly t?: number
  readonly b: readonly ValueBinding[]
}
interface ValueBinding {
  readonly i: string
  readonly k?: string
  readonly s: Ownership
  readonly o?: Owner
  readonly v: readonly [from_ms: number | null, to_ms: number | null]
}

const word = { type: 'string', minLength: 1 }
const isValue = new Ajv2020({ allowUnionTypes: true }).compile<Value>({
  type: 'object',
  required: ['f', 'b'],
  additionalProperties: false,
  properties: {
    f: { type: 'number' },
    r: word,
    t: { type: 'number', minimum: 0 },
    b: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['i', 's', 'v'],
        additionalProperties: false,
        properties: {
          i: word,
          k: word,
          s: { enum: OWNERSHIPS },
          o: {
            type: 'object',
            required: ['id'],
            additionalProperties: false,
            properties: Object.fromEntries(['id', ...OWNER_FIELDS].map((name) => [name, word])),
          },
          v: {
            type: 'array',
            prefixItems: [{ type: ['number', 'null'] }, { type: ['number', 'null'] }],
            minItems: 2,
            items: false,
          },
        },
        if: { properties: { s: { const: 'owned' } } },
        then: { required: ['o'] },
        else: { properties: { o: false } },
      },
    },
  },
})

export function encodeValue(key: Key, stored: Stored): string {
  const value: Value = {
    f: stored.fetched_at_ms,
    ...(stored.revision === undefined ? {} : { r: stored.revision }),
    ...(stored.ttl_ms === undefined ? {} : { t: stored.ttl_ms }),
    b: stored.bindings.map((binding) => ({
      i: binding.id,
      ...(binding.key.value === key.value ? {} : { k: binding.key.value }),
      s: binding.ownership,
      ...(binding.owner === undefined ? {} : { o: binding.owner }),
      v: [finite(binding.valid_from_ms), finite(binding.valid_to_ms)],
    })),
  }
  return JSON.stringify(value)
}

/** `undefined` for anything that `encodeValue` of this version did not write. Never throws. */
export function decodeValue(key: Key, text: string): Stored | undefined {
  if (text.length > VALUE_LENGTH_MAX) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isValue(value)) return undefined
  return {
    fetched_at_ms: value.f,
    ...(value.r === undefined ? {} : { revision: value.r }),
    ...(value.t === undefined ? {} : { ttl_ms: value.t }),
    bindings: value.b.map((binding) => decodeBinding(key, binding)),
  }
}

function decodeBinding(key: Key, { i, k, s, o, v }: ValueBinding): Binding {
  return {
    id: i,
    key: k === undefined ? key : { kind: key.kind, value: k },
    ownership: s,
    ...(o === undefined ? {} : { owner: o }),
    valid_from_ms: v[0] ?? -Infinity,
    valid_to_ms: v[1] ?? Infinity,
  }
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null
}
