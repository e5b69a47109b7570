import { readFile } from 'node:fs/promises'
import kafkajs, { type AuthenticationProviderArgs, type Mechanism } from 'kafkajs'
import { messageOf } from '#/core/errors.ts'
import type { ConnectionConfig } from '../config.ts'

/**
 * SASL OAUTHBEARER (RFC 7628). kafkajs has it, but takes a refusal for success: the broker refuses with a challenge, which it
 * does not read. A token is fetched anew for every connection, as tokens expire; none ever stands in an error.
 */

type OauthConfig = NonNullable<
  NonNullable<NonNullable<ConnectionConfig['auth']>['sasl']>['oauthbearer']
>

const TOKEN_BYTES_MAX = 64 * 1024
const SEPARATOR = '\u0001'

export function oauthMechanism(oauth: OauthConfig, timeout_ms: number): Mechanism {
  return {
    mechanism: 'OAUTHBEARER',
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: () => authenticate(oauth, timeout_ms, saslAuthenticate),
    }),
  }
}

async function authenticate(
  oauth: OauthConfig,
  timeout_ms: number,
  saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
): Promise<void> {
  const token = await readToken(oauth, timeout_ms).catch((error: unknown) => {
    // Whoever hands out tokens may be away for a while, so this is worth another attempt.
    throw new kafkajs.KafkaJSError(`no token for OAUTHBEARER: ${messageOf(error)}`, {
      retriable: true,
    })
  })
  const exchange = (message: string): Promise<Buffer | void> =>
    saslAuthenticate<Buffer>({
      request: { encode: () => lengthPrefixed(Buffer.from(message)) },
      response: { decode: (raw) => raw, parse: (raw) => raw.subarray(4) },
    })
  try {
    const challenge = await exchange(`n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${SEPARATOR}`)
    if (!challenge || challenge.length === 0) return
    // The broker says why only after the client has acknowledged the refusal.
    await exchange(SEPARATOR)
    throw new Error('the token was refused')
  } catch (error) {
    const refusal = `SASL OAUTHBEARER authentication failed: ${messageOf(error)}`
    // The class of this name takes no message according to its types.
    throw Object.assign(new kafkajs.KafkaJSNonRetriableError(refusal), {
      name: 'KafkaJSSASLAuthenticationError',
    })
  }
}

function lengthPrefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

async function readToken(oauth: OauthConfig, timeout_ms: number): Promise<string> {
  if (oauth.token !== undefined) return oauth.token
  if (oauth.token_file !== undefined) {
    return (await readFile(oauth.token_file, 'utf8')).trim()
  }
  return requestToken(oauth.token_endpoint ?? '', oauth, timeout_ms)
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
  // A query may hold what is not for logs.
  const asked = endpoint.replace(/[?#].*$/s, '')
  if (!response.ok) throw new Error(`${asked} answered ${response.status}`)
  const text = await response.text()
  if (text.length > TOKEN_BYTES_MAX) throw new Error(`${asked} answered too much`)
  const token = tokenIn(text)
  if (token === undefined) throw new Error(`${asked} answered without an access_token`)
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
