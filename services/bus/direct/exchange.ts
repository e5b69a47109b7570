import type { Broker, Connection } from './cluster.ts'

/**
 * One request and its response, over a connection of kafkajs: it gives the correlation id, waits for the answer no longer than
 * it should, and fails what is under way when the connection ends. The request is written in one go and never copied.
 */

export interface Request {
  readonly api: Api
  readonly version: number
  /** Behind the header, in order. They stay as they are until the answer. */
  readonly body: readonly Buffer[]
  /** Of all the body. */
  readonly bytes: number
  /** How long the broker may take beyond what is usual. */
  readonly wait_ms: number
}

export interface Api {
  readonly key: number
  readonly name: string
  /** Which connection to a broker: a fetch that waits would hold up all behind it. */
  readonly connection: 0 | 1
  readonly version_min: number
  readonly version_max: number
}

export const FETCH: Api = { key: 1, name: 'Fetch', connection: 1, version_min: 4, version_max: 11 }
export const PRODUCE: Api = {
  key: 0,
  name: 'Produce',
  connection: 0,
  version_min: 3,
  version_max: 7,
}

/** A fetch waits that much longer for its answer than the broker for messages. */
export const NETWORK_MS = 5_000

export interface Answer {
  /** Behind the correlation id. */
  readonly payload: Buffer
  readonly connection: Connection
}

/** The highest version that both sides speak. */
export function versionOf(broker: Broker, api: Api): number {
  const theirs = broker.versions?.[api.key]?.maxVersion ?? api.version_min
  if (theirs < api.version_min) throw new Error('brokers before Kafka 0.11 are not supported')
  return Math.min(theirs, api.version_max)
}

export async function exchange(broker: Broker, request: Request): Promise<Answer> {
  const { api, version: apiVersion, body, wait_ms } = request
  const connection = await broker.connectionPool.getConnection(api.connection)
  if (!connection.isAuthenticated()) await connection.authenticate()
  connection.failIfNotConnected()
  const correlationId = connection.nextCorrelationId()
  const header = headerOf(request, correlationId, connection.clientId)
  try {
    const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
      const entry = {
        apiKey: api.key,
        apiName: api.name,
        apiVersion,
        correlationId,
        resolve,
        reject,
      }
      connection.requestQueue.push({
        entry,
        expectResponse: true,
        requestTimeout: wait_ms === 0 ? null : wait_ms + NETWORK_MS,
        sendRequest() {
          const { socket } = connection
          socket.cork()
          socket.write(header)
          for (const part of body) socket.write(part)
          socket.uncork()
        },
      })
    })
    return { payload, connection }
  } catch (error) {
    // As kafkajs does it: its pool would go on with a connection that is no more.
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError')
      await broker.disconnect()
    throw error
  }
}

/**
 * Ends a connection so that the next request opens it anew. kafkajs keeps one object for all its sockets, and would take the end of
 * the old one, which comes later, for that of the new one.
 */
export async function closeConnection(connection: Connection): Promise<void> {
  const { socket } = connection
  for (const event of ['end', 'error', 'timeout']) socket.removeAllListeners(event)
  socket.on('error', () => {})
  await connection.disconnect()
  socket.destroy()
}

/** Length, API key, version, correlation id, client id. */
function headerOf({ api, version, bytes }: Request, correlation: number, client: string): Buffer {
  const name = Buffer.from(client)
  const header = Buffer.allocUnsafe(14 + name.length)
  header.writeInt32BE(header.length - 4 + bytes, 0)
  header.writeInt16BE(api.key, 4)
  header.writeInt16BE(version, 6)
  header.writeInt32BE(correlation, 8)
  header.writeInt16BE(name.length, 12)
  name.copy(header, 14)
  return header
}
