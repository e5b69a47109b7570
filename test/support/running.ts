/** `whosecall run` on the real broker of the stack, with a config file and an owner file that a test can change. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from '../stack/child.ts'
import { createTopic, stackInfo, uniqueName } from '../stack/tools.ts'
import { startProgram, type Program } from './program.ts'
import { OWNERS_YAML, temporaryFolder } from './worker.ts'

export interface Topics {
  readonly raw: string
  readonly out: string
  readonly dead: string
}

export interface RunningOptions {
  /** Of the input topic; default 1. */
  readonly partitions?: number
  /** In place of topics that are created for it. */
  readonly topics?: Topics
  readonly receiver?: object
  readonly service?: object
  /** Writes further files into the folder and gives more of the command line. */
  readonly more?: (folder: string, config: object) => readonly string[]
}

export interface Running {
  readonly program: Program
  readonly url: string
  readonly group_id: string
  readonly topics: Topics
  readonly config: RunningConfig
  write(config: object): void
}

type RunningConfig = ReturnType<typeof configOf>

export async function startRunning(t: TestContext, options: RunningOptions = {}): Promise<Running> {
  const topics = options.topics ?? (await createTopics(t, options.partitions ?? 1))
  const folder = temporaryFolder(t)
  const group_id = uniqueName('group')
  const [port = 0] = await freePorts(1)
  const config = configOf(topics, { ...options, folder, group_id, port })
  const file = join(folder, 'worker.yaml')
  const write = (changed: object) => writeFileSync(file, JSON.stringify(changed))
  writeFileSync(join(folder, 'owners.yaml'), OWNERS_YAML)
  write(config)
  const more = options.more?.(folder, config) ?? []
  const program = startProgram(['run', '-c', file, ...more])
  t.after(async () => {
    program.kill('SIGKILL')
    await program.exited
  })
  return { program, url: `http://127.0.0.1:${port}`, group_id, topics, config, write }
}

async function createTopics(t: TestContext, partitions: number): Promise<Topics> {
  const [raw, out, dead] = await Promise.all([
    createTopic(t, { partitions }),
    createTopic(t),
    createTopic(t),
  ])
  return { raw, out, dead }
}

interface Places extends RunningOptions {
  readonly folder: string
  readonly group_id: string
  readonly port: number
}

function configOf({ raw, out, dead }: Topics, places: Places) {
  const brokers = stackInfo().brokers.split(',')
  const { folder, group_id, port, receiver, service } = places
  return {
    receivers: {
      kafka: {
        brokers,
        group_id,
        logs: { topics: [raw] },
        source: 'litellm',
        trust: 'trusted',
        session_timeout_ms: 2_000,
        heartbeat_interval_ms: 400,
        ...receiver,
      },
    },
    processors: { attribution: {} },
    exporters: { kafka: { brokers, logs: { topic: out }, dead_letter: { topic: dead } } },
    owners: { directory: { type: 'file', path: join(folder, 'owners.yaml') } },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
      telemetry: { metrics: { endpoint: `127.0.0.1:${port}` } },
      commit_interval_ms: 50,
      ...service,
    },
  }
}
