import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRouting } from '#/cli/redrive.ts'
import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'

function receiversOf(receivers: object): Pick<WorkerConfig, 'receivers'> {
  const text = JSON.stringify({
    receivers: Object.fromEntries(
      Object.entries(receivers).map(([id, more]) => [
        id,
        { brokers: ['unused:9092'], source: 'litellm', trust: 'trusted', ...more },
      ]),
    ),
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: ['unused:9092'], logs: { topic: 'out' }, dead_letter: { topic: 'dead' } },
    },
    owners: { directory: { type: 'file', path: 'owners.yaml' } },
    service: {
      pipelines: {
        logs: {
          receivers: Object.keys(receivers),
          processors: ['attribution'],
          exporters: ['kafka'],
        },
      },
    },
  })
  const read = readWorkerConfig({ file: 'test', text, env: {}, readFile: () => '' })
  assert.ok(read.ok, JSON.stringify(read))
  return read.config
}

test('dead letters go to the redrive topic of the receiver that reads their topic', () => {
  const warnings: string[] = []
  const topicFor = createRouting(
    receiversOf({
      'kafka/a': { logs: { topics: ['^raw-'] }, redrive_topic: 'again', group_id: 'a' },
      'kafka/b': { logs: { topics: ['^other-'] }, group_id: 'b' },
    }),
    { warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
  )
  assert.equal(topicFor('raw-1'), 'again')
  assert.equal(topicFor('again'), 'again')
  assert.deepEqual(warnings, [])
  for (let n = 0; n < 1_500; n += 1) assert.equal(topicFor(`other-${n}`), undefined)
  for (let n = 0; n < 3; n += 1) assert.equal(topicFor('nobody'), undefined)
  assert.deepEqual(warnings, [
    'the receiver has no redrive_topic: dead letters from its topics stay {"receiver":"kafka/b"}',
    'no receiver of this config reads the topic: its dead letters stay {"topic":"nobody"}',
  ])
})
