/** The whole worker against the byte mirror on the same preloaded topic, life by life in turns. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compression } from '#/bus/codecs/index.ts'
import { freePorts } from '../../stack/child.ts'
import { encodeLogs } from '../../unit/formats/otlp.ts'
import { createBatches, createCalls, type PromptKind } from '../load.ts'
import { rowOf, type Row } from '../row.ts'
import type { Cluster } from './cluster.ts'
import { fileOwners, workerFile, type WorkerFile } from './config.ts'
import { mirrorLife, workerLife } from './lives.ts'

export const IDENTITIES = 10_000
const EXPONENT = 1.1
const RECORDS = 100

interface Case {
  /** In names of topics. */
  readonly id: string
  readonly name: string
  readonly encoding: 'json' | 'otlp_proto'
  readonly messages: number
  readonly events_per_message: number
  readonly goal?: number
  /** Also with compressed record batches on both sides. */
  readonly compressed?: boolean
  values(count: number): Iterable<Buffer>
}

function batches(prompt: PromptKind) {
  return function* (count: number): Iterable<Buffer> {
    const next = createBatches({ ...LOAD, prompt }, RECORDS)
    for (let i = 0; i < count; i += 1) yield encodeLogs(next())
  }
}

const LOAD = { seed: 3, identities: IDENTITIES, exponent: EXPONENT, prompt: 'none' } as const

/** What is added is 0.5 to 0.6 kB an event, whatever the event's own size. */
export const CASES: readonly Case[] = [
  {
    id: 'otlp-prompts',
    name: 'OTLP batches of 100, prompts of 2 kB (2.6 kB an event)',
    encoding: 'otlp_proto',
    messages: 2_000,
    events_per_message: RECORDS,
    goal: 0.8,
    compressed: true,
    values: batches('prose'),
  },
  {
    id: 'otlp',
    name: 'OTLP batches of 100, no prompts (0.55 kB an event)',
    encoding: 'otlp_proto',
    messages: 6_000,
    events_per_message: RECORDS,
    goal: 0.8,
    values: batches('none'),
  },
  {
    id: 'json',
    name: 'one JSON event a message, 1.3 kB',
    encoding: 'json',
    messages: 200_000,
    events_per_message: 1,
    goal: 0.7,
    compressed: true,
    *values(count) {
      const next = createCalls(LOAD)
      for (let i = 0; i < count; i += 1) yield Buffer.from(next())
    },
  },
]

export function nameOf(of: Case, compression: Compression): string {
  return compression === 'none' ? of.name : `${of.name}, ${compression}`
}

export interface ThroughputOptions {
  readonly cluster: Cluster
  readonly directory: string
  readonly owner_file: string
  readonly tail: string
  readonly rounds: number
  readonly compression: Compression
  /** Share of the messages of a case. */
  readonly scale: number
  readonly log: (line: string) => void
}

export async function throughputRows(
  of: Case,
  options: ThroughputOptions,
): Promise<readonly Row[]> {
  const { cluster, tail, compression, log } = options
  const name = nameOf(of, compression)
  const input = `bench-in-${of.id}-${compression}-${tail}`
  const dead_letter = `bench-dead-${of.id}-${compression}-${tail}`
  await cluster.create(input)
  await cluster.create(dead_letter)
  const count = await cluster.fill(
    input,
    of.values(Math.round(of.messages * options.scale)),
    compression,
  )
  const ours: number[] = []
  const direct: number[] = []
  const baseline: number[] = []
  const bare: number[] = []
  const memory = { ours: [] as number[], direct: [] as number[], baseline: [] as number[] }
  for (let round = 0; round < options.rounds; round += 1) {
    const place = { of, options, input, dead_letter, count, round }
    const lives = [
      async () => {
        const life = await lifeOfWorker(place, 'kafkajs')
        ours.push(life.speed * of.events_per_message)
        memory.ours.push(life.resident_bytes_max / 2 ** 20)
      },
      async () => {
        const life = await lifeOfWorker(place, 'direct')
        direct.push(life.speed * of.events_per_message)
        memory.direct.push(life.resident_bytes_max / 2 ** 20)
      },
      async () => {
        const life = await lifeOfMirror(place, 'kafkajs')
        baseline.push(life.speed * of.events_per_message)
        memory.baseline.push(life.resident_bytes_max / 2 ** 20)
      },
      async () => {
        const life = await lifeOfMirror(place, 'ours')
        bare.push(life.speed * of.events_per_message)
      },
    ]
    if (round % 2 === 1) lives.reverse()
    for (const live of lives) await live()
    const [mine, lane, mirror, with_ours] = [ours, direct, baseline, bare].map((all) =>
      Math.round(all.at(-1)!),
    )
    log(`${name}: round ${round + 1}: ${mine}, direct ${lane} / ${mirror} / ${with_ours}`)
  }
  await cluster.remove([input, dead_letter])
  const row = rowOf({
    row: name,
    unit: 'events/CPU-s',
    ours,
    baseline,
    ...(compression === 'none' && of.goal !== undefined ? { goal: of.goal } : {}),
  })
  const against_bare = rowOf({
    row: `${name}; the mirror with our record batches, too`,
    unit: 'events/CPU-s',
    ours,
    baseline: bare,
  })
  const peak = { ours: Math.max(...memory.ours), baseline: Math.max(...memory.baseline) }
  const by_direct = rowOf({
    row: `${name}; the worker with \`client: direct\``,
    unit: 'events/CPU-s',
    ours: direct,
    baseline,
  })
  return [
    row,
    against_bare,
    by_direct,
    {
      row: `resident memory peak, ${name}`,
      unit: 'MiB',
      ours: Math.round(peak.ours),
      baseline: Math.round(peak.baseline),
      ratio: Number((peak.baseline / peak.ours).toPrecision(3)),
    },
  ]
}

interface Place {
  readonly of: Case
  readonly options: ThroughputOptions
  readonly input: string
  readonly dead_letter: string
  readonly count: number
  readonly round: number
}

async function lifeOfWorker(place: Place, client: WorkerFile['client']) {
  const { options, of, input, dead_letter } = place
  const { cluster, compression, tail } = options
  const output = `bench-out-worker-${client}-${of.id}-${compression}-${place.round}-${tail}`
  await cluster.create(output)
  const [admin_port = 0] = await freePorts(1)
  const file = join(options.directory, `${output}.yaml`)
  writeFileSync(
    file,
    workerFile({
      brokers: cluster.brokers,
      client,
      group_id: output,
      input,
      output,
      dead_letter,
      admin_port,
      encoding: of.encoding,
      compression,
      owners: fileOwners(options.owner_file),
    }),
  )
  const life = await workerLife(file, `http://127.0.0.1:${admin_port}`, place.count)
  await cluster.remove([output])
  return life
}

async function lifeOfMirror(place: Place, encoder: 'kafkajs' | 'ours') {
  const { options, of, input } = place
  const { cluster, compression, tail } = options
  const output = `bench-out-mirror-${encoder}-${of.id}-${compression}-${place.round}-${tail}`
  await cluster.create(output)
  const life = await mirrorLife(
    [cluster.brokers, input, output, output, compression, encoder],
    place.count,
  )
  await cluster.remove([output])
  return life
}
