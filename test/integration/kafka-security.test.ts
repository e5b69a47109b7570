import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { TestContext } from 'node:test'
import type { ConnectionConfig } from '#/bus/config.ts'
import { connectTo } from '#/bus/kafka.ts'
import { WhosecallError } from '#/core/errors.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import { createTopic, readTopic, securedStack, uniqueName } from '../stack/tools.ts'
import { eachClient, type KafkaClient } from '../contract/each-client.ts'
import { deadline, outgoing } from '../contract/bus-harness.ts'
import { createRecorder, values } from '../contract/bus-recorder.ts'

/** Every way to log in that the config offers, on a broker that checks, once through the whole client. */

type Sasl = NonNullable<NonNullable<ConnectionConfig['auth']>['sasl']>

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  eachClient(`${mechanism}: a message goes in and out`, async (t, client) => {
    const { sasl } = await securedStack()
    const { username, password } = sasl
    await goesInAndOut(t, login(client, sasl.brokers, { mechanism, username, password }))
  })

  eachClient(
    `${mechanism}: a wrong password is refused at once, and stands in no error`,
    async (_, client) => {
      const { sasl } = await securedStack()
      const password = 'not-the-password'
      const connection = login(client, sasl.brokers, {
        mechanism,
        username: sasl.username,
        password,
      })
      const ports = testPorts()
      const bus = connectTo(connection, ports)
      const start = performance.now()
      const error = await failureOf(bus.producer().start())
      assert.ok(performance.now() - start < 5_000, 'it was not tried again for long')
      assert.equal(error.code, 'dependency_unreachable')
      assert.match(error.message, new RegExp(`${sasl.brokers}.*refused the login of "alice"`))
      assert.doesNotMatch(JSON.stringify([error.message, error.stack, ports.lines]), /not-the-pass/)
    },
  )
}

eachClient('a wrong password stops a consumer at its start, too', async (_, client) => {
  const { sasl } = await securedStack()
  const connection = login(client, sasl.brokers, {
    mechanism: 'PLAIN',
    username: 'alice',
    password: 'no',
  })
  const consumer = connectTo(connection, testPorts()).consumer({
    group_id: uniqueName('group'),
    topics: ['any'],
    initial_offset: 'earliest',
    handler: createRecorder(),
  })
  assert.match(
    (await failureOf(consumer.start())).message,
    /refused the login of "alice" \(PLAIN\)/,
  )
})

eachClient('OAUTHBEARER: the token stands in a file', async (t, client) => {
  const { sasl } = await securedStack()
  const token_file = join(tmpdir(), `${uniqueName('token')}.jwt`)
  await writeFile(token_file, `${unsecuredToken()}\n`, { mode: 0o600 })
  await goesInAndOut(
    t,
    login(client, sasl.brokers, { mechanism: 'OAUTHBEARER', oauthbearer: { token_file } }),
  )
})

