import { connectTo } from '#/bus/kafka.ts'
import type { Ports } from '#/core/ports.ts'
import type { Connect } from '#/worker/index.ts'

/** Opens Kafka clusters for a worker. */
export function connectKafka(ports: Ports): Connect {
  return (connection, { compression }) => connectTo(connection, ports, { compression })
}
