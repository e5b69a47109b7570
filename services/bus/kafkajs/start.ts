import type { ConnectionConfig } from '../config.ts'
import { unreachable } from './errors.ts'

/**
 * Starts a client of kafkajs, and gives up in time. kafkajs waits for every attempt anew, with a broker that takes connections
 * and never answers for minutes, and then may call such a connection a connected one.
 */

/** What a start is made of. */
export interface Startup {
  readonly doing: string
  /** Resolves when the broker has answered. */
  connect(): Promise<void>
  disconnect(): Promise<void>
}

/** As many times the longest wait for one connection: what several attempts need with pauses between. */
const CONNECT_TIMEOUTS = 5

export async function startClient(connection: ConnectionConfig, of: Startup): Promise<void> {
  const timeout_ms = CONNECT_TIMEOUTS * connection.connect_timeout_ms
  // kafkajs disconnects only after the attempt that is under way, so nobody waits for it.
  const disconnect = (): void => void of.disconnect().catch(() => {})
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${timeout_ms} ms`)),
    timeout_ms,
  )
  const connecting = of.connect()
  try {
    await Promise.race([connecting, late.promise])
  } catch (error) {
    // An attempt that is still under way may connect after all.
    connecting.then(disconnect, () => {})
    disconnect()
    throw unreachable(connection, of.doing, error)
  } finally {
    clearTimeout(timer)
  }
}
