/** OTLP/JSON messages of logs and of traces, encoded by protobufjs. The text is a shortened opentelemetry/proto/trace/v1. */
import protobuf from 'protobufjs'
import { encodeLogs, type LogsData } from '../unit/formats/otlp.ts'

const TRACES = `
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
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
message Resource { repeated KeyValue attributes = 1; }
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1;
  bytes span_id = 2;
  string trace_state = 3;
  bytes parent_span_id = 4;
  string name = 5;
  int32 kind = 6;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9;
  repeated Event events = 11;
  Status status = 15;
}
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message TracesData { repeated ResourceSpans resource_spans = 1; }
`
const TRACES_DATA = protobuf.parse(TRACES).root.lookupType('otlp.TracesData')

const IDS: readonly string[] = ['traceId', 'spanId', 'parentSpanId']

/** OTLP/JSON spells ids in hexadecimal digits, where protobufjs takes base64. */
export function otlpBytes(text: string): Buffer {
  const message: LogsData & { readonly resourceSpans?: unknown } = JSON.parse(
    text,
    (name, value: unknown) =>
      IDS.includes(name) && typeof value === 'string'
        ? Buffer.from(value, 'hex').toString('base64')
        : value,
  )
  if (message.resourceSpans === undefined) return encodeLogs(message)
  return Buffer.from(TRACES_DATA.encode(TRACES_DATA.fromObject(message)).finish())
}
