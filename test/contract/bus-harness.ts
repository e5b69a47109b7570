import type { TestContext } from 'node:test'
import type { Bus, ConsumerOptions } from '#/core/bus.ts'
import type { Deadline, Startable, Started } from '#/core/component.ts'
import type { OutgoingMessage } from '#/core/run.ts'
import { createRecorder, type Recorder } from './bus-recorder.ts'

/** What the bus suite needs of a bus, and the steps that its tests share. */

export interface SuiteMessage {
  readonly key?: string | null
  readonly value: string | null
  readonly headers?: readonly (readonly [string, string])[]
  readonly timestamp?: number
  readonly partition?: number
}

export interface BusHarness {
  readonly bus: Bus
  createTopic(options?: {
    readonly partitions?: number
    readonly max_message_bytes?: number
  }): Promise<string>
  /** A group id that no other test uses. */
  groupId(): string
  publish(topic: string, messages: readonly SuiteMessage[]): Promise<void>
  /** Makes some offsets of partition 0 that no consumer ever sees. */
  leaveGap(topic: string): Promise<void>
  read(topic: string): Promise<
    readonly {
      readonly partition: number
      readonly offset: number
      readonly timestamp: number
      readonly key: string | null
      readonly value: string | null
      readonly headers: readonly (readonly [string, string | null])[]
    }[]
  >
}

export interface Consuming extends Recorder {
  stop(): Promise<void>
}

export async function consume(
  t: TestContext,
  h: BusHarness,
  options: Partial<ConsumerOptions>,
  recorder: Recorder = createRecorder(),
): Promise<Consuming> {
  const started = await h.bus
    .consumer({
      group_id: h.groupId(),
      topics: [],
      initial_offset: 'earliest',
      ...options,
      handler: recorder,
    })
    .start()
  t.after(() => started.stop(deadline()))
  return Object.assign(recorder, {
    consumer: started.value,
    stop: () => started.stop(deadline()),
  })
}

export async function startFor<T>(t: TestContext, startable: Startable<T>): Promise<T> {
  const started: Started<T> = await startable.start()
  t.after(() => started.stop(deadline()))
  return started.value
}

export function deadline(ms = 10_000): Deadline {
  return { at_ms: Date.now() + ms, signal: AbortSignal.timeout(ms) }
}

/** A message to be sent; other than what tests publish, its headers may be null. */
interface OutgoingSuiteMessage extends Omit<SuiteMessage, 'headers'> {
  readonly headers?: readonly (readonly [string, string | null])[]
}

export function outgoing(topic: string, message: OutgoingSuiteMessage): OutgoingMessage {
  const { key = null, value, headers, timestamp = 1_700_000_000_000, partition = 0 } = message
  return {
    topic,
    partition,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: headers?.map(([name, of]) => ({ name, value: of === null ? null : Buffer.from(of) })),
    timestamp,
  }
}

export function numbered(count: number): readonly SuiteMessage[] {
  return Array.from({ length: count }, (_, i) => ({ value: String(i) }))
}
