import { WhosecallError } from '#/core/errors.ts'
import type { WorkerConfig } from '../config.ts'
import { judgingConfig } from '../judging-config.ts'
import type { StartedReceiver } from '../receivers/kafka/start.ts'
import { checkSeries } from '../series.ts'
import { frozenChanges } from './frozen.ts'
import type { OwnersInForce } from './owners-in-force.ts'

export interface TakeOver {
  readonly before: WorkerConfig
  readonly receivers: ReadonlyMap<string, StartedReceiver>
  readonly owners: OwnersInForce
  /** Partitions that may be assigned to this process. */
  readonly read_partitions: number
}

/**
 * Builds all that judges by the new config, and only when all of it stands swaps it in. Resolves with the most metric series
 * that it can give.
 */
export async function takeOver(
  next: WorkerConfig,
  { before, receivers, owners, read_partitions }: TakeOver,
): Promise<number> {
  const frozen = frozenChanges(before, next)
  if (frozen.length > 0)
    throw new WhosecallError(
      'config_invalid',
      `these changes need a restart of the worker: ${frozen.join(', ')}`,
    )
  const series_max = checkSeries(next, read_partitions)
  const candidate = await owners.prepare(next.owners)
  let swaps: readonly (() => Promise<void>)[]
  try {
    swaps = [...receivers].map(([id, receiver]) =>
      receiver.prepare(judgingConfig(next, id, candidate.value)),
    )
  } catch (error) {
    await candidate.drop()
    throw error
  }
  const ended = swaps.map((swap) => swap())
  candidate.use(Promise.all(ended))
  return series_max
}
