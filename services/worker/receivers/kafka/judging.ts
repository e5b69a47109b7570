/** From a config to what judges the records of a receiver: a lane for each encoding, and which message is for which. */
import type { Owners } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import type { FindShape } from '#/formats/shapes/index.ts'
import type { WorkerConfig } from '../../config.ts'
import type { Judging } from '../../pipeline/intake.ts'
import { createIntakeLane } from '../../pipeline/lanes.ts'
import type { Tally } from '../../pipeline/tally.ts'
import type { KafkaReceiverConfig } from './config.ts'
import { encodingsOf } from './receiver.ts'
import { createSniffer } from './sniff.ts'

/** What of a config says how records are judged: it can change while the receiver runs. */
export interface JudgingConfig {
  readonly config: KafkaReceiverConfig
  readonly processors: WorkerConfig['processors']
  /** Processors of the pipeline, in order. */
  readonly processor_ids: readonly string[]
  readonly owners: Owners
}

export type JudgingPorts = Ports & { readonly tally: Tally }

/** `findings_origin` stands first in the ids of events, when findings about them are wanted. */
export function createJudging(
  { config, processors, processor_ids, owners }: JudgingConfig,
  shapes: readonly FindShape[],
  findings_origin: string | undefined,
  ports: JudgingPorts,
): Judging {
  const encodings = encodingsOf(config)
  return {
    lanes: encodings.map((encoding) =>
      createIntakeLane(
        encoding,
        config,
        processors,
        processor_ids,
        { ...ports, owners },
        shapes,
        findings_origin,
      ),
    ),
    laneOf: createSniffer(encodings),
    drop_non_calls: processor_ids.some((id) => {
      const of = processors[id]
      return of !== undefined && 'non_calls' in of && of.non_calls === 'drop'
    }),
    partition_bytes_max: config.limits.partition_bytes_max,
    owners,
  }
}
