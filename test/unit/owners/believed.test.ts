import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'

import { TimedOutError, withBelievedTimeout } from '#/owners/believed.ts'
import { systemClock } from '#/telemetry/index.ts'

import { createFakeClock, settle } from '../../support/fake-clock.ts'

test('a reply in time is passed on and the timer is given up', async () => {
  const clock = createFakeClock()
  const reply = withBelievedTimeout('GET', Promise.resolve('value'), 100, clock)
  assert.equal(await reply, 'value')
  assert.equal(clock.sleepers, 0)
})

test('an error in time is passed on', async () => {
  const clock = createFakeClock()
  const reply = withBelievedTimeout('GET', Promise.reject(new Error('refused')), 100, clock)
  await assert.rejects(reply, /refused/)
})

test('silence is a time-out that names the command and the limit', async () => {
  const clock = createFakeClock()
  const reply = withBelievedTimeout('MGET', new Promise(() => {}), 100, clock)
  const rejected = assert.rejects(reply, (error) => {
    assert.ok(error instanceof TimedOutError)
    assert.equal(error.message, 'MGET: no reply within 100 ms')
    return true
  })
  await clock.advance(100)
  await settle()
  await rejected
})

test('a reply that lay in the socket while the event loop was busy is no time-out', async (t) => {
  const server = createServer((socket) => socket.on('data', (data) => socket.write(data)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const socket = connect(address.port, '127.0.0.1')
  t.after(() => {
    socket.destroy()
    server.close()
  })
  await once(socket, 'connect')
  const echo = once(socket, 'data').then(([data]) => String(data))
  socket.write('hello')
  // The echo needs two turns of the loop, of which the second has not come when the loop gets busy.
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  const reply = withBelievedTimeout('ECHO', echo, 20, systemClock)
  const busy_until = performance.now() + 60
  while (performance.now() < busy_until);
  assert.equal(await reply, 'hello')
})
