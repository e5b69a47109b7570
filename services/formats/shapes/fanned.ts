/** What the shapes for SIEMs have in common: each event is a JSON object and a message of its own. */

import type { CallFacts } from '#/core/call.ts'
import { timeText } from '../event-id.ts'
import { nestAttributes, type NestedAttributes } from '../attributes.ts'
import {
  eventIdOf,
  viewOf,
  type NamedIdentity,
  type Shape,
  type ShapedEvent,
  type ShapeOptions,
} from './shape.ts'

export interface FannedEvent extends ShapedEvent {
  readonly facts: CallFacts
  readonly event_id: string
  /** Kafka timestamp; negative for none. */
  readonly timestamp_ms: number
}

/** `describe` gives an object; members that are `undefined` are left out. */
export function createFannedShape(
  { createFormat, calls }: ShapeOptions,
  describe: (event: FannedEvent) => object,
): Shape {
  const format = createFormat(calls.fields)
  return {
    fans_out: true,
    write(input) {
      const view = viewOf(format, input)
      return (
        view &&
        input.events.map((event, index) => {
          const facts = calls.read(event.source, view.values(index))
          const event_id = eventIdOf(input, index)
          const { timestamp_ms } = input
          return Buffer.from(JSON.stringify(describe({ ...event, facts, event_id, timestamp_ms })))
        })
      )
    },
  }
}

/** The `attribution` object as the published schema describes it. */
export function attributionOf({ record, event_id, as_of_ms }: FannedEvent) {
  if (record === undefined) return undefined
  const attribution: NestedAttributes = { ...nestAttributes(record), event_id }
  if (as_of_ms !== undefined) attribution['as_of'] = timeText(as_of_ms)
  return attribution
}

type Slot = NamedIdentity['slot']

/** Who is known to have been there; nobody is made an actor by a claim. */
export function trustedIn({ identities }: ShapedEvent, slot: Slot): NamedIdentity | undefined {
  return identities.find((identity) => identity.slot === slot && identity.trusted)
}

/** Id of the key that was used. A key may go by other names, such as the user that it was given to. */
export function keyUsedIn({ identities }: ShapedEvent): string | undefined {
  return identities.find(
    ({ slot, trusted, kind }) => slot === 'credential' && trusted && kind === 'api_key',
  )?.value
}

/** The same, or who somebody says it was. */
export function namedIn({ identities }: ShapedEvent, slot: Slot): NamedIdentity | undefined {
  return identities.find((identity) => identity.slot === slot)
}

/** `kind=value` of the consumer, which is always the caller's word, and of the strongest identity that is no more than a claim. */
export function claimsOf({ identities, record }: ShapedEvent) {
  const text = (identity: NamedIdentity | undefined) =>
    identity && `${identity.kind}=${identity.value}`
  return {
    consumer: record?.on_behalf_of ?? text(identities.find(({ slot }) => slot === 'consumer')),
    claimed_identity: text(
      identities.find(
        ({ slot, trusted }) =>
          !trusted && (slot === 'principal' || slot === 'credential' || slot === 'workload'),
      ),
    ),
  }
}

/** A mail address of the principal, also as another name of it. */
export function mailOf(event: ShapedEvent): string | undefined {
  return event.identities.find(
    ({ slot, trusted, value }) => slot === 'principal' && trusted && isMail(value),
  )?.value
}

/** What was called, in a word. */
export function operationOf({ facts, class: event_class }: FannedEvent): string {
  return facts.operation ?? event_class ?? 'unknown'
}

/** Times before 1970, and none at all, are 0. */
export function timeOf({ time_ms }: ShapedEvent): number {
  return time_ms > 0 ? time_ms : 0
}

function isMail(text: string): boolean {
  return /^[^@\s]+@[^@\s]+$/.test(text)
}

/** `undefined` when nothing is in it, so that it is left out. */
export function filled<T extends object>(object: T): T | undefined {
  return Object.values(object).some((value) => value !== undefined) ? object : undefined
}
