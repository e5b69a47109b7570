/** A finding as OCSF 1.9 Detection Finding (class 2004), and as a message. Valid by `schemas/finding.schema.json`. */
import { isIP } from 'node:net'
import type { OutgoingMessage } from '#/core/run.ts'
import { ATLAS_VERSION, RULES, type RuleFacts } from './rules.ts'
import type { Finding } from './watch.ts'

const VERSION = '1.9.0'
const CLASS_DETECTION_FINDING = 2004
const CLASS_API_ACTIVITY_OTHER = 600399
const ACTIVITY_CREATE = 1

const SEVERITIES = {
  low: { severity_id: 2, severity: 'Low' },
  medium: { severity_id: 3, severity: 'Medium' },
  high: { severity_id: 4, severity: 'High' },
} as const
const CONFIDENCES = {
  low: { confidence_id: 1, confidence: 'Low' },
  medium: { confidence_id: 2, confidence: 'Medium' },
  high: { confidence_id: 3, confidence: 'High' },
} as const

export function detectionFinding(finding: Finding): object {
  const { mark, uid, time_ms } = finding
  const rule: RuleFacts = RULES[mark.rule]
  return {
    activity_id: ACTIVITY_CREATE,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS_DETECTION_FINDING,
    class_name: 'Detection Finding',
    type_uid: CLASS_DETECTION_FINDING * 100 + ACTIVITY_CREATE,
    type_name: 'Detection Finding: Create',
    ...SEVERITIES[rule.severity],
    ...CONFIDENCES[rule.confidence],
    time: time_ms,
    is_alert: true,
    status_id: 1,
    status: 'New',
    metadata: {
      version: VERSION,
      product: { name: 'whosecall', vendor_name: 'whosecall' },
      uid,
      log_provider: mark.source,
    },
    finding_info: infoOf(finding, rule),
    evidences: [evidenceOf(finding)],
    resources: [resourceOf(finding)],
    observables: observablesOf(finding),
    unmapped: {
      rule: mark.rule,
      subject: mark.subject,
      window_start: finding.window_start_ms,
      window_ms: finding.window_ms,
    },
  }
}

function infoOf({ mark, uid, time_ms, event_id }: Finding, rule: RuleFacts) {
  const controls = Object.entries(rule.controls)
  return {
    uid,
    title: rule.title,
    desc: rule.description,
    types: [mark.rule],
    created_time: time_ms,
    analytic: { type_id: 1, type: 'Rule', uid: `whosecall.${mark.rule}`, name: rule.title },
    attacks: rule.atlas && [{ technique: rule.atlas, version: ATLAS_VERSION }],
    tags: controls.map(([name, values]) => ({ name, values })),
    related_events: [{ uid: event_id, type_uid: CLASS_API_ACTIVITY_OTHER }],
  }
}

function evidenceOf({ mark, event_id, members }: Finding) {
  return {
    uid: event_id,
    src_endpoint: endpointOf(mark.address),
    data: {
      source: mark.source,
      ...mark.details,
      ...(members.length === 0 ? {} : { workloads: members }),
    },
  }
}

/** Redaction may have left a pseudonym, or a network. */
function endpointOf(address: string | undefined) {
  if (address === undefined) return undefined
  return isIP(address) === 0 ? { uid: address } : { ip: address }
}

function resourceOf({ mark }: Finding) {
  const { subject, owner_id } = mark
  return {
    uid: subject,
    type: subject.slice(0, subject.indexOf('=')),
    owner: owner_id === undefined ? undefined : { uid: owner_id },
  }
}

function observablesOf({ mark: { address, subject } }: Finding) {
  return address !== undefined && isIP(address) !== 0
    ? [{ name: 'evidences[].src_endpoint.ip', type_id: 2, type: 'IP Address', value: address }]
    : [{ name: 'resources[].uid', type_id: 10, type: 'Resource UID', value: subject }]
}

/** Keyed by its id, so that a compacted topic keeps one of copies. It carries the current time, as retention goes by it. */
export function findingMessage(
  finding: Finding,
  { topic, partitions }: { readonly topic: string; readonly partitions: number },
  now_ms: number,
): OutgoingMessage {
  return {
    topic,
    partition: parseInt(finding.uid.slice(0, 8), 16) % partitions,
    key: Buffer.from(finding.uid),
    value: Buffer.from(JSON.stringify(detectionFinding(finding))),
    headers: [
      { name: 'content-type', value: Buffer.from('application/json') },
      { name: 'finding-rule', value: Buffer.from(finding.mark.rule) },
    ],
    timestamp: now_ms,
  }
}
