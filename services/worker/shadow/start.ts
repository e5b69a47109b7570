import { isDeepStrictEqual } from 'node:util'
import type { Started } from '#/core/component.ts'
import type { Owners } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import { createOwners } from '#/owners/index.ts'
import type { WorkerConfig } from '../config.ts'
import { judgingConfig, receiversOf } from '../judging-config.ts'
import type { JudgingConfig } from '../receivers/kafka/judging.ts'
import type { OwnersInForce } from '../reload/owners-in-force.ts'
import { createShadowReport, NO_METER, type ShadowReport } from './shadow.ts'

export interface StartedShadow {
  readonly report: ShadowReport
  judgingOf(receiver_id: string): JudgingConfig | undefined
}

/** A candidate asks the owners of the live config, those of the start, unless it has others. */
export async function startShadow(
  { config, shadow }: { readonly config: WorkerConfig; readonly shadow: WorkerConfig },
  live: Pick<OwnersInForce, 'keep'>,
  ports: Ports,
): Promise<Started<StartedShadow>> {
  let owners: Owners
  let stop: Started<unknown>['stop'] = () => Promise.resolve()
  if (isDeepStrictEqual(shadow.owners, config.owners)) owners = live.keep()
  else {
    const own = await createOwners(shadow.owners, { ...ports, meter: NO_METER }).start()
    owners = own.value
    stop = own.stop
  }
  const judged = receiversOf(shadow).map(({ id }) => id)
  const unjudged = Object.keys(config.receivers).filter((id) => !judged.includes(id))
  if (unjudged.length > 0)
    ports.logger.warn({ receivers: unjudged }, 'the candidate config has no such receivers')
  const value: StartedShadow = {
    report: createShadowReport(),
    judgingOf: (id) => (judged.includes(id) ? judgingConfig(shadow, id, owners) : undefined),
  }
  return { value, stop }
}
