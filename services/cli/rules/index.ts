import { stringify } from 'yaml'
import { coverageAlerts } from './coverage.ts'
import { pipelineAlerts } from './pipeline.ts'
import { recordingGroups } from './recording.ts'
import type { RuleGroup, RuleOptions } from './rule.ts'
import { serviceAlerts } from './service.ts'

/** All rules, in the order in which they are printed: what alerts read is recorded before. */

export const PARTS = ['recording', 'alerts'] as const
export type Part = (typeof PARTS)[number]

export function ruleGroups(options: RuleOptions, part?: Part): readonly RuleGroup[] {
  return [
    ...(part === 'alerts' ? [] : recordingGroups(options)),
    ...(part === 'recording' ? [] : alertGroups(options)),
  ]
}

function alertGroups(options: RuleOptions): readonly RuleGroup[] {
  return [
    { name: 'whosecall-coverage.alerts', rules: coverageAlerts(options) },
    { name: 'whosecall-pipeline.alerts', rules: pipelineAlerts(options) },
    { name: 'whosecall-service.alerts', rules: serviceAlerts(options) },
  ]
}

/** A rules file as Prometheus reads it. */
export function rulesFile(groups: readonly RuleGroup[]): string {
  return stringify({ groups }, { singleQuote: true, lineWidth: 0, aliasDuplicateObjects: false })
}
