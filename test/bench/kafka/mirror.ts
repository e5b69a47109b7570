/**
 * The byte mirror that the worker is measured against, a process of its own: the same kafkajs with the same settings reads
 * a topic, writes every message as it came to another one and commits. There is nothing a worker could leave out but this.
 *
 * Arguments: brokers, input topic, output topic, group, compression. Prints a line of JSON every 500 ms:
 * `{"messages", "cpu_s", "resident_bytes"}`. It runs until it is killed.
 */
import kafkajs from 'kafkajs'
import { compressionType, registerCodecs, COMPRESSIONS } from '#/bus/codecs/index.ts'
import { KAFKA_DEFAULTS } from '#/bus/kafkajs/settings.ts'

const [brokers = '', input = '', output = '', group = '', wanted = 'none'] = process.argv.slice(2)
const compression = COMPRESSIONS.find((name) => name === wanted) ?? 'none'
/** The worker commits once a second, too. */
const COMMIT_INTERVAL_MS = 1_000
const REPORT_INTERVAL_MS = 500

registerCodecs(KAFKA_DEFAULTS.decompressed_bytes_max)
const client = new kafkajs.Kafka({
  clientId: 'byte-mirror',
  brokers: brokers.split(','),
  logLevel: kafkajs.logLevel.ERROR,
})
const producer = client.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  allowAutoTopicCreation: false,
  createPartitioner: () => (args) => args.message.partition ?? 0,
})
const consumer = client.consumer({
  groupId: group,
  sessionTimeout: KAFKA_DEFAULTS.session_timeout_ms,
  heartbeatInterval: KAFKA_DEFAULTS.heartbeat_interval_ms,
  maxWaitTimeInMs: KAFKA_DEFAULTS.fetch_wait_ms,
  maxBytes: KAFKA_DEFAULTS.fetch_bytes_max,
  maxBytesPerPartition: KAFKA_DEFAULTS.partition_fetch_bytes_max,
  allowAutoTopicCreation: false,
})
let messages = 0

await producer.connect()
await consumer.connect()
await consumer.subscribe({ topics: [input], fromBeginning: true })
setInterval(() => {
  const { user, system } = process.cpuUsage()
  const line = {
    messages,
    cpu_s: (user + system) / 1e6,
    resident_bytes: process.memoryUsage.rss(),
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}, REPORT_INTERVAL_MS)
await consumer.run({
  autoCommitInterval: COMMIT_INTERVAL_MS,
  partitionsConsumedConcurrently: 64,
  async eachBatch({ batch }) {
    await producer.sendBatch({
      acks: -1,
      compression: compressionType(compression),
      topicMessages: [
        {
          topic: output,
          messages: batch.messages.map(({ key, value, headers, timestamp }) => ({
            key,
            value,
            partition: batch.partition,
            timestamp,
            ...(headers === undefined ? {} : { headers }),
          })),
        },
      ],
    })
    messages += batch.messages.length
  },
})
