import type { ConnectionConfig } from '#/bus/config.ts'

/** A connection section with short time-outs. */
export function connectionOf(
  brokers: string,
  rest: Partial<ConnectionConfig> = {},
): ConnectionConfig {
  return {
    brokers: brokers.split(','),
    client: 'kafkajs',
    client_id: 'whosecall-test',
    connect_timeout_ms: 2_000,
    request_timeout_ms: 10_000,
    ...rest,
  }
}
