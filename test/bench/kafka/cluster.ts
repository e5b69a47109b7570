/** Topics of the bench: made, filled and taken away with @platformatic/kafka, whose cost falls on the bench alone. */
import { Admin, Producer } from '@platformatic/kafka'
import type { Compression } from '#/bus/codecs/index.ts'

export const PARTITIONS = 4

export interface Cluster {
  readonly brokers: string
  create(topic: string): Promise<void>
  remove(topics: readonly string[]): Promise<void>
  /** Writes values in order, spread over the partitions in stretches. */
  fill(topic: string, values: Iterable<Buffer>, compression: Compression): Promise<number>
  close(): Promise<void>
}

const STRETCH_BYTES = 500_000

export function openCluster(brokers: string): Cluster {
  const connection = { clientId: 'bench', bootstrapBrokers: brokers.split(','), retries: 5 }
  const admin = new Admin(connection)
  return {
    brokers,
    async create(topic) {
      await admin.createTopics({
        topics: [topic],
        partitions: PARTITIONS,
        replicas: 1,
        configs: [{ name: 'max.message.bytes', value: String(8 << 20) }],
      })
    },
    async remove(topics) {
      if (topics.length > 0) await admin.deleteTopics({ topics: [...topics] })
    },
    async fill(topic, values, compression) {
      const producer = new Producer({ ...connection, idempotent: true, acks: -1, compression })
      const timestamp = BigInt(Date.now())
      let count = 0
      let stretch: { topic: string; partition: number; value: Buffer; timestamp: bigint }[] = []
      let bytes = 0
      let partition = 0
      const flush = async () => {
        if (stretch.length > 0) await producer.send({ messages: stretch })
        stretch = []
        bytes = 0
        partition = (partition + 1) % PARTITIONS
      }
      for (const value of values) {
        stretch.push({ topic, partition, value, timestamp })
        bytes += value.length
        count += 1
        if (bytes >= STRETCH_BYTES) await flush()
      }
      await flush()
      await producer.close()
      return count
    },
    close: () => admin.close(),
  }
}
