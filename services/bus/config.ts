import { Type } from 'typebox'

/**
 * How to reach a Kafka cluster: keys, defaults and limits, with the names of the Collector's Kafka components. The same
 * section stands in every receiver and exporter that speaks to a broker.
 */

const MS_PER_MINUTE = 60_000
/** 1 to 65535. */
const PORT = '(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])'
/** `host:port`; an IPv6 host stands in brackets. */
const BROKER = `(?:[^\\s,:/\\[\\]]+|\\[[0-9A-Fa-f:.]+\\]):${PORT}`

const OauthBearer = Type.Object(
  {
    token_file: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the token; read again for every connection.',
      }),
    ),
    token: Type.Optional(
      Type.String({ minLength: 1, secret: true, description: 'The token itself.' }),
    ),
    token_endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://',
        expects: 'a URL that begins with https:// or http://',
        description: 'OAuth 2.0 token endpoint; asked with `client_id` and `client_secret`.',
      }),
    ),
    client_id: Type.Optional(Type.String({ minLength: 1, description: 'OAuth client.' })),
    client_secret: Type.Optional(
      Type.String({ minLength: 1, secret: true, description: 'Secret of the OAuth client.' }),
    ),
    scope: Type.Optional(Type.String({ minLength: 1, description: 'Scope to ask for.' })),
  },
  {
    additionalProperties: false,
    description:
      'Where the token of OAUTHBEARER comes from: one of `token_file`, `token`, `token_endpoint`.',
  },
)

const Sasl = Type.Object(
  {
    mechanism: Type.Union(
      [
        Type.Literal('PLAIN'),
        Type.Literal('SCRAM-SHA-256'),
        Type.Literal('SCRAM-SHA-512'),
        Type.Literal('OAUTHBEARER'),
      ],
      { description: 'SASL mechanism.' },
    ),
    username: Type.Optional(Type.String({ description: 'User of PLAIN and SCRAM.' })),
    password: Type.Optional(
      Type.String({ secret: true, description: 'Password of PLAIN and SCRAM.' }),
    ),
    oauthbearer: Type.Optional(OauthBearer),
  },
  { additionalProperties: false, description: 'SASL authentication.' },
)

const Tls = Type.Object(
  {
    insecure: Type.Boolean({
      default: false,
      description: 'True turns TLS off, as if the section were not there.',
    }),
    ca_file: Type.Optional(
      Type.String({
        description: 'PEM file of the certificate authorities; without it those of the system.',
      }),
    ),
    cert_file: Type.Optional(
      Type.String({ description: 'PEM file of the client certificate (mTLS).' }),
    ),
    key_file: Type.Optional(Type.String({ description: 'PEM file of its private key.' })),
    server_name_override: Type.Optional(
      Type.String({
        description: 'Name that the certificate of the broker must bear, if not its host name.',
      }),
    ),
    insecure_skip_verify: Type.Boolean({
      default: false,
      description: 'Accept any certificate. Only for trying things out.',
    }),
  },
  { additionalProperties: false, description: 'TLS; the section being there turns it on.' },
)

export type ConnectionConfig = Type.Static<typeof ConnectionConfig>
export const ConnectionConfig = Type.Object(
  {
    brokers: Type.Array(
      Type.String({
        pattern: `^${BROKER}(?:\\s*,\\s*${BROKER})*$`,
        maxLength: 4_096,
        expects: 'host:port with a port from 1 to 65535, or several with commas between',
        description: '`host:port` of a broker, or of several with commas between.',
      }),
      {
        minItems: 1,
        maxItems: 64,
        default: ['localhost:9092'],
        description:
          'Brokers to ask for the others. An entry may name several, with commas between.',
      },
    ),
    client: Type.Union([Type.Literal('kafkajs'), Type.Literal('direct')], {
      default: 'kafkajs',
      description:
        'Who reads and writes messages: `kafkajs` all by itself, or `direct`, our own Fetch and Produce on its connections.',
    }),
    client_id: Type.String({
      minLength: 1,
      maxLength: 128,
      default: 'whosecall',
      description: 'Name in the logs and quotas of the broker.',
    }),
    auth: Type.Optional(
      Type.Object(
        { sasl: Type.Optional(Sasl) },
        { additionalProperties: false, description: 'Authentication; none without it.' },
      ),
    ),
    tls: Type.Optional(Tls),
    connect_timeout_ms: Type.Integer({
      unit: 'ms',
      minimum: 100,
      maximum: MS_PER_MINUTE,
      default: 3_000,
      description: 'Longest wait for a connection.',
    }),
    request_timeout_ms: Type.Integer({
      unit: 'ms',
      minimum: 1_000,
      maximum: 5 * MS_PER_MINUTE,
      default: 30_000,
      description: 'Longest wait for an answer.',
    }),
  },
  { additionalProperties: false, description: 'Connection to a Kafka cluster.' },
)

/** The brokers one by one: an entry that came from one environment variable may name several. */
export function brokersOf(config: Pick<ConnectionConfig, 'brokers'>): readonly string[] {
  return config.brokers.flatMap((entry) => entry.split(',').map((broker) => broker.trim()))
}

/** What an operator must have forgotten, beyond what the schema can say: pairs of path and message. */
export function connectionProblems(
  config: ConnectionConfig,
): readonly { readonly path: string; readonly message: string }[] {
  const problems: { readonly path: string; readonly message: string }[] = []
  const add = (path: string, message: string): void => void problems.push({ path, message })
  const sasl = config.auth?.sasl
  if (sasl !== undefined && sasl.mechanism !== 'OAUTHBEARER') {
    for (const key of ['username', 'password'] as const) {
      if (!sasl[key]) add(`auth.sasl.${key}`, `${sasl.mechanism} needs a ${key}`)
    }
  }
  if (sasl?.mechanism === 'OAUTHBEARER') {
    const { token_file, token, token_endpoint, client_id, client_secret } = sasl.oauthbearer ?? {}
    const given = [token_file, token, token_endpoint].filter((each) => each !== undefined)
    if (given.length !== 1) {
      add('auth.sasl.oauthbearer', 'one of token_file, token and token_endpoint is needed')
    }
    if (token_endpoint !== undefined && !(client_id && client_secret)) {
      add('auth.sasl.oauthbearer', 'token_endpoint needs client_id and client_secret')
    }
    if (token_endpoint !== undefined && !isEndpoint(token_endpoint)) {
      add('auth.sasl.oauthbearer.token_endpoint', 'expected a URL without user and password')
    }
  }
  if ((config.tls?.cert_file === undefined) !== (config.tls?.key_file === undefined)) {
    add('tls', 'cert_file and key_file go together')
  }
  return problems
}

/** Requests are made only to URLs without credentials. */
function isEndpoint(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.username === '' && url.password === ''
}
