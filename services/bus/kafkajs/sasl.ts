import { readFile } from 'node:fs/promises'
import type { SASLOptions } from 'kafkajs'
import { WhosecallError } from '#/core/errors.ts'
import type { ConnectionConfig } from '../config.ts'

/**
 * SASL options of kafkajs from the config. A token is fetched anew for every connection, as tokens expire; no secret ever
 * stands in an error.
 */

type SaslConfig = NonNullable<NonNullable<ConnectionConfig['auth']>['sasl']>
type OauthConfig = NonNullable<SaslConfig['oauthbearer']>

const TOKEN_BYTES_MAX = 64 * 1024

export function saslOptions(sasl: SaslConfig, timeout_ms: number): SASLOptions {
  const { mechanism, username = '', password = '' } = sasl
  if (mechanism === 'PLAIN') return { mechanism: 'plain', username, password }
  if (mechanism === 'SCRAM-SHA-256') return { mechanism: 'scram-sha-256', username, password }
  if (mechanism === 'SCRAM-SHA-512') return { mechanism: 'scram-sha-512', username, password }
  const oauth = sasl.oauthbearer ?? {}
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await readToken(oauth, timeout_ms) }),
  }
}

async function readToken(oauth: OauthConfig, timeout_ms: number): Promise<string> {
  if (oauth.token !== undefined) return oauth.token
  if (oauth.token_file !== undefined) {
    return (await readFile(oauth.token_file, 'utf8')).trim()
  }
  if (oauth.token_endpoint !== undefined) {
    return requestToken(oauth.token_endpoint, oauth, timeout_ms)
  }
  throw new WhosecallError('config_invalid', 'auth.sasl.oauthbearer names no source of a token')
}

/** The client credentials grant of OAuth 2.0 (RFC 6749, section 4.4). */
async function requestToken(
  endpoint: string,
  oauth: OauthConfig,
  timeout_ms: number,
): Promise<string> {
  const credentials = `${encodeURIComponent(oauth.client_id ?? '')}:${encodeURIComponent(oauth.client_secret ?? '')}`
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(oauth.scope === undefined ? {} : { scope: oauth.scope }),
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeout_ms),
  })
  if (!response.ok) throw new Error(`${endpoint} answered ${response.status}`)
  const text = await response.text()
  if (text.length > TOKEN_BYTES_MAX) throw new Error(`${endpoint} answered too much`)
  const token = tokenIn(text)
  if (token === undefined) throw new Error(`${endpoint} answered without an access_token`)
  return token
}

function tokenIn(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) {
      return undefined
    }
    return typeof answer.access_token === 'string' ? answer.access_token : undefined
  } catch {
    return undefined
  }
}
