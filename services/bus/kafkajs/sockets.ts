import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { ISocketFactoryArgs } from 'kafkajs'

/**
 * Connections of kafkajs, with IPv6. kafkajs cuts `host:port` at the first colon, so the colons of an IPv6 address are
 * written otherwise on their way through it.
 */

export const KEEP_ALIVE_DELAY_MS = 60_000
const STAND_IN = ';'

/** `host:port` so that kafkajs cuts it at the right colon. */
export function addressForKafkajs(broker: string): string {
  const colon = broker.lastIndexOf(':')
  return `${broker.slice(0, colon).replaceAll(':', STAND_IN)}${broker.slice(colon)}`
}

/** The other way round; what is no such address stays as it is. */
export function addressFromKafkajs(address: string): string {
  return address.startsWith('[') ? address.replaceAll(STAND_IN, ':') : address
}

/** Without TLS kafkajs passes no options for it, whatever its types say. */
type SocketArgs = Omit<ISocketFactoryArgs, 'ssl'> & { readonly ssl?: ConnectionOptions }

export function openSocket({ host: given, port, ssl, onConnect }: SocketArgs): Socket {
  const host = addressFromKafkajs(given).replace(/^\[(.*)\]$/u, '$1')
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const socket = ssl
    ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
    : connect({ host, port }, onConnect)
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
  return socket
}
