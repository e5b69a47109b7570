import type { Bus } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import type { ConnectionConfig } from './config.ts'
import { createDirectBus } from './direct/index.ts'
import { createKafkaBus, type KafkaSettings } from './kafkajs/index.ts'

/** The clients of Kafka by their names in the config. */
export const KAFKA_CLIENTS = {
  kafkajs: createKafkaBus,
  direct: createDirectBus,
} as const satisfies Readonly<Record<ConnectionConfig['client'], CreateBus>>

type CreateBus = (
  connection: ConnectionConfig,
  ports: Ports,
  settings?: Partial<KafkaSettings>,
) => Bus

export function connectTo(
  connection: ConnectionConfig,
  ports: Ports,
  settings?: Partial<KafkaSettings>,
): Bus {
  return KAFKA_CLIENTS[connection.client](connection, ports, settings)
}
