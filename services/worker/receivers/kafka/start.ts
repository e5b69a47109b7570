/** Starts a receiver: its lanes, its commit gate and its consumer. It stops in two halves, with the drain in between. */
import { matchTopics } from '#/bus/topics.ts'
import type { Bus } from '#/core/bus.ts'
import type { Deadline } from '#/core/component.ts'
import type { Counter, Ports } from '#/core/ports.ts'
import { loadShapes } from '#/formats/shapes/index.ts'
import type { Cluster } from '../../clusters.ts'
import type { Health } from '../../admin/health.ts'
import type { PartitionWatch } from '../../admin/partitions.ts'
import type { TapSink } from '../../admin/tap.ts'
import type { Exporter } from '../../exporters/kafka/exporter.ts'
import { startCommitter, type Committer } from '../../pipeline/committer.ts'
import { createGate, type Gate } from '../../pipeline/gate.ts'
import { createIntake, type Judging } from '../../pipeline/intake.ts'
import { createLag } from '../../pipeline/lag.ts'
import { createShadow, type ShadowReport } from '../../shadow/shadow.ts'
import type { Quota } from '../../pipeline/quota.ts'
import type { Tally } from '../../pipeline/tally.ts'
import { checkDeadLetterSize } from './dead-letter-size.ts'
import { createJudging, type JudgingConfig } from './judging.ts'

export interface ReceiverOptions extends JudgingConfig {
  readonly id: string
  readonly bus: Bus
  /** As it was at the start. */
  readonly cluster: Cluster
  /** Those of the pipeline; one of them takes dead letters. */
  readonly exporters: readonly Exporter[]
  readonly commit_interval_ms: number
  readonly quota: Quota
  readonly tally: Tally
  readonly health: Health
  readonly partitions: PartitionWatch
  readonly tap: TapSink
  readonly onFailure: (error: unknown) => void
  /** Judges beside the receiver, for comparison. */
  readonly shadow?: JudgingConfig | undefined
  readonly shadow_report?: ShadowReport | undefined
  readonly ports: Ports
}

export interface StartedReceiver {
  /**
   * Makes what judges records by another config. Nothing changes until the function that it returns is called; that one
   * resolves when no run is judged in the old way any more.
   */
  prepare(next: JudgingConfig): () => Promise<void>
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
  const shapes = await Promise.all(exporters.map(({ encoding }) => loadShapes(encoding)))
  const judgingOf = (next: JudgingConfig): Judging =>
    createJudging(next, shapes, findings && origin, { ...ports, tally: options.tally })
  let component_ids = options.processor_ids
  let committer: Committer | undefined
  const intake = createIntake(
    {
      ...judgingOf(options),
      origin,
      redrive_topic: config.redrive_topic,
      outputs: exporters.map(({ output }) => output),
      dead_letter,
      findings,
      watch: findings?.watch,
      onProcessed(events) {
        for (const component of component_ids)
          items.add(events, { component, kind: 'processor', outcome: 'success' })
      },
      tap: options.tap,
    },
    {
      ...ports,
      tally: options.tally,
      gate,
      quota: options.quota,
      lag,
      shadow:
        options.shadow &&
        createShadow(
          { origin, redrive_topic: config.redrive_topic },
          (shadow_ports) => createJudging(options.shadow!, shapes, undefined, shadow_ports),
          options.shadow_report!,
          ports,
        ),
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
    prepare(next) {
      const judging = judgingOf(next)
      return () => {
        component_ids = next.processor_ids
        return intake.swap(judging)
      }
    },
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
