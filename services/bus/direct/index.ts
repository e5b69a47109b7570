import type kafkajs from 'kafkajs'
import type { KafkaMessage } from 'kafkajs'
import type { Bus } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import type { Run } from '#/core/run.ts'
import type { ConnectionConfig } from '../config.ts'
import { startAdmin } from '../kafkajs/admin.ts'
import { createClient } from '../kafkajs/client.ts'
import { startConsumer } from '../kafkajs/consumer.ts'
import { startReader } from '../kafkajs/reader.ts'
import { KAFKA_DEFAULTS, type KafkaSettings } from '../kafkajs/settings.ts'
import { createTopicLimits } from '../kafkajs/topic-limits.ts'
import { createBuffers, type Buffers } from './buffers.ts'
import { onEveryBroker } from './cluster.ts'
import { createFetch, HELD_WAIT_MS } from './fetch.ts'
import { createProduceCluster } from './produce.ts'
import { startProducer } from './producer.ts'
import { createOpenSocket } from './sockets.ts'

/**
 * The log bus on Kafka with a data lane of our own: Fetch and Produce on record batches. Connections, logins, versions, metadata, the
 * group, its offsets and everything administrative stay with kafkajs, and with what is round it in its room.
 */

export interface DirectSettings extends KafkaSettings {
  /** Memory for responses that is kept for the next ones. */
  readonly buffers_kept_bytes_max: number
  /** Overwrite memory of runs that were released (for tests). */
  readonly poison: boolean
}

export const DIRECT_DEFAULTS: DirectSettings = {
  ...KAFKA_DEFAULTS,
  buffers_kept_bytes_max: 32 << 20,
  poison: false,
}

export function createDirectBus(
  connection: ConnectionConfig,
  ports: Ports,
  given: Partial<DirectSettings> = {},
): Bus {
  const settings = { ...DIRECT_DEFAULTS, ...given }
  const logger = ports.logger.child({ client_id: connection.client_id })
  const buffersOf = (): Buffers =>
    createBuffers({ kept_bytes_max: settings.buffers_kept_bytes_max, poison: settings.poison })
  const plain = (): kafkajs.Kafka => createClient(connection, { logger, clock: ports.clock })
  const reading = (buffers: Buffers, isHeld: () => boolean): kafkajs.Kafka => {
    const client = createClient(
      connection,
      { logger, clock: ports.clock },
      createOpenSocket(buffers),
    )
    return onEveryBroker(client, (broker) => {
      broker.fetch = createFetch(broker, { buffers, settings, ports, isHeld })
    })
  }
  return {
    consumer: (consumer) => ({
      async start() {
        const buffers = buffersOf()
        return startConsumer({
          createClient: (isHeld) => reading(buffers, isHeld),
          connection,
          // What it waits when there is nothing to ask for; how long the broker waits is said by our fetch.
          settings: { ...settings, fetch_wait_ms: HELD_WAIT_MS },
          ports,
          consumer,
          runsOf,
        })
      },
    }),
    producer: ({ compression = settings.compression } = {}) => ({
      async start() {
        const client = plain()
        return startProducer({
          cluster: createProduceCluster(client, connection.request_timeout_ms),
          limits: createTopicLimits(client, ports.clock),
          connection,
          compression,
          buffers: buffersOf(),
          logger,
        })
      },
    }),
    admin: () => ({ start: async () => startAdmin(plain(), connection) }),
    reader: () => ({
      start: async () =>
        startReader(
          reading(buffersOf(), () => false),
          connection,
          runsOf,
        ),
    }),
  }
}

/** Our fetch has put the runs into what kafkajs takes for messages. */
function runsOf(_: string, __: number, messages: readonly KafkaMessage[]): readonly Run[] {
  return messages.flatMap((message) => {
    const of: object = message
    return 'run' in of ? [runIn(of)] : []
  })
}

function runIn({ run }: { readonly run?: unknown }): Run {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return run as Run
}
