/**
 * Helm reads files of its chart only, so the alert rules and dashboards stand in the chart a second time. What they are copied
 * from is in `deploy/prometheus/` and `deploy/grafana/`.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ChartCopy {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FILES = 'deploy/helm/whosecall/files'

/** Pattern of the originals → folder of the copies. */
const SOURCES: Readonly<Record<string, string>> = {
  'deploy/prometheus/whosecall.*.yaml': `${FILES}/rules`,
  'deploy/grafana/**/*.json': `${FILES}/dashboards`,
}

/** Of originals that are generated themselves the fresh text counts, not what lies there. */
export function chartCopies(generated: readonly ChartCopy[]): readonly ChartCopy[] {
  const fresh = new Map(generated.map(({ path, text }) => [path, text]))
  return Object.entries(SOURCES).flatMap(([pattern, folder]) =>
    globSync(pattern, { cwd: ROOT })
      .toSorted()
      .map((path) => ({
        path: `${folder}/${basename(path)}`,
        text: fresh.get(path) ?? readFileSync(`${ROOT}${path}`, 'utf8'),
      })),
  )
}

/** What lies there now; a copy whose original is gone must go, too. */
export function copiesThere(): readonly string[] {
  return globSync(`${FILES}/*/*`, { cwd: ROOT }).toSorted()
}
