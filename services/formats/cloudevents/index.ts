/**
 * CloudEvents 1.0 in the binary mode of its Kafka binding: the value stays what it is, the context attributes are headers
 * `ce_…`. The event is the message: its id is the `event_id` of the first event in it, so it is equal for copies.
 */

import type { Header } from '#/core/run.ts'
import { timeText } from '../event-id.ts'

export const CLOUD_EVENT_TYPE = 'dev.whosecall.calls.v1'

export interface CloudEvent {
  /** The cluster, or the name that the receiver gives it. */
  readonly origin: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Kafka timestamp, epoch milliseconds; negative for none. */
  readonly timestamp: number
  /** Of the first event in the message. */
  readonly index: number
}

/** Headers of a message. `data_schema` says what its value is valid by. */
export type CloudEventHeaders = (event: CloudEvent) => readonly Header[]

export function createCloudEvents(data_schema?: string): CloudEventHeaders {
  const fixed = [header('specversion', '1.0'), header('type', CLOUD_EVENT_TYPE)]
  if (data_schema !== undefined) fixed.push(header('dataschema', data_schema))
  let origin = ''
  let source = sourceOf(origin)
  return (event) => {
    if (event.origin !== origin) {
      origin = event.origin
      source = sourceOf(origin)
    }
    const { topic, partition, offset, timestamp, index } = event
    const id = header('id', `${origin}/${topic}/${partition}/${offset}/${index}@${timestamp}`)
    const time = timestamp < 0 ? [] : [header('time', timeText(timestamp))]
    return [...fixed, source, id, ...time]
  }
}

const JSON_TYPE: Header = { name: 'content-type', value: Buffer.from('application/json') }

/**
 * Headers without what makes a message the CloudEvent that it was before: context attributes, and the content type by which
 * the Kafka binding tells structured mode, where all attributes are read from the value.
 */
export function withoutCloudEvent(headers: readonly Header[]): readonly Header[] {
  return headers.flatMap((one) => {
    if (/^ce_/i.test(one.name)) return []
    return isStructuredType(one) ? [JSON_TYPE] : [one]
  })
}

function isStructuredType({ name, value }: Header): boolean {
  return /^content-type$/i.test(name) && /^application\/cloudevents/i.test(value?.toString() ?? '')
}

/** A URI reference: an origin may hold what a URI does not. */
function sourceOf(origin: string): Header {
  return header('source', `urn:whosecall:${encodeURIComponent(origin)}`)
}

function header(name: string, value: string): Header {
  return { name: `ce_${name}`, value: Buffer.from(value) }
}
