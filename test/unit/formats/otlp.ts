/**
 * The OTLP log messages as protobufjs knows them, the yardstick for our own reading and writing. The text is a shortened
 * opentelemetry/proto/{common,resource,logs}/v1.
 */

import protobuf from 'protobufjs'

const PROTO = `
syntax = "proto3";
package otlp;
message AnyValue {
  oneof value {
    string string_value = 1;
    bool bool_value = 2;
    int64 int_value = 3;
    double double_value = 4;
    ArrayValue array_value = 5;
    KeyValueList kvlist_value = 6;
    bytes bytes_value = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message InstrumentationScope {
  string name = 1;
  string version = 2;
  repeated KeyValue attributes = 3;
  uint32 dropped_attributes_count = 4;
}
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message LogRecord {
  fixed64 time_unix_nano = 1;
  int32 severity_number = 2;
  string severity_text = 3;
  AnyValue body = 5;
  repeated KeyValue attributes = 6;
  uint32 dropped_attributes_count = 7;
  fixed32 flags = 8;
  bytes trace_id = 9;
  bytes span_id = 10;
  fixed64 observed_time_unix_nano = 11;
  string event_name = 12;
}
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message LogsData { repeated ResourceLogs resource_logs = 1; }
`

export interface AnyValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string | number
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: readonly AnyValue[] }
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] }
  readonly bytesValue?: string
}
export interface KeyValue {
  readonly key?: string
  readonly value?: AnyValue
}
export interface LogRecord {
  readonly timeUnixNano?: string
  readonly observedTimeUnixNano?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body?: AnyValue
  readonly attributes?: readonly KeyValue[]
  readonly traceId?: string
  readonly spanId?: string
  readonly eventName?: string
}
export interface Scope {
  readonly name?: string
  readonly version?: string
  readonly attributes?: readonly KeyValue[]
}
export interface LogsData {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] }
    readonly scopeLogs?: readonly {
      readonly scope?: Scope
      readonly logRecords?: readonly LogRecord[]
    }[]
  }[]
}

const root = protobuf.parse(PROTO).root
export const LOGS_DATA = root.lookupType('otlp.LogsData')

/** Encodes the JSON form; bytes (`traceId`, `bytesValue`) are base64 here, as protobufjs reads them. */
export function encodeLogs(logs: LogsData): Buffer {
  return Buffer.from(LOGS_DATA.encode(LOGS_DATA.fromObject(logs)).finish())
}

export function decodeLogs(bytes: Uint8Array): LogsData {
  return LOGS_DATA.toObject(LOGS_DATA.decode(bytes), { longs: String, bytes: String })
}

/** Length-delimited field, for messages that no encoder would write. */
export function field(number: number, body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return Buffer.from([...bytes, rest])
}

export function record(...pieces: readonly Buffer[]): Buffer {
  return field(1, field(2, field(2, Buffer.concat(pieces))))
}

export function text(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } }
}

export function oneRecord(record_value: LogRecord, resource: readonly KeyValue[] = []): LogsData {
  return {
    resourceLogs: [
      { resource: { attributes: resource }, scopeLogs: [{ logRecords: [record_value] }] },
    ],
  }
}
