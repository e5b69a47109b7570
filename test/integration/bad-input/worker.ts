/** A worker process of a test, with a config of its own. It ends with the test. */
import type { ConnectionConfig } from '#/bus/config.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Encoding } from '#/core/words.ts'
import { freePorts } from '../../stack/child.ts'
import { stackInfo, uniqueName } from '../../stack/tools.ts'
import { scrape, startProgram, until, type Program } from '../../support/program.ts'
import type { Scrape } from '../../support/scrape.ts'
import { OWNERS_YAML } from './cases.ts'

export interface Flow {
  readonly client?: ConnectionConfig['client']
  readonly input: string
  readonly output: string
  readonly dead_letter: string
  readonly encoding: Encoding
  /** Members of the receiver. */
  readonly receiver?: object
  /** Members of the exporter. */
  readonly exporter?: object
}

export interface WorkerProgram {
  readonly program: Program
  readonly admin_url: string
  readonly group_id: string
  scrape(): Promise<Scrape | undefined>
  /** Resolves when so many messages have a fate. */
  settled(count: number, timeout_ms?: number): Promise<void>
}

export async function startWorkerProgram(
  t: TestContext,
  flows: readonly Flow[],
  brokers = stackInfo().brokers,
): Promise<WorkerProgram> {
  const directory = mkdtempSync(join(tmpdir(), 'whosecall-test-'))
  const [port = 0] = await freePorts(1)
  const group_id = uniqueName('group')
  writeFileSync(join(directory, 'owners.yaml'), OWNERS_YAML)
  const config = configOf(flows, brokers, group_id, join(directory, 'owners.yaml'), port)
  writeFileSync(join(directory, 'worker.yaml'), JSON.stringify(config))
  const program = startProgram(['run', '-c', join(directory, 'worker.yaml')])
  t.after(async () => {
    program.kill('SIGKILL')
    await program.exited
    rmSync(directory, { recursive: true, force: true })
  })
  const admin_url = `http://127.0.0.1:${port}`
  const look = () => scrape(admin_url)
  return {
    program,
    admin_url,
    group_id,
    scrape: look,
    async settled(count, timeout_ms = 30_000) {
      let last = 0
      await until(
        `${count} messages have their fate`,
        async () => {
          last = fatesOf(await look())
          return last >= count ? true : undefined
        },
        { program, timeout_ms },
      ).catch((error: unknown) => {
        throw new Error(`${last} of ${count} have their fate`, { cause: error })
      })
    },
  }
}

function fatesOf(seen: Scrape | undefined): number {
  return ['published', 'dead_lettered', 'filtered'].reduce(
    (sum, fate) => sum + (seen?.sum(`whosecall_${fate}_messages_total`) ?? 0),
    0,
  )
}

function configOf(
  flows: readonly Flow[],
  brokers: string,
  group_id: string,
  owner_file: string,
  port: number,
): object {
  const ids = flows.map((_, index) => `kafka/${index}`)
  const named = (of: (flow: Flow) => object) =>
    Object.fromEntries(flows.map((flow, index) => [ids[index], of(flow)]))
  return {
    receivers: named(({ client = 'kafkajs', input, encoding, receiver }) => ({
      brokers: brokers.split(','),
      client: client,
      group_id: `${group_id}-${input}`,
      logs: { topics: [input], encoding },
      source: 'litellm',
      trust: 'trusted',
      origin: 'test',
      ...receiver,
    })),
    processors: { attribution: {} },
    exporters: named(({ client = 'kafkajs', output, dead_letter, exporter }) => ({
      brokers: brokers.split(','),
      client: client,
      logs: { topic: output },
      dead_letter: { topic: dead_letter },
      ...exporter,
    })),
    owners: { directory: { type: 'file', path: owner_file } },
    service: {
      pipelines: Object.fromEntries(
        ids.map((id, index) => [
          `logs/${index}`,
          { receivers: [id], processors: ['attribution'], exporters: [id] },
        ]),
      ),
      telemetry: { metrics: { endpoint: `127.0.0.1:${port}` }, logs: { level: 'info' } },
      commit_interval_ms: 100,
    },
  }
}
