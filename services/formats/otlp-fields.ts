/**
 * What the fields of an OTLP log record are called, for both its encodings: the record's own members, the attributes of
 * the record, and what it shares with others (resource, scope).
 */

import { WhosecallError } from '#/core/errors.ts'
import type { FieldRead, OtlpSignal } from '#/core/view.ts'
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
export const SPAN_MEMBERS = [
  'traceId',
  'spanId',
  'traceState',
  'parentSpanId',
  'name',
  'kind',
  'startTimeUnixNano',
  'endTimeUnixNano',
] as const
const MEMBERS: Readonly<Record<OtlpSignal, readonly string[]>> = {
  logs: RECORD_MEMBERS,
  traces: SPAN_MEMBERS,
}
export const DEFAULT_SIGNALS: readonly OtlpSignal[] = ['logs']

const SCOPE_MEMBERS: readonly string[] = ['name', 'version']

export function planOtlp(
  fields: readonly FieldRead[],
  signals: readonly OtlpSignal[] = DEFAULT_SIGNALS,
): OtlpPlan {
  const plan = createPlan(fields, { is_otlp: true, wrapper_count: 0 })
  const otlp: OtlpPlan = {
    plan,
    record: createPlace(),
    record_attributes: createPlace(),
    resource_attributes: createPlace(),
    scope: createPlace(),
  }
  const members = signals.flatMap((signal) => MEMBERS[signal])
  fields.forEach((field, index) => placeField(otlp, members, field, index))
  return otlp
}

function placeField(
  otlp: OtlpPlan,
  members: readonly string[],
  field: FieldRead,
  index: number,
): void {
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
    else throw unknownField(field, members)
  } else if (first !== undefined && second === undefined && members.includes(first)) {
    placeAt(otlp.record, first).fields.push(index)
  } else throw unknownField(field, members)
  // An attribute that is a map is read whole; its tags are found when somebody asks for them.
  if (readsMembers(field)) mapField(plan, index)
}

function unknownField(field: FieldRead, members: readonly string[]): WhosecallError {
  return new WhosecallError(
    'config_invalid',
    `compiling field ${JSON.stringify(field.path)}: an OTLP event has /attributes/<key>, /resource/<key>, ` +
      `/scope/name, /scope/version and /${members.join(', /')}`,
  )
}
