import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONFIG_CODES, displayPath, pointerOf } from '#/config/index.ts'

test('A pointer escapes its segments, and a path is for people.', () => {
  const pointer = pointerOf('receivers', 'kafka/a~b', 'logs', 'topics', 0)
  assert.equal(pointer, '/receivers/kafka~1a~0b/logs/topics/0')
  assert.equal(displayPath(pointer), 'receivers.kafka/a~b.logs.topics[0]')
  assert.equal(displayPath(''), '')
})

test('Codes of this room are below 100.', () => {
  for (const code of Object.keys(CONFIG_CODES)) assert.match(code, /^WC-C0\d\d$/)
})