eachClient(
  'OAUTHBEARER: the token comes from an endpoint that is asked with the client credentials',
  async (t, client) => {
    const { sasl } = await securedStack()
    const asked: string[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += String(chunk)))
      request.on('end', () => {
        asked.push(`${request.headers.authorization} ${body}`)
        response.end(JSON.stringify({ access_token: unsecuredToken(), expires_in: 60 }))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const oauthbearer = {
      token_endpoint: `http://127.0.0.1:${port}/token`,
      client_id: 'me',
      client_secret: 'very secret',
      scope: 'kafka',
    }
    await goesInAndOut(t, login(client, sasl.brokers, { mechanism: 'OAUTHBEARER', oauthbearer }))
    const basic = Buffer.from('me:very%20secret').toString('base64')
    assert.equal(asked[0], `Basic ${basic} grant_type=client_credentials&scope=kafka`)
  },
)

eachClient('OAUTHBEARER: a token that the broker refuses is a clear error', async (_, client) => {
  const { sasl } = await securedStack()
  const token = unsecuredToken(Date.now() / 1000 - 3600)
  const connection = login(client, sasl.brokers, {
    mechanism: 'OAUTHBEARER',
    oauthbearer: { token },
  })
  const error = await failureOf(connectTo(connection, testPorts()).admin().start())
  assert.equal(error.code, 'dependency_unreachable')
  assert.ok(!error.message.includes(token))
})

eachClient('TLS: a message goes in and out', async (t, client) => {
  const { tls } = await securedStack()
  await goesInAndOut(t, secure(client, tls.brokers, { ca_file: tls.ca_file }))
})

eachClient('TLS: the name in the certificate can be said', async (_, client) => {
  const { tls } = await securedStack()
  const right = secure(client, tls.brokers, {
    ca_file: tls.ca_file,
    server_name_override: 'localhost',
  })
  const admin = await connectTo(right, testPorts()).admin().start()
  await admin.stop(deadline())
  const wrong = secure(client, tls.brokers, {
    ca_file: tls.ca_file,
    server_name_override: 'elsewhere',
  })
  const error = await failureOf(connectTo(wrong, testPorts()).admin().start())
  assert.match(error.message, /elsewhere/)
})

eachClient(
  'TLS: an unknown authority is refused, unless verification is skipped',
  async (_, client) => {
    const { tls } = await securedStack()
    const connection = secure(client, tls.brokers, { ca_file: tls.stranger.ca_file })
    const error = await failureOf(connectTo(connection, testPorts()).admin().start())
    assert.equal(error.code, 'dependency_unreachable')
    assert.match(error.message, /certificate/)
    const skipping = secure(client, tls.brokers, { insecure_skip_verify: true })
    const admin = await connectTo(skipping, testPorts()).admin().start()
    await admin.stop(deadline())
  },
)

eachClient('mTLS: a message goes in and out with a client certificate', async (t, client) => {
  const { tls } = await securedStack()
  const { ca_file, cert_file, key_file } = tls
  await goesInAndOut(t, secure(client, tls.mtls_brokers, { ca_file, cert_file, key_file }))
})

eachClient(
  'mTLS: without a certificate, or with that of a stranger, the broker refuses',
  async (_, client) => {
    const { tls } = await securedStack()
    const { cert_file, key_file } = tls.stranger
    for (const own of [{}, { cert_file, key_file }]) {
      const connection = secure(client, tls.mtls_brokers, { ca_file: tls.ca_file, ...own })
      const error = await failureOf(connectTo(connection, testPorts()).admin().start())
      assert.equal(error.code, 'dependency_unreachable')
    }
  },
)

eachClient('SASL over TLS: a message goes in and out', async (t, client) => {
  const { sasl, tls } = await securedStack()
  const { username, password } = sasl
  await goesInAndOut(t, {
    ...login(client, sasl.tls_brokers, { mechanism: 'SCRAM-SHA-512', username, password }),
    tls: { ca_file: tls.ca_file, insecure: false, insecure_skip_verify: false },
  })
})

eachClient(
  'a certificate file that is not there is a config error that names it',
  async (_, client) => {
    const connection = secure(client, '127.0.0.1:9', { ca_file: '/no/such/ca.pem' })
    const error = await failureOf(connectTo(connection, testPorts()).admin().start())
    assert.equal(error.code, 'config_invalid')
    assert.match(error.message, /tls\.ca_file.*\/no\/such\/ca\.pem/)
  },
)

async function goesInAndOut(t: TestContext, connection: ConnectionConfig): Promise<void> {
  const { brokers } = await securedStack()
  const topic = await createTopic(t, { brokers })
  const bus = connectTo(connection, testPorts())
  const producer = await bus.producer().start()
  t.after(() => producer.stop(deadline()))
  const sent = await producer.value.send([outgoing(topic, { value: 'hello' })])
  assert.deepEqual(sent, { type: 'delivered' })
  assert.equal((await readTopic(topic, { brokers }))[0]?.value?.toString(), 'hello')
  const recorder = createRecorder()
  const consumer = await bus
    .consumer({
      group_id: uniqueName('group'),
      topics: [topic],
      initial_offset: 'earliest',
      handler: recorder,
    })
    .start()
  t.after(() => consumer.stop(deadline()))
  await recorder.until(() => recorder.messages.length === 1)
  assert.deepEqual(values(recorder.messages), ['hello'])
}

async function failureOf(starting: Promise<unknown>): Promise<WhosecallError> {
  try {
    await starting
  } catch (error) {
    assert.ok(error instanceof WhosecallError)
    return error
  }
  throw new Error('it started')
}

function login(client: KafkaClient, brokers: string, sasl: Sasl): ConnectionConfig {
  return connectionOf(brokers, { client, auth: { sasl } })
}

function secure(
  client: KafkaClient,
  brokers: string,
  tls: Partial<NonNullable<ConnectionConfig['tls']>>,
): ConnectionConfig {
  return connectionOf(brokers, {
    client,
    tls: { insecure: false, insecure_skip_verify: false, ...tls },
  })
}

/** A token without a signature, as the test broker takes it. */
function unsecuredToken(expires_at_s = Date.now() / 1000 + 3600): string {
  const part = (of: object): string => Buffer.from(JSON.stringify(of)).toString('base64url')
  const claims = {
    sub: 'alice',
    iat: Math.floor(Date.now() / 1000) - 60,
    exp: Math.floor(expires_at_s),
  }
  return `${part({ alg: 'none' })}.${part(claims)}.`
}
