/** `whosecall explain` of a message on a real broker: by its coordinates, and without a trace in any group. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { createKafkaBus } from '#/bus/kafkajs/index.ts'
import type { ExplainDocument } from '#/worker/explain/document.ts'
import { systemClock } from '#/telemetry/index.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import { createTopic, produce, stackInfo, uniqueName } from '../stack/tools.ts'
import { litellmCall, OWNERS_YAML, temporaryFolder } from '../support/worker.ts'
import { createFakeIo } from '../unit/cli/fake-io.ts'

test('a message of the broker is explained by its coordinates, and no group moves', async (t) => {
  const { brokers } = stackInfo()
  const [topic, group_id] = [await createTopic(t), uniqueName('group')]
  await produce(topic, [
    { value: 'no json', timestamp: 1_795_089_600_000 },
    { value: litellmCall('key-1').toString(), timestamp: 1_795_089_600_001 },
  ])
  const cwd = temporaryFolder(t)
  const owners = join(cwd, 'owners.yaml')
  writeFileSync(owners, OWNERS_YAML)
  const config = {
    receivers: {
      kafka: {
        brokers: [brokers],
        group_id,
        logs: { topics: [topic] },
        source: 'litellm',
        trust: 'trusted',
      },
    },
    processors: { attribution: {} },
    exporters: {
      kafka: { brokers: [brokers], logs: { topic: 'out' }, dead_letter: { topic: 'dead' } },
    },
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
    },
  }
  writeFileSync(join(cwd, 'worker.yaml'), JSON.stringify(config))
  const explain = async (offset: number, of = topic) => {
    const io = { ...createFakeIo({ cwd }), clock: systemClock }
    const place = ['--topic', of, '--partition', '0', '--offset', String(offset)]
    const line = ['explain', '-c', 'worker.yaml', ...place, '--json']
    const code = await dispatch(line, COMMANDS, io).catch((error: unknown) => String(error))
    return { code, text: io.written.out }
  }
  const one = await explain(1)
  assert.equal(one.code, 0)
  const document = JSON.parse(one.text) as ExplainDocument
  assert.deepEqual(document.at, {
    topic,
    partition: 0,
    offset: 1,
    timestamp: '2026-11-19T12:00:00.001Z',
  })
  assert.equal(document.source?.name, 'litellm')
  assert.ok(document.decision?.outcome !== undefined && document.lookups.length > 0)
  const broken = JSON.parse((await explain(0)).text) as ExplainDocument
  assert.deepEqual([broken.fate, broken.code], ['dead_lettered', 'malformed'])
  assert.match(String((await explain(2)).code), /no message at offset 2 of partition 0/)
  assert.match(
    String((await explain(0, 'elsewhere')).code),
    /no receiver of the config reads topic/,
  )
  const admin = await createKafkaBus(connectionOf(brokers), testPorts()).admin().start()
  t.after(() => admin.stop({ at_ms: 0, signal: AbortSignal.abort() }))
  const committed = await admin.value.committed(group_id, topic)
  assert.deepEqual(
    committed.map(({ offset }) => offset),
    [-1],
  )
})
