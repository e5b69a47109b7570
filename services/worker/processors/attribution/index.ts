import { createRules, type Rules, type RulesOptions } from '#/attribution/index.ts'
import type { AttributionRecord } from '#/core/decision.ts'
import type { Owners } from '#/core/owners.ts'
import type { Clock, Meter } from '#/core/ports.ts'
import type { Marker } from '../../findings/marks.ts'
import type { Labels } from '../../pipeline/labels.ts'
import type { Tally } from '../../pipeline/tally.ts'
import type { ProcessorPlan } from '../processor.ts'
import { createAttribution } from './attribution.ts'
import { AttributionConfig } from './config.ts'

export interface AttributionPorts {
  readonly owners: Owners
  readonly tally: Tally
  readonly labels: Labels
  readonly clock: Clock
  readonly meter: Meter
  readonly keeps_records: boolean
  /** Present when findings are wanted. */
  readonly marker?: Marker | undefined
  readonly conceal?: ((record: AttributionRecord) => AttributionRecord) | undefined
}

/** What the receiver says about its records. */
export type RecordOptions = Omit<RulesOptions, 'minimum_confidence' | 'detail' | 'fingerprint_key'>

export const attribution = {
  type: 'attribution',
  Config: AttributionConfig,
  create(config: AttributionConfig, ports: AttributionPorts, record: RecordOptions) {
    const rules_options: RulesOptions = {
      ...record,
      minimum_confidence: config.minimum_confidence,
      detail: config.detail,
      ...(config.fingerprint_key === undefined
        ? {}
        : { fingerprint_key: Buffer.from(config.fingerprint_key) }),
    }
    const rules: Rules = createRules(rules_options)
    return {
      fields: rules.fields,
      wrappers: rules.wrappers,
      signals: rules.signals,
      texts: rules.texts,
      rules_options,
      bind: ({ first_field, format }) => {
        if (first_field !== 0) throw new Error('the fields of attribution come first in the plan')
        return createAttribution({
          rules,
          format,
          ...ports,
          detail: config.detail,
          remembered_identities_max: config.remembered_identities_max,
        })
      },
    } satisfies ProcessorPlan & {
      readonly wrappers: readonly string[]
      readonly signals: Rules['signals']
      readonly texts: Rules['texts']
      readonly rules_options: RulesOptions
    }
  },
} as const
