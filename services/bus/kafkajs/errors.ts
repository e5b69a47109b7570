import { messageOf, WhosecallError } from '#/core/errors.ts'
import { brokersOf, type ConnectionConfig } from '../config.ts'

/**
 * What an error of kafkajs means to us. kafkajs wraps errors in "retries exceeded" and in each other; the innermost one says
 * what happened.
 */

export interface KafkaError {
  readonly name: string
  /** Protocol error, such as `MESSAGE_TOO_LARGE`. */
  readonly type: string | undefined
  readonly message: string
}

const CAUSES_MAX = 8

export function kafkaErrorOf(error: unknown): KafkaError {
  let innermost = error
  for (let i = 0; i < CAUSES_MAX; i++) {
    if (!(innermost instanceof Error) || !(innermost.cause instanceof Error)) break
    innermost = innermost.cause
  }
  const type =
    innermost instanceof Error && 'type' in innermost && typeof innermost.type === 'string'
      ? innermost.type
      : undefined
  const name = innermost instanceof Error ? innermost.name : 'Error'
  return { name, type, message: messageOf(innermost) }
}

/** An error that an operator can act on: which brokers, which user, what they said. */
export function unreachable(
  connection: ConnectionConfig,
  doing: string,
  error: unknown,
): WhosecallError {
  if (error instanceof WhosecallError) return error
  const { name, message } = kafkaErrorOf(error)
  const brokers = brokersOf(connection).join(', ')
  const sasl = connection.auth?.sasl
  if (name === 'KafkaJSSASLAuthenticationError' && sasl !== undefined) {
    const who = sasl.username === undefined ? '' : ` of "${sasl.username}"`
    return new WhosecallError(
      'dependency_unreachable',
      `${doing}: Kafka at ${brokers} refused the login${who} (${sasl.mechanism}): ${message}`,
      { cause: error },
    )
  }
  return new WhosecallError(
    'dependency_unreachable',
    `${doing}: Kafka at ${brokers} cannot be used: ${message}`,
    { cause: error },
  )
}

/** How a failed attempt to produce is to be taken. */
export type ProduceFailure =
  /** Nothing of the batch was written, because of what is in it. */
  | { readonly type: 'content'; readonly reason: 'too_large' | 'rejected' }
  /** The sequence numbers are out of step: only a new producer id helps. Nothing was written. */
  | { readonly type: 'sequence' }
  /** It may or may not have been written. */
  | { readonly type: 'indefinite' }

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
const REJECTED = new Set(['INVALID_TIMESTAMP', 'INVALID_RECORD'])
const SEQUENCE = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  // Errors that kafkajs does not know; PRODUCER_FENCED is one of them.
  'KAFKAJS_UNKNOWN_ERROR_CODE',
])

export function produceFailureOf(error: unknown): ProduceFailure {
  const { type } = kafkaErrorOf(error)
  if (type !== undefined && TOO_LARGE.has(type)) return { type: 'content', reason: 'too_large' }
  if (type !== undefined && REJECTED.has(type)) return { type: 'content', reason: 'rejected' }
  if (type !== undefined && SEQUENCE.has(type)) return { type: 'sequence' }
  return { type: 'indefinite' }
}
