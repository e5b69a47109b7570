import type { Deadline, Startable } from './component.ts'
import type { ExportResult, OutgoingMessage, Run } from './run.ts'

/**
 * The log bus behind one port. Every client (`kafkajs`, `memory`, …) passes the same contract suite.
 */

export interface PartitionId {
  readonly topic: string
  readonly partition: number
}

/** Where a consumer stands; `offset` is the next one to read. */
export interface Position extends PartitionId {
  readonly offset: number
}

/** A position of a group. */
export interface Commit extends Position {
  /** What the group remembers beside it; brokers take 4096 characters unless they are told otherwise. Absent when empty. */
  readonly metadata?: string
}

export interface ConsumerHandler {
  /**
   * Takes a run. The promise resolves when the partition may hand over its next run (its byte quota has room);
   * the client keeps the group alive meanwhile and stops fetching that partition, never its neighbours.
   */
  onRun(run: Run, epoch: number): Promise<void>
  /**
   * Nothing more will come below `next_offset` beyond what was handed over: control records, aborted transactions,
   * compaction. Called in the order of the partition's runs; the gate may move over the gap.
   */
  onSkipped(partition: PartitionId, next_offset: number, epoch: number): void
  /** Partitions were assigned. `epoch` is higher than any before; runs and commits carry it. */
  onAssigned(partitions: readonly PartitionId[], epoch: number): void
  /**
   * Reading begins here in this epoch: at the commit of the group, at the oldest message if what was committed or all
   * before it is gone, or where `initial_offset` says. Lag is measured from it until the first run. Told at most once
   * per epoch and partition, and not any more when something was handed out before it was known.
   */
  onBegun(position: Position, epoch: number): void
  /**
   * These partitions are no longer ours (or are re-read from the last commit): fates of older epochs are late. A commit
   * with the old epoch that is called from inside may still be in time; after it, it is ignored.
   */
  onRevoked(partitions: readonly PartitionId[]): void
  /** The log ends here now (last stable offset), for lag. */
  onEnd(partition: PartitionId, end_offset: number): void
  /**
   * Offsets that no longer exist were skipped: loss, reported. `lost_to` is where reading goes on; it is below `lost_from`
   * when the log was cut back or the topic was created anew.
   */
  onOutOfRange(partition: PartitionId, lost_from: number, lost_to: number): void
  /** The client gave up after its bounded restarts. */
  onFailure(error: unknown): void
}

export interface ConsumerOptions {
  readonly group_id: string
  /** Exact names, or a pattern that begins with `^`. */
  readonly topics: readonly string[]
  readonly exclude_topics?: readonly string[]
  /**
   * Where to begin without a commit. A topic that a pattern finds only later is read from its beginning in any case: all of
   * it came after the start.
   */
  readonly initial_offset: 'earliest' | 'latest'
  /** How often a client looks which topics its patterns match (default 60 s). */
  readonly topics_refresh_interval_ms?: number
  /** A member that is silent for this long is dead to the group (default 30 s). */
  readonly session_timeout_ms?: number
  /** Default: a tenth of the session time-out. */
  readonly heartbeat_interval_ms?: number
  readonly handler: ConsumerHandler
}

export interface Consumer {
  /**
   * The first half of a stop: hands out no more runs and resolves when none is being handed out (a pending `onRun` is no
   * longer waited for). Membership stays, heartbeats go on, so that what is in flight can still be committed.
   */
  halt(): Promise<void>
  /** Commits next offsets. A stale epoch is ignored. Rejects when the broker does not take it. */
  commit(positions: readonly Commit[], epoch: number): Promise<void>
}

export interface Producer {
  /**
   * One attempt, acks=all. Never rejects. Who retries passes the very same array: then a message that the broker has
   * already is recognised there and not written twice.
   */
  send(messages: readonly OutgoingMessage[]): Promise<ExportResult>
}

export interface ProducerOptions {
  /** Compression of what is written; without it that of the connection. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

export interface Admin {
  clusterId(): Promise<string>
  /** Names of all topics. */
  topics(): Promise<readonly string[]>
  /** Topic → number of partitions; `undefined` for a topic that does not exist. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number | undefined>>
  /** Topic → `max.message.bytes`; `undefined` where the broker does not say. */
  maxMessageBytes(topics: readonly string[]): Promise<ReadonlyMap<string, number | undefined>>
  createTopics(
    topics: readonly {
      readonly topic: string
      readonly partitions: number
      /** `max.message.bytes`; the default of the broker without it. */
      readonly max_message_bytes?: number
    }[],
  ): Promise<void>
  /** Group position per partition of a topic; -1 where nothing is committed. */
  committed(group_id: string, topic: string): Promise<readonly Commit[]>
  endOffsets(topic: string): Promise<readonly Position[]>
}

/** Reads by offset, without a group: nothing is committed, and nobody else notices. */
export interface Reader {
  /** Messages from the offset on, as one run; `undefined` when there are none. Rejects when there is no such partition. */
  read(from: Position): Promise<Run | undefined>
}

/** A connection to one cluster. Consumers and producers are started from it and stopped on their own. */
export interface Bus {
  consumer(options: ConsumerOptions): Startable<Consumer>
  producer(options?: ProducerOptions): Startable<Producer>
  admin(): Startable<Admin>
  reader(): Startable<Reader>
}

export type { Deadline }
