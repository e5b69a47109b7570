import { KEY_KINDS } from '#/core/words.ts'
import type { KeyKind } from '#/core/words.ts'

import type { Row } from '../bindings.ts'

/**
 * `POST /v1/owners:batchLookup`: the contract between workers and any directory. The reply has the length and order of
 * the request and a status per key, so one key that cannot be looked up does not spoil the others. It carries all
 * bindings of a key, whatever their interval: one answer serves calls of every date.
 */

export const BATCH_LOOKUP_PATH = '/v1/owners:batchLookup'
export const BATCH_KEYS_MAX = 1000
/** In characters, as in the owner file. */
export const KEY_LENGTH_MAX = 4096

export interface BatchRequest {
  readonly tenant?: string
  readonly keys: readonly BatchKey[]
}
export interface BatchKey {
  readonly kind: KeyKind
  readonly value: string
  /** Only bindings that hold at this instant (RFC 3339). */
  readonly as_of?: string
}

export interface BatchResponse {
  readonly results: readonly BatchResult[]
}
export interface BatchResult {
  /** `error`: this key could not be looked up; it says nothing about its owner. */
  readonly status: 'found' | 'not_found' | 'error'
  /** Rows as in the owner file. Not empty when `found`. */
  readonly versions?: readonly Row[]
  /** Revision of the directory. */
  readonly rev?: string
  readonly ttl_s?: number
  readonly negative_ttl_s?: number
  /** For people, with `error`. */
  readonly message?: string
}

const text = { type: 'string', maxLength: 4096 } as const

export const batch_request_schema = {
  type: 'object',
  required: ['keys'],
  additionalProperties: false,
  properties: {
    tenant: { type: 'string', minLength: 1, maxLength: 256 },
    keys: {
      type: 'array',
      maxItems: BATCH_KEYS_MAX,
      items: {
        type: 'object',
        required: ['kind', 'value'],
        additionalProperties: false,
        properties: {
          kind: { type: 'string', minLength: 1, maxLength: 64 },
          value: { type: 'string', minLength: 1, maxLength: KEY_LENGTH_MAX },
          as_of: { type: 'string', maxLength: 64 },
        },
      },
    },
  },
} as const

/** Members that a newer directory adds are let through. */
export const batch_response_schema = {
  type: 'object',
  required: ['results'],
  properties: {
    results: {
      type: 'array',
      maxItems: BATCH_KEYS_MAX,
      items: {
        type: 'object',
        required: ['status'],
        properties: {
          status: { enum: ['found', 'not_found', 'error'] },
          versions: { type: 'array', maxItems: 1000, items: { type: 'object' } },
          rev: { type: 'string', minLength: 1, maxLength: 256 },
          ttl_s: { type: 'number', minimum: 0 },
          negative_ttl_s: { type: 'number', minimum: 0 },
          message: text,
        },
      },
    },
  },
} as const

export function isKeyKind(kind: string): kind is KeyKind {
  return (KEY_KINDS as readonly string[]).includes(kind)
}
