import type { Mechanism, SASLOptions } from 'kafkajs'
import type { ConnectionConfig } from '../config.ts'
import { oauthMechanism } from './oauthbearer.ts'

/** SASL options of kafkajs from the config. */
export function saslOptions(
  sasl: NonNullable<NonNullable<ConnectionConfig['auth']>['sasl']>,
  timeout_ms: number,
): SASLOptions | Mechanism {
  const { mechanism, username = '', password = '' } = sasl
  if (mechanism === 'PLAIN') return { mechanism: 'plain', username, password }
  if (mechanism === 'SCRAM-SHA-256') return { mechanism: 'scram-sha-256', username, password }
  if (mechanism === 'SCRAM-SHA-512') return { mechanism: 'scram-sha-512', username, password }
  return oauthMechanism(sasl.oauthbearer ?? {}, timeout_ms)
}
