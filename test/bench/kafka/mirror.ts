/**
 * The byte mirror that the worker is measured against, a process of its own: the same kafkajs with the same settings reads
 * a topic, writes every message as it came to another one and commits. There is nothing a worker could leave out but this.
 *
 * Arguments: brokers, input topic, output topic, group, compression, and who encodes record batches: `kafkajs`, as everybody has
 * it, or `ours`, as the worker does. Prints a line of JSON every 500 ms:
 * `{"messages", "cpu_s", "resident_bytes"}`. It runs until it is killed.
 */
import kafkajs from 'kafkajs'
import { compressionType, registerCodecs, COMPRESSIONS } from '#/bus/codecs/index.ts'
import { installProduceRequest, type RecordMessage } from '#/bus/kafkajs/produce-request.ts'
import { KAFKA_DEFAULTS } from '#/bus/kafkajs/settings.ts'

const [brokers = '', input = '', output = '', group = '', wanted = 'none', encoder = 'kafkajs'] =
  process.argv.slice(2)
const compression = COMPRESSIONS.find((name) => name === wanted) ?? 'none'
/** The worker commits once a second, too. */
const COMMIT_INTERVAL_MS = 1_000
const REPORT_INTERVAL_MS = 500

if (encoder === 'ours') installProduceRequest()
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
let done = 0

await producer.connect()
await consumer.connect()
await consumer.subscribe({ topics: [input], fromBeginning: true })
setInterval(() => {
  const { user, system } = process.cpuUsage()
  const line = {
    messages: done,
    cpu_s: (user + system) / 1e6,
    resident_bytes: process.memoryUsage.rss(),
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}, REPORT_INTERVAL_MS)
await consumer.run({
  autoCommitInterval: COMMIT_INTERVAL_MS,
  partitionsConsumedConcurrently: 64,
  async eachBatch({ batch }) {
    const messages = batch.messages.map((message) => outgoing(message, batch.partition))
    await producer.sendBatch({
      acks: -1,
      compression: compressionType(compression),
      topicMessages: [{ topic: output, messages }],
    })
    done += messages.length
  },
})

/** No message of the bench has headers. */
function outgoing(message: kafkajs.KafkaMessage, partition: number): kafkajs.Message {
  const { key, value, timestamp } = message
  if (encoder !== 'ours') return { key, value, partition, timestamp }
  const record = { topic: output, partition, key, value, headers: undefined, timestamp: +timestamp }
  const message_of_ours: RecordMessage = { value, partition, record }
  return message_of_ours
}
