/**
 * What findings are raised about, with the controls that each is evidence for: NIST CSF 2.0, OWASP Top 10 for non-human
 * identities (2025), for agentic applications (2026) and for LLM applications (2026), MITRE ATLAS.
 */
import type { FindingRule } from '#/core/words.ts'

export const FRAMEWORKS = [
  'nist_csf_2.0',
  'owasp_nhi_2025',
  'owasp_agentic_2026',
  'owasp_llm_2026',
] as const
export type Framework = (typeof FRAMEWORKS)[number]

export const ATLAS_VERSION = '5.6'

export interface RuleFacts {
  readonly title: string
  readonly description: string
  readonly severity: 'low' | 'medium' | 'high'
  /** How wide the rule catches. */
  readonly confidence: 'low' | 'medium' | 'high'
  readonly controls: Readonly<Partial<Record<Framework, readonly string[]>>>
  readonly atlas?: { readonly uid: string; readonly name: string }
}

export const RULES = {
  ip_only: {
    title: 'Only a network address identifies the caller of a model',
    description:
      'Calls carry neither a workload, a principal nor a credential that names somebody. Nobody can be held accountable for them.',
    severity: 'low',
    confidence: 'high',
    controls: { 'nist_csf_2.0': ['DE.CM-03'], owasp_agentic_2026: ['ASI03'] },
    atlas: { uid: 'AML.T0040', name: 'AI Model Inference API Access' },
  },
  shared_credential: {
    title: 'One credential is used by many workloads',
    description:
      'Calls of several workloads carry the same credential: it was handed on, or it leaked, and it says nothing about who calls.',
    severity: 'medium',
    confidence: 'medium',
    controls: { owasp_nhi_2025: ['NHI8', 'NHI9'] },
  },
  contradicted_claim: {
    title: 'A claim contradicts a trusted identity',
    description:
      'The caller states an owner or an identity of another owner than the one whose identity the platform has verified.',
    severity: 'high',
    confidence: 'medium',
    controls: { 'nist_csf_2.0': ['PR.AA-04'], owasp_agentic_2026: ['ASI03'] },
  },
  raw_secret: {
    title: 'A record carries a raw secret',
    description:
      'A key or token stands readable in the log. Whoever reads the log can call in its name: revoke it, and mend what logs it.',
    severity: 'high',
    confidence: 'high',
    controls: { owasp_nhi_2025: ['NHI2'], owasp_llm_2026: ['LLM02'] },
    atlas: { uid: 'AML.T0055', name: 'Unsecured Credentials' },
  },
  expired_owner: {
    title: 'An identity is used whose owner is no longer valid',
    description:
      'The directory knew an owner of the identity, but not at the time of the call: it was not taken out of service when its owner left.',
    severity: 'medium',
    confidence: 'high',
    controls: { 'nist_csf_2.0': ['PR.AA-01'], owasp_nhi_2025: ['NHI1'] },
  },
} as const satisfies Readonly<Record<FindingRule, RuleFacts>>
