import { otlp, type Reading } from '../reading.ts'

/** One record of a source and what is read of it from a trusted topic. */
export type Row = readonly [
  source: string,
  title: string,
  event: unknown,
  expected: Partial<Reading>,
]

export function session(name: string): string {
  return `arn:aws:sts::111122223333:assumed-role/app/${name}`
}

export function genai(
  record: Readonly<Record<string, unknown>>,
  resource: Readonly<Record<string, unknown>> = {},
): unknown {
  return otlp({ 'gen_ai.operation.name': 'chat', ...record }, resource, {
    eventName: 'gen_ai.client.inference.operation.details',
  })
}
