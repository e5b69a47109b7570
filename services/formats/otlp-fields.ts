/**
 * What the fields of an OTLP log record are called, for both its encodings: the record's own members, the attributes of
 * the record, and what it shares with others (resource, scope).
 */

import { WhosecallError } from '#/core/errors.ts'
import type { FieldRead } from '#/core/view.ts'
import {
  createPlace,
  createPlan,
  mapField,
  placeAt,
  readsMembers,
  SECTION_RECORD,
  SECTION_RESOURCE,
  SECTION_SCOPE,
  type Place,
  type Plan,
} from './plan.ts'
import { parsePointer } from './pointer.ts'

export interface OtlpPlan {
  readonly plan: Plan
  readonly record: Place
  readonly record_attributes: Place
  readonly resource_attributes: Place
  readonly scope: Place
}

export const RECORD_MEMBERS = [
  'timeUnixNano',
  'observedTimeUnixNano',
  'severityNumber',
  'severityText',
  'body',
  'traceId',
  'spanId',
  'eventName',
] as const
const SCOPE_MEMBERS: readonly string[] = ['name', 'version']

export function planOtlp(fields: readonly FieldRead[]): OtlpPlan {
  const plan = createPlan(fields, { is_otlp: true, wrapper_count: 0 })
  const otlp: OtlpPlan = {
    plan,
    record: createPlace(),
    record_attributes: createPlace(),
    resource_attributes: createPlace(),
    scope: createPlace(),
  }
  fields.forEach((field, index) => placeField(otlp, field, index))
  return otlp
}

function placeField(otlp: OtlpPlan, field: FieldRead, index: number): void {
  const [first, second, ...rest] = parsePointer(field.path)
  const { plan } = otlp
  if (first === 'scope' && second !== undefined && SCOPE_MEMBERS.includes(second) && !rest.length) {
    plan.sections[index] = SECTION_SCOPE
    placeAt(otlp.scope, second).fields.push(index)
  } else if ((first === 'attributes' || first === 'resource') && rest.length === 0) {
    const is_record = first === 'attributes'
    plan.sections[index] = is_record ? SECTION_RECORD : SECTION_RESOURCE
    const place = is_record ? otlp.record_attributes : otlp.resource_attributes
    if (second !== undefined) placeAt(place, second).fields.push(index)
    else if (readsMembers(field)) place.maps.push(mapField(plan, index))
    else throw unknownField(field)
  } else if (second === undefined && RECORD_MEMBERS.some((name) => name === first)) {
    placeAt(otlp.record, first!).fields.push(index)
  } else throw unknownField(field)
  // An attribute that is a map is read whole; its tags are found when somebody asks for them.
  if (readsMembers(field)) mapField(plan, index)
}

function unknownField(field: FieldRead): WhosecallError {
  return new WhosecallError(
    'config_invalid',
    `compiling field ${JSON.stringify(field.path)}: an OTLP log record has /attributes/<key>, /resource/<key>, ` +
      `/scope/name, /scope/version and /${RECORD_MEMBERS.join(', /')}`,
  )
}
