import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBus, type MemoryBus } from '#/bus/memory/index.ts'
import type { Bus } from '#/core/bus.ts'
import { WhosecallError } from '#/core/errors.ts'
import { readWorkerConfig } from '#/worker/index.ts'
import { surveyClusters, type Components } from '#/worker/clusters.ts'

interface Parts {
  readonly receivers: Readonly<Record<string, { readonly bus: Bus; readonly of: object }>>
  readonly exporters: Readonly<Record<string, { readonly bus: Bus; readonly of: object }>>
}

/** Components as a config file describes them; each has brokers of its own name. */
function componentsOf(parts: Parts): Components {
  const sections = (kind: keyof Parts) =>
    Object.fromEntries(
      Object.entries(parts[kind]).map(([id, { of }]) => [
        id,
        { brokers: [`${kind}-${id.replace('/', '-')}:9092`], ...of },
      ]),
    )
  const text = JSON.stringify({
    receivers: sections('receivers'),
    processors: { attribution: {} },
    exporters: sections('exporters'),
    owners: { directory: { type: 'http', endpoint: 'http://registry' } },
    service: {
      pipelines: {
        logs: {
          receivers: Object.keys(parts.receivers),
          processors: ['attribution'],
          exporters: Object.keys(parts.exporters),
        },
      },
    },
  })
  const read = readWorkerConfig({ file: 'test.yaml', text, env: {}, readFile: () => '' })
  assert.ok(read.ok, read.ok ? '' : JSON.stringify(read.diagnostics, undefined, 1))
  const { config } = read
  return {
    receivers: Object.entries(parts.receivers).map(([id, { bus }]) => ({
      id,
      config: config.receivers[id]!,
      bus,
    })),
    exporters: Object.entries(parts.exporters).map(([id, { bus }]) => ({
      id,
      config: config.exporters[id]!,
      bus,
    })),
  }
}

function clusterOf(cluster_id: string, topics: readonly string[]): MemoryBus {
  const bus = createMemoryBus({ cluster_id })
  for (const topic of topics) bus.createTopic(topic, { partitions: 3, max_message_bytes: 5_000 })
  return bus
}

const receiver = (topics: readonly string[], more: object = {}) => ({
  logs: { topics },
  source: 'litellm',
  trust: 'trusted',
  ...more,
})
const exporter = (topic: string, dead?: string) => ({
  logs: { topic },
  ...(dead === undefined ? {} : { dead_letter: { topic: dead } }),
})

async function problemOf(parts: Parts): Promise<WhosecallError> {
  const problem = await surveyClusters(componentsOf(parts)).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(problem instanceof WhosecallError)
  return problem
}

test('two names of one cluster are no way round the check for loops', async () => {
  const bus = clusterOf('c1', ['in', 'out', 'dead', 'again'])
  const exporters = { kafka: { bus, of: exporter('out', 'dead') } }
  for (const [of, place] of [
    [receiver(['in', '^o']), 'receivers.kafka.logs.topics[1]'],
    [receiver(['in', 'out']), 'receivers.kafka.logs.topics[1]'],
    [receiver(['in'], { redrive_topic: 'out' }), 'receivers.kafka.redrive_topic'],
  ] as const) {
    const problem = await problemOf({ receivers: { kafka: { bus, of } }, exporters })
    assert.equal(problem.exitCode, 78)
    assert.ok(
      problem.message.startsWith(
        `${place} reads topic out, which exporters.kafka.logs.topic writes: their brokers are one cluster (c1)`,
      ),
      problem.message,
    )
  }
  const excluding = { logs: { topics: ['^'], exclude_topics: ['^out$', '^dead$'] } }
  await surveyClusters(
    componentsOf({ receivers: { kafka: { bus, of: receiver([], excluding) } }, exporters }),
  )
})

test('the same topic in two clusters is no loop; each component learns of its own cluster', async () => {
  const here = clusterOf('here', ['calls'])
  const there = clusterOf('there', ['calls', 'dead'])
  const components = componentsOf({
    receivers: { kafka: { bus: here, of: receiver(['calls']) } },
    exporters: { kafka: { bus: there, of: exporter('calls', 'dead') } },
  })
  const clusters = await surveyClusters(components)
  const read = clusters.get(components.receivers[0]!)!
  assert.deepEqual([read.id, [...read.bytes_max]], ['here', [['calls', 5_000]]])
  const written = clusters.get(components.exporters[0]!)!
  assert.deepEqual(
    [written.id, [...written.partitions], [...written.bytes_max]],
    [
      'there',
      [
        ['calls', 3],
        ['dead', 3],
      ],
      [['dead', 5_000]],
    ],
  )
})

test('all topics that are missing are named at once, with their places, and so is a loop', async () => {
  const bus = clusterOf('c1', ['in', 'out'])
  const parts = {
    receivers: {
      'kafka/a': { bus, of: receiver(['in', 'gone', '^none-'], { redrive_topic: 'again' }) },
    },
    exporters: {
      'kafka/b': { bus, of: exporter('out', 'dead') },
      'kafka/c': { bus, of: exporter('copy') },
    },
  }
  const problem = await problemOf(parts)
  assert.equal(problem.exitCode, 69)
  assert.equal(
    problem.message,
    '5 topics do not exist: dead (exporters.kafka/b.dead_letter.topic), copy (exporters.kafka/c.logs.topic), ' +
      'gone (receivers.kafka/a.logs.topics[1]), ^none- (receivers.kafka/a.logs.topics[2]), ' +
      'again (receivers.kafka/a.redrive_topic); create what is missing, or correct the config',
  )
  const looped = await problemOf({
    ...parts,
    receivers: { kafka: { bus, of: receiver(['^out']) } },
  })
  assert.equal(looped.exitCode, 78)
  assert.match(looped.message, /round for ever.*; 2 topics do not exist: dead .*copy/)
})

test('every cluster that cannot be reached is named', async () => {
  const away = (broker: string): Bus => ({
    ...clusterOf('x', []),
    admin: () => ({
      start: () => Promise.reject(new WhosecallError('dependency_unreachable', `no ${broker}`)),
    }),
  })
  const problem = await problemOf({
    receivers: { kafka: { bus: away('a:1'), of: receiver(['in']) } },
    exporters: { kafka: { bus: away('b:2'), of: exporter('out', 'dead') } },
  })
  assert.deepEqual([problem.exitCode, problem.message], [69, 'no a:1; no b:2'])
})
