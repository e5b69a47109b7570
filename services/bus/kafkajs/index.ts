import type kafkajs from 'kafkajs'
import type { Bus } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import { registerCodecs } from '../codecs/index.ts'
import type { ConnectionConfig } from '../config.ts'
import { startAdmin } from './admin.ts'
import { createClient } from './client.ts'
import { startConsumer } from './consumer.ts'
import { startProducer } from './producer.ts'
import { startReader } from './reader.ts'
import { installRecordSets } from './record-sets.ts'
import { runsOf } from './runs.ts'
import { KAFKA_DEFAULTS, type KafkaSettings } from './settings.ts'

/**
 * The log bus on Kafka, by kafkajs: the widely known client, and the yardstick for any other. Nothing is connected before a
 * consumer, producer or admin is started; each has connections of its own.
 */

export type { KafkaSettings }
export { KAFKA_DEFAULTS }

export function createKafkaBus(
  connection: ConnectionConfig,
  ports: Ports,
  given: Partial<KafkaSettings> = {},
): Bus {
  const settings = { ...KAFKA_DEFAULTS, ...given }
  const logger = ports.logger.child({ client_id: connection.client_id })
  // One client object each: members of one group that share one would share, and clear, their offsets.
  const client = (): kafkajs.Kafka => {
    registerCodecs(settings.decompressed_bytes_max)
    installRecordSets()
    return createClient(connection, { logger, clock: ports.clock })
  }
  return {
    consumer: (consumer) => ({
      start: async () =>
        startConsumer({ createClient: client, connection, settings, ports, consumer, runsOf }),
    }),
    producer: ({ compression = settings.compression } = {}) => ({
      start: async () =>
        startProducer({
          client: client(),
          connection,
          compression,
          logger,
          clock: ports.clock,
        }),
    }),
    admin: () => ({ start: async () => startAdmin(client(), connection) }),
    reader: () => ({ start: async () => startReader(client(), connection, runsOf) }),
  }
}
