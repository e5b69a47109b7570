/** Starts a receiver: its lanes, its commit gate and its consumer. It stops in two halves, with the drain in between. */
import { matchTopics } from '#/bus/topics.ts'
import type { Bus } from '#/core/bus.ts'
import type { Deadline } from '#/core/component.ts'
import type { Owners } from '#/core/owners.ts'
import type { Counter, Ports } from '#/core/ports.ts'
import { loadShapes } from '#/formats/shapes/index.ts'
import type { Cluster } from '../../clusters.ts'
import type { WorkerConfig } from '../../config.ts'
import type { Health } from '../../admin/health.ts'
import type { PartitionWatch } from '../../admin/partitions.ts'
import type { Exporter } from '../../exporters/kafka/exporter.ts'
import { startCommitter, type Committer } from '../../pipeline/committer.ts'
import { createGate, type Gate } from '../../pipeline/gate.ts'
import { createIntake } from '../../pipeline/intake.ts'
import { createLag } from '../../pipeline/lag.ts'
import { createIntakeLane } from '../../pipeline/lanes.ts'
import type { Quota } from '../../pipeline/quota.ts'
import type { Tally } from '../../pipeline/tally.ts'
import type { KafkaReceiverConfig } from './config.ts'
import { checkDeadLetterSize } from './dead-letter-size.ts'
import { encodingsOf } from './receiver.ts'
import { createSniffer } from './sniff.ts'

export interface ReceiverOptions {
  readonly id: string
  readonly config: KafkaReceiverConfig
  readonly processors: WorkerConfig['processors']
  /** Processors of the pipeline, in order. */
  readonly processor_ids: readonly string[]
  readonly bus: Bus
  /** As it was at the start. */
  readonly cluster: Cluster
  /** Those of the pipeline; one of them takes dead letters. */
  readonly exporters: readonly Exporter[]
  readonly commit_interval_ms: number
  readonly owners: Owners
  readonly quota: Quota
  readonly tally: Tally
  readonly health: Health
  readonly partitions: PartitionWatch
  readonly onFailure: (error: unknown) => void
  readonly ports: Ports
}

export interface StartedReceiver {
  /** First half: no more runs. */
  halt(): Promise<void>
  /** Second half, after the exporters have drained: commits, leaves the group. */
  stop(deadline: Deadline): Promise<void>
  readonly in_flight: () => number
}

export async function startReceiver(options: ReceiverOptions): Promise<StartedReceiver> {
  const { id, config, ports, bus, cluster, exporters } = options
  const origin = config.origin ?? cluster.id
  const inputs = matchTopics(config.logs, cluster.topics).found.map((topic) => ({
    topic,
    bytes_max: cluster.bytes_max.get(topic),
  }))
  const dead_letter = exporters.find((exporter) => exporter.dead_letter !== undefined)!.dead_letter!
  const { brokers } = dead_letter
  const findings = exporters.find((exporter) => exporter.findings !== undefined)?.findings
  checkDeadLetterSize({ receiver_id: id, inputs, dead_letter, brokers }, ports.logger)

  const items = ports.meter.counter('whosecall_component_items_total')
  const gate = createGate(ports)
  countTaken(gate, items, id, ports.meter)
  const lag = createLag(ports)
  const encodings = encodingsOf(config)
  const shapes = await Promise.all(exporters.map(({ encoding }) => loadShapes(encoding)))
  const lane_ports = { ...ports, owners: options.owners, tally: options.tally }
  let committer: Committer | undefined
  const intake = createIntake(
    {
      origin,
      lanes: encodings.map((encoding) =>
        createIntakeLane(
          encoding,
          config,
          options.processors,
          options.processor_ids,
          lane_ports,
          shapes,
          findings && origin,
        ),
      ),
      laneOf: createSniffer(encodings),
      drop_non_calls: options.processor_ids.some((processor) => {
        const of = options.processors[processor]
        return of !== undefined && 'non_calls' in of && of.non_calls === 'drop'
      }),
      partition_bytes_max: config.limits.partition_bytes_max,
      redrive_topic: config.redrive_topic,
      outputs: exporters.map(({ output }) => output),
      dead_letter,
      findings,
      watch: findings?.watch,
      onProcessed(events) {
        for (const component of options.processor_ids)
          items.add(events, { component, kind: 'processor', outcome: 'success' })
      },
    },
    {
      ...lane_ports,
      gate,
      quota: options.quota,
      lag,
      onFailure: options.onFailure,
      onProgress: options.health.onProgress,
      onRevoking: () => void committer?.flush(),
    },
  )
  options.health.watchReceiver(id, gate, lag)
  options.partitions.watchReceiver(id, gate, lag)
  const consumer = await bus
    .consumer({
      group_id: config.group_id,
      topics: config.redrive_topic
        ? [...config.logs.topics, config.redrive_topic]
        : config.logs.topics,
      exclude_topics: config.logs.exclude_topics,
      initial_offset: config.initial_offset,
      topics_refresh_interval_ms: config.metadata.refresh_interval_ms,
      session_timeout_ms: config.session_timeout_ms,
      heartbeat_interval_ms: config.heartbeat_interval_ms,
      handler: intake,
    })
    .start()
  committer = startCommitter(gate, consumer.value, options.commit_interval_ms, ports)
  return {
    halt: () => consumer.value.halt(),
    in_flight: () => gate.in_flight,
    async stop(deadline) {
      await committer?.stop()
      await committer?.flush()
      await consumer.stop(deadline)
    },
  }
}

function countTaken(gate: Gate, items: Counter, component: string, meter: Ports['meter']): void {
  let told = 0
  meter.onScrape(() => {
    items.add(gate.consumed - told, { component, kind: 'receiver', outcome: 'success' })
    told = gate.consumed
  })
}
