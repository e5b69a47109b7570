import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { createLogBridge } from '#/bus/kafkajs/client.ts'
import { testPorts } from '../../../stack/ports.ts'

function entry(message: string, extra: object = {}): kafkajs.LogEntry {
  const log = { timestamp: '', message, ...extra }
  return { namespace: 'Connection', level: kafkajs.logLevel.ERROR, label: 'ERROR', log }
}

test('a line of the client is a warning once in a while, and in between only for debugging', () => {
  const ports = testPorts()
  let now = 0
  const log = createLogBridge(ports.logger, { ...ports.clock, now: () => now })
  for (const at of [0, 9_999, 10_000]) {
    now = at
    log(entry('Connection error', { broker: 'kafka:9092' }))
  }
  assert.deepEqual(
    ports.lines.map(({ level }) => level),
    ['warn', 'debug', 'warn'],
  )
})

test('of the fields of the client only known ones are passed on', () => {
  const ports = testPorts()
  createLogBridge(ports.logger, ports.clock)(entry('x', { broker: 'b', payload: 'p', stack: 's' }))
  assert.deepEqual(ports.lines[0]?.fields, {
    client: 'kafkajs',
    about: 'Connection',
    message: 'x',
    broker: 'b',
  })
})
