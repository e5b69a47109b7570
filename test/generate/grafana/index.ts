import { COVERAGE } from './coverage.ts'
import { dashboardJson } from './dashboard.ts'
import { LOOKUPS } from './lookups.ts'
import { PIPELINE } from './pipeline.ts'

/** The dashboards of `deploy/grafana/`, each in a file of its uid. */
export const DASHBOARDS = [COVERAGE, PIPELINE, LOOKUPS] as const

export function dashboardFiles(): readonly { readonly path: string; readonly text: string }[] {
  return DASHBOARDS.map((dashboard) => ({
    path: `deploy/grafana/dashboards/${dashboard.uid}.json`,
    text: `${JSON.stringify(dashboardJson(dashboard, DASHBOARDS), undefined, 2)}\n`,
  }))
}
