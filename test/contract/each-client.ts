import { test, type TestContext } from 'node:test'
import type { ConnectionConfig } from '#/bus/config.ts'
import { KAFKA_CLIENTS } from '#/bus/kafka.ts'

/** A test that every client of Kafka must pass; it names the client in the connections that it makes. */

export type KafkaClient = ConnectionConfig['client']

export function eachClient(
  title: string,
  run: (t: TestContext, client: KafkaClient) => Promise<void>,
): void {
  for (const client of ['kafkajs', 'direct'] as const satisfies (keyof typeof KAFKA_CLIENTS)[])
    void test(`${client}: ${title}`, (t) => run(t, client))
}
