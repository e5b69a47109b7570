import type { Consumer, ConsumerHandler, PartitionId, Position } from '#/core/bus.ts'
import type { Header, Run } from '#/core/run.ts'

/**
 * A consumer handler that writes down what it is told and lets a test wait for it, without sleeping. Messages are copied out
 * of their runs at once and the runs released, as a client may reuse the bytes.
 */

export interface RecordedMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
  readonly epoch: number
}

export interface Recorder extends ConsumerHandler {
  readonly messages: RecordedMessage[]
  readonly runs: Run[]
  readonly skipped: { readonly partition: PartitionId; readonly next_offset: number }[]
  readonly assigned: { readonly partitions: readonly PartitionId[]; readonly epoch: number }[]
  /** Where reading began, by epoch. */
  readonly begun: (Position & { readonly epoch: number })[]
  readonly revoked: (readonly PartitionId[])[]
  readonly ends: Map<string, number>
  readonly out_of_range: { readonly from: number; readonly to: number }[]
  readonly failures: unknown[]
  /** Given a promise for a run, that partition is not ready for its next run before it resolves. */
  hold: (run: Run) => Promise<void> | undefined
  consumer: Consumer | undefined
  epoch(): number
  /** Resolves as soon as the condition holds; it is looked at after every event. */
  until(condition: () => boolean): Promise<void>
}

export function createRecorder(): Recorder {
  const waiting = new Set<() => void>()
  const notify = (): void => {
    for (const look of waiting) look()
  }
  const recorder: Recorder = {
    messages: [],
    runs: [],
    skipped: [],
    assigned: [],
    begun: [],
    revoked: [],
    ends: new Map(),
    out_of_range: [],
    failures: [],
    hold: () => undefined,
    consumer: undefined,
    epoch: () => recorder.assigned.at(-1)?.epoch ?? 0,
    until(condition) {
      return new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      })
    },
    async onRun(run, epoch) {
      recorder.runs.push(run)
      recorder.messages.push(...messagesOf(run, epoch))
      run.release()
      const held = recorder.hold(run)
      notify()
      await held
    },
    onSkipped(partition, next_offset) {
      recorder.skipped.push({ partition, next_offset })
      notify()
    },
    onAssigned(partitions, epoch) {
      recorder.assigned.push({ partitions, epoch })
      notify()
    },
    onBegun(position, epoch) {
      recorder.begun.push({ ...position, epoch })
      notify()
    },
    onRevoked(partitions) {
      recorder.revoked.push(partitions)
      notify()
    },
    onEnd({ topic, partition }, end_offset) {
      recorder.ends.set(`${topic}/${partition}`, end_offset)
      notify()
    },
    onOutOfRange(_, from, to) {
      recorder.out_of_range.push({ from, to })
      notify()
    },
    onFailure(error) {
      recorder.failures.push(error)
      notify()
    },
  }
  return recorder
}

function messagesOf(run: Run, epoch: number): readonly RecordedMessage[] {
  return Array.from({ length: run.count }, (_, i) => ({
    topic: run.topic,
    partition: run.partition,
    offset: run.offsets[i] ?? -1,
    timestamp: run.timestamps[i] ?? -1,
    key: text(run.bytes, run.key_starts[i], run.key_ends[i]),
    value: text(run.bytes, run.value_starts[i], run.value_ends[i]),
    headers: (run.headers[i] ?? []).map(
      ({ name, value }: Header) => [name, value?.toString() ?? null] as const,
    ),
    epoch,
  }))
}

function text(bytes: Buffer, start = -1, end = -1): string | null {
  return start < 0 ? null : bytes.toString('utf8', start, end)
}

export function values(messages: readonly RecordedMessage[]): readonly (string | null)[] {
  return messages.map((message) => message.value)
}
