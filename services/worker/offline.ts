/**
 * The pipeline without a bus: messages in, what becomes of them out, in order. The slices, processors, formats and rules
 * are those of the running worker; only consumer, producer and commits are missing.
 */
import type { Deadline, Started } from '#/core/component.ts'
import type { Owners } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import type { Run } from '#/core/run.ts'
import type { OutputEncoding } from '#/core/words.ts'
import { loadShapes } from '#/formats/shapes/index.ts'
import { createOwners } from '#/owners/index.ts'
import type { OwnersConfig } from '#/owners/index.ts'
import type { WorkerConfig } from './config.ts'
import { createGate } from './pipeline/gate.ts'
import { createIntake } from './pipeline/intake.ts'
import type { ObservedMessage } from './pipeline/judge.ts'
import { createLag } from './pipeline/lag.ts'
import type { Lane } from './pipeline/lane.ts'
import { createQuota } from './pipeline/quota.ts'
import { createTally } from './pipeline/tally.ts'
import type { KafkaReceiverConfig } from './receivers/kafka/config.ts'
import { createJudging } from './receivers/kafka/judging.ts'

export interface OfflineOptions {
  readonly receiver: KafkaReceiverConfig
  readonly processors: WorkerConfig['processors']
  /** A config of owners, or owners that are there already. */
  readonly owners: OwnersConfig | Owners
  readonly ports: Ports
  /** What messages leave as. */
  readonly encoding?: OutputEncoding
}

export interface OfflineMessage {
  /** `null` is a tombstone. */
  readonly value: Buffer | null
  readonly offset: number
  /** Stands in for the Kafka timestamp, epoch milliseconds. */
  readonly timestamp: number
}

export interface Offline {
  /** Takes messages of one topic; the answers are in the same order. */
  attribute(topic: string, messages: readonly OfflineMessage[]): Promise<readonly ObservedMessage[]>
  stop(deadline: Deadline): Promise<void>
}

export async function startOffline(options: OfflineOptions): Promise<Offline> {
  const { receiver, ports, processors } = options
  const owners = await startOwners(options.owners, ports)
  const tally = createTally(ports)
  const gate = createGate(ports)
  const findShape = await loadShapes(options.encoding ?? 'as_is')
  const failure: { error?: unknown } = {}
  let observed: ObservedMessage[] = []
  const judging = createJudging(
    { config: receiver, processors, processor_ids: Object.keys(processors), owners: owners.value },
    [findShape],
    undefined,
    { ...ports, tally },
  )
  const intake = createIntake(
    {
      ...judging,
      origin: receiver.origin ?? 'file',
      partition_bytes_max: Infinity,
      redrive_topic: undefined,
      outputs: [{ topic: 'out', partitions: 1, lane: openLane }],
      dead_letter: { topic: 'dead', partitions: 1, lane: openLane },
    },
    {
      ...ports,
      tally,
      gate,
      quota: createQuota({ total_bytes_max: Infinity }),
      lag: createLag(ports),
      onFailure: (error) => (failure.error = error),
      onRevoking() {},
      onProgress() {},
      onObserved: (message) => observed.push(message),
    },
  )
  let epoch = 0
  return {
    async attribute(topic, messages) {
      observed = []
      epoch += 1
      intake.onAssigned([{ topic, partition: 0 }], epoch)
      await intake.onRun(runOf(topic, messages), epoch)
      if (failure.error !== undefined) throw failure.error
      return observed
    },
    stop: (deadline) => owners.stop(deadline),
  }
}

async function startOwners(owners: OwnersConfig | Owners, ports: Ports): Promise<Started<Owners>> {
  if ('peek' in owners) return { value: owners, stop: () => Promise.resolve() }
  return createOwners(owners, ports).start()
}

/** Takes everything at once: there is no broker to wait for. */
const openLane: Lane = {
  push: (parcel) => parcel.done([]),
  holding: false,
  drain: () => Promise.resolve(),
  close: () => 0,
}

function runOf(topic: string, messages: readonly OfflineMessage[]): Run {
  const count = messages.length
  const starts = new Int32Array(count)
  const ends = new Int32Array(count)
  let size = 0
  for (const [i, { value }] of messages.entries()) {
    starts[i] = value === null ? -1 : size
    size += value?.length ?? 0
    ends[i] = value === null ? -1 : size
  }
  const none = new Int32Array(count).fill(-1)
  return {
    topic,
    partition: 0,
    count,
    bytes: Buffer.concat(
      messages.map(({ value }) => value ?? Buffer.alloc(0)),
      size,
    ),
    offsets: Float64Array.from(messages, ({ offset }) => offset),
    timestamps: Float64Array.from(messages, ({ timestamp }) => timestamp),
    value_starts: starts,
    value_ends: ends,
    key_starts: none,
    key_ends: none,
    headers: [],
    release() {},
  }
}
