/**
 * Plain JSON as OTLP logs: a message becomes one ExportLogsServiceRequest with one record per event. Its body is the text
 * of the event, character for character, so ids beyond 2^53 and the order of members stay; its attributes are those that
 * an OTLP record gets from us. There is no resource: what we know about the caller are attributes, and the resource would
 * be ours.
 */

import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { listAttributes } from '../../attributes.ts'
import { timeText } from '../../event-id.ts'
import {
  eventIdOf,
  viewOf,
  type Shape,
  type ShapedEvent,
  type ShapeInput,
  type ShapeOptions,
} from '../shape.ts'

type Serializer = typeof JsonLogsSerializer
type LogRecord = Parameters<Serializer['serializeRequest']>[0][number]

export function createOtlpProtoShape(options: ShapeOptions): Shape {
  return createOtlpShape(options, ProtobufLogsSerializer)
}

export function createOtlpJsonShape(options: ShapeOptions): Shape {
  return createOtlpShape(options, JsonLogsSerializer)
}

function createOtlpShape({ createFormat }: ShapeOptions, serializer: Serializer): Shape {
  const format = createFormat([])
  return {
    fans_out: false,
    write(input) {
      const view = viewOf(format, input)
      if (view === undefined) return undefined
      const records = input.events.map((event, index) =>
        recordOf(event, index, input, view.eventBytes(index)?.toString()),
      )
      const bytes = serializer.serializeRequest(records)
      return bytes && [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]
    },
  }
}

/** Equal objects make one group; the serializer only reads `attributes`. */
const RESOURCE = { attributes: {} } as LogRecord['resource']
const SCOPE = { name: 'whosecall' }

function recordOf(
  event: ShapedEvent,
  index: number,
  input: ShapeInput,
  text: string | undefined,
): LogRecord {
  return {
    hrTime: hrTimeOf(event.time_ms),
    hrTimeObserved: hrTimeOf(input.timestamp_ms),
    ...(text === undefined ? {} : { body: text }),
    eventName: `whosecall.${event.source}`,
    attributes: attributesOf(event, eventIdOf(input, index)),
    droppedAttributesCount: 0,
    resource: RESOURCE,
    instrumentationScope: SCOPE,
  }
}

function attributesOf({ record, as_of_ms }: ShapedEvent, event_id: string) {
  if (record === undefined) return {}
  const attributes: LogRecord['attributes'] = {}
  for (const [path, value] of listAttributes(record))
    attributes[`attribution.${path}`] = typeof value === 'object' ? [...value] : value
  attributes['attribution.event_id'] = event_id
  if (as_of_ms !== undefined) attributes['attribution.as_of'] = timeText(as_of_ms)
  return attributes
}

/** 64 bits of nanoseconds end in the year 2554. */
const TIME_MS_MAX = 18_446_744_073_709

/** Seconds and nanoseconds. OTLP has no time before 1970 or after its last; 0 is an unknown one. */
function hrTimeOf(time_ms: number): [seconds: number, nanoseconds: number] {
  if (!(time_ms > 0 && time_ms <= TIME_MS_MAX)) return [0, 0]
  return [Math.floor(time_ms / 1000), Math.trunc(time_ms % 1000) * 1_000_000]
}
