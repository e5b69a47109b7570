/** The pieces of OTLP/JSON that the two OpenTelemetry sources share. */
type AnyValue = { readonly stringValue: string } | { readonly intValue: string }
export interface Attribute {
  readonly key: string
  readonly value: AnyValue
}

export function attribute(key: string, value: string | number): Attribute {
  return {
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }
}

export function attributes(pairs: readonly (readonly [string, string | number])[]): Attribute[] {
  return pairs.map(([key, value]) => attribute(key, value))
}

/** Nanoseconds since the epoch, as the string that OTLP/JSON wants. */
export function nanoseconds(ms: number): string {
  return `${ms}000000`
}

export function logsMessage(
  resource: readonly Attribute[],
  scope: { readonly name: string; readonly version: string },
  record: object,
): object {
  return {
    resourceLogs: [
      { resource: { attributes: resource }, scopeLogs: [{ scope, logRecords: [record] }] },
    ],
  }
}
