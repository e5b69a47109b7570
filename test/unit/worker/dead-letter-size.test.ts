import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDeadLetterSize } from '#/worker/receivers/kafka/dead-letter-size.ts'
import { testPorts } from '../../support/owners.ts'

const KAFKA_DEFAULT = 1_048_588

function check(inputs: readonly (number | undefined)[], dead_letter: number | undefined) {
  const { logger, lines } = testPorts()
  checkDeadLetterSize(
    {
      receiver_id: 'kafka/raw',
      inputs: inputs.map((bytes_max, n) => ({ topic: `raw-${n}`, bytes_max })),
      dead_letter: { topic: 'dead', bytes_max: dead_letter },
      brokers: ['a:9092', 'b:9092'],
    },
    logger,
  )
  return lines.map(({ level, fields }) => [level, fields])
}

const COMMAND =
  'kafka-configs.sh --bootstrap-server a:9092,b:9092 --alter --entity-type topics --entity-name dead --add-config max.message.bytes='

test('the defaults of Kafka start with a warning that says the command', () => {
  const needed_bytes = KAFKA_DEFAULT + 65_536
  assert.deepEqual(check([KAFKA_DEFAULT, 1_000], KAFKA_DEFAULT), [
    [
      'warn',
      {
        receiver: 'kafka/raw',
        topic: 'dead',
        max_message_bytes: KAFKA_DEFAULT,
        needed_bytes,
        command: `${COMMAND}${needed_bytes}`,
      },
    ],
  ])
  assert.equal(check([KAFKA_DEFAULT], needed_bytes - 1).length, 1)
  assert.deepEqual(check([KAFKA_DEFAULT], needed_bytes), [])
})

test('a dead-letter topic smaller than any input topic is an error with both names and the command', () => {
  assert.throws(() => check([1_000, 2_000_000], 1_999_999), {
    code: 'dependency_unreachable',
    message: new RegExp(
      `receiver kafka/raw: topic raw-1 may hold messages of 2000000 bytes.*dead takes 1999999.*${COMMAND}2065536`,
    ),
  })
})

test('what the broker does not say is not judged', () => {
  assert.deepEqual(check([undefined], 1_000), [])
  assert.deepEqual(check([2_000_000], undefined), [])
  assert.deepEqual(check([], 1_000), [])
  assert.throws(() => check([undefined, 2_000], 1_000), { code: 'dependency_unreachable' })
})
