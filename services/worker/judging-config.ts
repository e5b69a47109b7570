/** What of a config says how the records of each receiver are judged. */
import type { Owners } from '#/core/owners.ts'
import type { PipelineConfig, WorkerConfig } from './config.ts'
import type { JudgingConfig } from './receivers/kafka/judging.ts'

export interface ReceiverInPipeline {
  readonly id: string
  readonly pipeline: PipelineConfig
}

export function receiversOf(config: WorkerConfig): readonly ReceiverInPipeline[] {
  return Object.values(config.service.pipelines).flatMap((pipeline) =>
    pipeline.receivers.map((id) => ({ id, pipeline })),
  )
}

export function judgingConfig(config: WorkerConfig, id: string, owners: Owners): JudgingConfig {
  const { pipeline } = receiversOf(config).find((receiver) => receiver.id === id)!
  const { processors } = config
  return { config: config.receivers[id]!, processors, processor_ids: pipeline.processors, owners }
}
