import { createRequire } from 'node:module'
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { ISocketFactoryArgs } from 'kafkajs'
import { messageOf } from '#/core/errors.ts'
import { addressFromKafkajs, KEEP_ALIVE_DELAY_MS } from '../kafkajs/sockets.ts'
import type { Buffers } from './buffers.ts'
import { createFrames } from './frames.ts'

/**
 * The connections that kafkajs opens for this client. It is given whole responses instead of what a read happened to bring, so
 * that it has nothing to put together; everything else about a connection stays with it.
 */

/** Without TLS kafkajs passes no options for it, whatever its types say. */
type SocketArgs = Omit<ISocketFactoryArgs, 'ssl'> & { readonly ssl?: ConnectionOptions }

export function createOpenSocket(buffers: Buffers): (args: SocketArgs) => Socket {
  installChunks()
  return ({ host: given, port, ssl, onConnect }) => {
    const host = addressFromKafkajs(given).replace(/^\[(.*)\]$/u, '$1')
    const frames = createFrames({ buffers, onFrame: (frame) => socket.emit('data', frame) })
    const onread: OnReadOpts = {
      buffer: () => frames.room(),
      callback(bytes) {
        try {
          frames.filled(bytes)
          return true
        } catch (error) {
          socket.destroy(new Error(messageOf(error)))
          return false
        }
      },
    }
    const servername = isIP(host) === 0 ? { servername: host } : {}
    // It reads into given memory, too, though its types do not have it.
    const secure = { host, port, onread, ...servername, ...ssl }
    const socket: Socket = ssl
      ? connectTls(secure, onConnect)
      : connect({ host, port, onread }, onConnect)
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
    socket.setNoDelay(true)
    return socket
  }
}

interface KafkajsConnection {
  bytesBuffered: number
  chunks: Buffer[]
}
type ProcessData = (this: KafkajsConnection, data: Buffer) => void

const MODULE = 'kafkajs/src/network/connection'
let installed = false

/** kafkajs puts what came together with the rest of the last response, though nothing is left: that would be a copy. */
function installChunks(): void {
  if (installed) return
  const { prototype }: { prototype: { processData: ProcessData } } = createRequire(import.meta.url)(
    MODULE,
  )
  const theirs = prototype.processData
  if (typeof theirs !== 'function') throw new Error(`${MODULE} is not what it was`)
  prototype.processData = function processData(data) {
    if (this.bytesBuffered === 0) this.chunks = []
    theirs.call(this, data)
  }
  installed = true
}
