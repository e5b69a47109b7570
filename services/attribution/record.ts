import type { AttributionRecord, Decision } from '#/core/decision.ts'
import { keyText } from '#/core/keys.ts'
import type { Owner } from '#/core/owners.ts'
import type { Detail } from '#/core/words.ts'

/**
 * What of a decision is written into the event. `minimal` says whose call it was or why nobody's, `standard` how that is
 * known, `full` from which state of the directory and by which rules. Empty values are left out.
 */

/** Version of the rules: it changes when the same input and answers can give another decision. */
export const ENGINE = '1'

/** The revision of the first decision about an event; corrections of it count up. */
const FIRST_REVISION = 0

export function toRecord(decision: Decision, detail: Detail): AttributionRecord {
  const { outcome, reason } = decision
  if (outcome === undefined) throw new TypeError('a decision without outcome has no record')
  const owner = detail === 'minimal' ? idOf(decision.owner) : decision.owner
  return {
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(owner === undefined ? {} : { owner }),
    revision: FIRST_REVISION,
    ...(reason === 'ip_only' ? { ip_only: true } : {}),
    ...(detail === 'minimal' ? {} : standardMembers(decision)),
    ...(detail === 'full' ? fullMembers(decision) : {}),
  }
}

function standardMembers(decision: Decision): Partial<AttributionRecord> {
  const { method, level, confidence, evidence, chain, on_behalf_of } = decision
  const { initiator, environment, traffic_class, suggested_owner, conflicts } = decision
  return {
    ...(method === undefined ? {} : { method }),
    ...(level === undefined ? {} : { level }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(evidence === undefined ? {} : { evidence: keyText(evidence) }),
    ...(chain === undefined || chain.length === 0 ? {} : { chain }),
    ...(on_behalf_of === undefined ? {} : { on_behalf_of: keyText(on_behalf_of) }),
    ...(initiator === undefined ? {} : { initiator }),
    ...(environment === undefined ? {} : { environment }),
    ...(traffic_class === undefined ? {} : { traffic_class }),
    ...(suggested_owner === undefined ? {} : { suggested_owner }),
    ...(conflicts === undefined || conflicts.length === 0 ? {} : { conflicts }),
  }
}

function fullMembers(decision: Decision): Partial<AttributionRecord> {
  const { binding, directory_revision } = decision
  return {
    ...(binding === undefined ? {} : { binding }),
    ...(directory_revision === undefined ? {} : { directory_revision }),
    engine: ENGINE,
  }
}

function idOf(owner: Owner | undefined): Pick<Owner, 'id'> | undefined {
  return owner === undefined ? undefined : { id: owner.id }
}
