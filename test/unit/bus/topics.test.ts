import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchTopics } from '#/bus/topics.ts'

const EXISTING = ['llm-raw', 'llm-test', 'orders', '__consumer_offsets']

test('names must exist, patterns must match something', () => {
  assert.deepEqual(matchTopics({ topics: ['orders', 'nope', '^llm-', '^x'] }, EXISTING), {
    found: ['llm-raw', 'llm-test', 'orders'],
    missing: ['nope', '^x'],
  })
})

test('excludes match anywhere, and take away only what a pattern has found', () => {
  const selection = { topics: ['^llm-', 'llm-test'], exclude_topics: ['test'] }
  assert.deepEqual(matchTopics(selection, EXISTING).found, ['llm-raw', 'llm-test'])
  const pattern = { topics: ['^llm-'], exclude_topics: ['test'] }
  assert.deepEqual(matchTopics(pattern, EXISTING).found, ['llm-raw'])
})

test('a pattern never means the topics of the broker itself', () => {
  assert.deepEqual(matchTopics({ topics: ['^.*'] }, EXISTING).found, [
    'llm-raw',
    'llm-test',
    'orders',
  ])
})
