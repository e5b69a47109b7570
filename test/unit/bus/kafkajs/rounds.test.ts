import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roundsOf, type Round } from '#/bus/kafkajs/rounds.ts'
import { outgoing } from '../../../contract/bus-harness.ts'

const sized = (size: number, partition = 0, topic = 't') =>
  outgoing(topic, { value: 'x'.repeat(size), partition })

function shape(rounds: readonly Round[]) {
  return rounds.map((round) =>
    round.map(({ topic, partition, indexes }) => `${topic}/${partition}: ${indexes.join(' ')}`),
  )
}

test('each request holds the next chunk of every partition, in order', () => {
  const messages = [sized(60), sized(60, 1), sized(60), sized(60), sized(60, 1), sized(10, 0, 'u')]
  assert.deepEqual(shape(roundsOf(messages, () => 200)), [
    ['t/0: 0 2', 't/1: 1 4', 'u/0: 5'],
    ['t/0: 3'],
  ])
})

test('the limit is that of the topic, and a message beyond it goes alone', () => {
  const messages = [sized(10), sized(500), sized(10), sized(500, 0, 'wide'), sized(10, 0, 'wide')]
  assert.deepEqual(shape(roundsOf(messages, (topic) => (topic === 'wide' ? 1_000 : 100))), [
    ['t/0: 0', 'wide/0: 3 4'],
    ['t/0: 1'],
    ['t/0: 2'],
  ])
})

test('no messages make no requests', () => {
  assert.deepEqual(
    roundsOf([], () => 100),
    [],
  )
})
