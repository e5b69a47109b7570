import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { createLogBridge } from '#/bus/kafkajs/client.ts'
import { testPorts } from '../../../stack/ports.ts'

function entry(message: string, extra: object = {}): kafkajs.LogEntry {
  const log = { timestamp: '', message, ...extra }
  return { namespace: 'Connection', level: kafkajs.logLevel.ERROR, label: 'ERROR', log }
}

/** The levels of the lines that the client writes at these times. */
function levelsOf(lines: readonly (readonly [at_ms: number, entry: kafkajs.LogEntry])[]) {
  const ports = testPorts()
  let now = 0
  const log = createLogBridge(ports.logger, { ...ports.clock, now: () => now })
  for (const [at_ms, line] of lines) {
    now = at_ms
    log(line)
  }
  return ports.lines.map(({ level }) => level)
}

test('while a cause goes on there is a warning ever more seldom, and in between only lines for debugging', () => {
  const refused = entry('Connection error', { broker: 'kafka:9092' })
  const seconds = Array.from({ length: 3_600 }, (_, n) => [n * 1_000, refused] as const)
  const warned = levelsOf(seconds).flatMap((level, n) => (level === 'warn' ? [n] : []))
  assert.deepEqual(warned, [0, 10, 30, 70, 150, 310, 630, 1_230, 1_830, 2_430, 3_030])
})

test('a cause that comes back after a quiet time is a warning again', () => {
  const refused = entry('Connection error')
  assert.deepEqual(levelsOf([0, 5_000, 66_000].map((at_ms) => [at_ms, refused])), [
    'warn',
    'debug',
    'warn',
  ])
})

test('of several lines about one cause one is a warning', () => {
  const cause = 'Connection error: connect ECONNREFUSED 127.0.0.1:9'
  const lines = [
    entry(cause),
    entry(`Failed to connect to seed broker, trying another broker from the list: ${cause}`),
    entry('Response Metadata(key: 3, version: 6)', { error: 'not authorized' }),
    entry('the cluster says: not authorized'),
  ]
  assert.deepEqual(levelsOf(lines.map((line) => [0, line])), ['warn', 'debug', 'warn', 'debug'])
})

test('what became of a produce request is left to who sent it', () => {
  const error = 'The request included a message larger than the max message size'
  const lines = [
    entry('Response Produce(key: 0, version: 7)', { error }),
    { ...entry(error), namespace: 'Producer' },
  ]
  assert.deepEqual(levelsOf(lines.map((line) => [0, line])), ['debug', 'debug'])
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
