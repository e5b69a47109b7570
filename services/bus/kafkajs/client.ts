import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import kafkajs, { type LogEntry } from 'kafkajs'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Clock, Logger, Ports } from '#/core/ports.ts'
import { brokersOf, connectionProblems, type ConnectionConfig } from '../config.ts'
import { saslOptions } from './sasl.ts'
import { addressForKafkajs, addressFromKafkajs, openSocket } from './sockets.ts'
import { silenceNegativeTimeouts } from './warnings.ts'

/** The kafkajs client from the config: TLS, SASL, time-outs, and its log lines through our logger. */

/** Attempts to reach a broker before an operation fails: about four seconds when connections are refused. */
const CONNECT_RETRY = { retries: 4, initialRetryTime: 250, maxRetryTime: 2_000 }

export function createClient(
  connection: ConnectionConfig,
  { logger, clock }: Pick<Ports, 'logger' | 'clock'>,
  socketFactory: kafkajs.ISocketFactory = openSocket,
): kafkajs.Kafka {
  const problem = connectionProblems(connection)[0]
  if (problem !== undefined) {
    throw new WhosecallError('config_invalid', `${problem.path}: ${problem.message}`)
  }
  silenceNegativeTimeouts()
  const ssl = tlsOptions(connection.tls)
  const sasl = connection.auth?.sasl
  return new kafkajs.Kafka({
    clientId: connection.client_id,
    brokers: brokersOf(connection).map(addressForKafkajs),
    socketFactory,
    connectionTimeout: connection.connect_timeout_ms,
    authenticationTimeout: connection.connect_timeout_ms,
    requestTimeout: connection.request_timeout_ms,
    retry: CONNECT_RETRY,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => createLogBridge(logger, clock),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl, connection.connect_timeout_ms) }),
  })
}

function tlsOptions(tls: ConnectionConfig['tls']): ConnectionOptions | undefined {
  if (tls === undefined || tls.insecure) return undefined
  return {
    rejectUnauthorized: !tls.insecure_skip_verify,
    ...(tls.ca_file === undefined ? {} : { ca: readPem('tls.ca_file', tls.ca_file) }),
    ...(tls.cert_file === undefined ? {} : { cert: readPem('tls.cert_file', tls.cert_file) }),
    ...(tls.key_file === undefined ? {} : { key: readPem('tls.key_file', tls.key_file) }),
    ...(tls.server_name_override === undefined ? {} : { servername: tls.server_name_override }),
  }
}

function readPem(path: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new WhosecallError(
      'config_invalid',
      `${path}: cannot read ${file}: ${messageOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

/** Fields of kafkajs' log entries that are safe and of use; the rest (stacks, payloads) is left out. */
const FIELDS = ['broker', 'groupId', 'topic', 'partition', 'error', 'retryCount', 'retryTime']

/** Between two lines of one cause, as long as it goes on; each interval is twice the last. */
const REPEAT_INTERVAL_MS = 10_000
const REPEAT_INTERVAL_MS_MAX = 600_000
/** A cause that was not heard of for this long is a new one. */
const QUIET_MS = 60_000
const CAUSES_MAX = 100
/** We limit the retries of the producer on purpose: who retries is our exporter. */
const EXPECTED = 'Limiting retries for the idempotent producer'

interface Told {
  told_ms: number
  heard_ms: number
  interval_ms: number
}

/**
 * What kafkajs calls an error is mostly a connection that it is about to try again, so nothing is more than a warning.
 * Several of its parts report one cause, each in words of its own round the same text: the first is passed on, and while the
 * cause goes on, one line ever more seldom. What became of a produce request is the answer of `send`, and is reported by
 * who asked.
 */
export function createLogBridge(logger: Logger, clock: Clock): (entry: LogEntry) => void {
  const causes = new Map<string, Told>()

  function isNews(cause: string): boolean {
    const now = clock.now()
    for (const [known, told] of causes) {
      if (now - told.heard_ms > QUIET_MS) causes.delete(known)
      else if (cause.includes(known)) return isDue(told, now)
    }
    if (causes.size >= CAUSES_MAX) causes.clear()
    causes.set(cause, { told_ms: now, heard_ms: now, interval_ms: REPEAT_INTERVAL_MS })
    return true
  }

  return ({ namespace, log: { message, ...extra } }) => {
    const fields: Record<string, unknown> = { client: 'kafkajs', about: namespace, message }
    for (const name of FIELDS) {
      if (extra[name] !== undefined) fields[name] = extra[name]
    }
    if (typeof fields['broker'] === 'string')
      fields['broker'] = addressFromKafkajs(fields['broker'])
    const cause = (typeof extra['error'] === 'string' && extra['error']) || message
    const ofProduce = namespace === 'Producer' || message.startsWith('Response Produce(')
    if (ofProduce || message.startsWith(EXPECTED) || !isNews(cause))
      logger.debug(fields, 'the Kafka client reports')
    else logger.warn(fields, 'the Kafka client reports')
  }
}

function isDue(told: Told, now: number): boolean {
  told.heard_ms = now
  if (now - told.told_ms < told.interval_ms) return false
  told.told_ms = now
  told.interval_ms = Math.min(told.interval_ms * 2, REPEAT_INTERVAL_MS_MAX)
  return true
}
