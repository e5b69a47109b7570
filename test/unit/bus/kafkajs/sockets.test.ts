import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { addressForKafkajs, addressFromKafkajs, openSocket } from '#/bus/kafkajs/sockets.ts'

test('an address comes through the cut of kafkajs whole', () => {
  for (const broker of ['kafka:9092', '10.0.0.1:9092', '[::1]:9092', '[fe80::1:2]:9092']) {
    const address = addressForKafkajs(broker)
    assert.equal(address.split(':').length, 2)
    assert.equal(addressFromKafkajs(address), broker)
  }
})

test('a socket goes to the address that was meant', async (t) => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  let connected = 0
  const socket = openSocket({ host: '127.0.0.1', port, onConnect: () => void connected++ })
  const [data] = await once(socket, 'data')
  socket.destroy()
  assert.equal(String(data), 'hello')
  assert.equal(connected, 1)
})

test('an IPv6 address is dialled without its brackets', async () => {
  const socket = openSocket({ host: '[;;1]', port: 9, onConnect: () => {} })
  // Nobody listens there, and a machine may be without IPv6; only where it was going to matters.
  socket.on('error', () => {})
  const [ip, port, family] = await once(socket, 'connectionAttempt')
  socket.destroy()
  assert.deepEqual([ip, port, family], ['::1', 9, 6])
})
