import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deal } from '#/bus/kafkajs/assigner.ts'

const PARTITIONS = new Map([
  ['kong', [0, 1]],
  ['litellm', [0, 1, 2]],
])

test('members of one group are dealt only topics that they subscribe to', () => {
  const dealt = deal(
    [
      { member: 'b', topics: ['litellm'] },
      { member: 'a', topics: ['kong'] },
    ],
    PARTITIONS,
  )
  assert.deepEqual(dealt.get('a'), { kong: [0, 1] })
  assert.deepEqual(dealt.get('b'), { litellm: [0, 1, 2] })
})

test('members with the same topics share them evenly', () => {
  const topics = ['kong', 'litellm']
  const dealt = deal(
    [
      { member: 'a', topics },
      { member: 'b', topics },
    ],
    PARTITIONS,
  )
  assert.deepEqual(dealt.get('a'), { kong: [0], litellm: [0, 2] })
  assert.deepEqual(dealt.get('b'), { kong: [1], litellm: [1] })
})

test('a topic that nobody reads is dealt to nobody, and a member without a share has an empty one', () => {
  const dealt = deal([{ member: 'a', topics: ['gone'] }], PARTITIONS)
  assert.deepEqual([...dealt], [['a', {}]])
})
