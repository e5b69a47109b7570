import type { Meter } from '#/core/ports.ts'
import type { ProcessorPlan } from '../processor.ts'
import { RedactionConfig } from './config.ts'
import { planRedaction } from './redaction.ts'
import { planSecretRedaction, type SecretOptions } from './secrets.ts'

export const redaction = {
  type: 'redaction',
  Config: RedactionConfig,
  create(config: RedactionConfig, ports: { readonly meter: Meter }): ProcessorPlan {
    return planRedaction(config, ports.meter)
  },
  /** The part that needs to know the sources. */
  createForSecrets(
    config: RedactionConfig,
    ports: { readonly meter: Meter },
    options: SecretOptions,
  ): ProcessorPlan {
    return planSecretRedaction(config, options, ports.meter)
  },
} as const
