import type { Meter } from '#/core/ports.ts'
import type { ProcessorPlan } from '../processor.ts'
import { RedactionConfig } from './config.ts'
import { planRedaction } from './redaction.ts'

export const redaction = {
  type: 'redaction',
  Config: RedactionConfig,
  create(config: RedactionConfig, ports: { readonly meter: Meter }): ProcessorPlan {
    return planRedaction(config, ports.meter)
  },
} as const
