/** Connections that lack something, found here and not only when a broker is asked: credentials, and halves of pairs. */
import { connectionProblems } from '#/bus/config.ts'
import { pointerOf, type Report } from '#/config/index.ts'
import type { WorkerConfig } from './config.ts'

export function connections(config: WorkerConfig, report: Report): void {
  for (const kind of ['receivers', 'exporters'] as const)
    for (const [id, component] of Object.entries(config[kind]))
      for (const { path, message } of connectionProblems(component))
        report(pointerOf(kind, id, ...path.split('.')), { code: 'WC-C117', message })
}
