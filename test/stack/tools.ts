import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { writeCertificates, type Certificates } from './certs.ts'
import type { StackInfo } from './index.ts'
import { startKafka, type KafkaServer } from './kafka.ts'
import { startRedis, startSentinel, type RedisServer, type RedisTlsFiles } from './redis.ts'

/**
 * What tests need of the stack. Topics have names of their own and go away with the test. Whoever wants to hang or kill a
 * server starts one of its own with `ownRedis` or `ownKafka`: other test files run beside and share the common ones.
 */

export * from './topic.ts'

/** The stack that the runner started; a test without one fails and says how to get it. */
export function stackInfo(): StackInfo {
  const file = process.env['WHOSECALL_TEST_STACK']
  if (file) return stackInfoOf(JSON.parse(readFileSync(file, 'utf8')))
  const brokers = process.env['KAFKA_BROKERS']
  const redis_url = process.env['REDIS_URL']
  if (brokers && redis_url) return { brokers, redis_url }
  throw new Error(
    'This test needs Kafka and Redis. Run it by `node test/run.ts FILE`, or run `node test/stack/index.ts` ' +
      'in another terminal and paste the lines that it prints.',
  )
}

function stackInfoOf(value: StackInfo): StackInfo {
  return value
}

type SecuredStack = Required<Pick<StackInfo, 'brokers' | 'sasl' | 'tls'>>

let own_secured: Promise<SecuredStack> | undefined

/** Kafka with the SASL and TLS listeners: the common one, or where that was brought along, one of the test file's own. */
export async function securedStack(): Promise<SecuredStack> {
  const { brokers, sasl, tls } = stackInfo()
  if (sasl !== undefined && tls !== undefined) return { brokers, sasl, tls }
  own_secured ??= startSecured()
  return own_secured
}

/** It ends with the process, as all servers do; its files go then, too. */
async function startSecured(): Promise<SecuredStack> {
  const { kafkaInfo } = await import('./index.ts')
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-test-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
  const { brokers, sasl, tls } = kafkaInfo(await startKafka(directory, () => {}))
  if (sasl === undefined || tls === undefined) throw new Error('the own broker has no SASL')
  return { brokers, sasl, tls }
}

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`
}

export interface TopicOptions {
  readonly prefix?: string
  readonly partitions?: number
  /** Topic configs such as `max.message.bytes`. */
  readonly configs?: Readonly<Record<string, string>>
  readonly brokers?: string
}

/** Samples and tests carry times of the past, which the broker would delete. */
const FOR_EVER = { 'retention.ms': '-1' }

/** Creates a topic with a unique name that is deleted after the test. */
export async function createTopic(t: TestContext, options: TopicOptions = {}): Promise<string> {
  const topic = uniqueName(options.prefix ?? 'test')
  const brokers = options.brokers ?? stackInfo().brokers
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      topics: [topic],
      partitions: options.partitions ?? 1,
      replicas: 1,
      configs: Object.entries({ ...FOR_EVER, ...options.configs }).map(([name, value]) => ({
        name,
        value,
      })),
    })
  })
  t.after(() => deleteTopic(brokers, topic))
  await topicIsKnown(brokers, topic, options.partitions ?? 1)
  return topic
}

/** A topic is created before all of the broker knows of it; until then, writing to it may fail. */
async function topicIsKnown(brokers: string, topic: string, partitions: number): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    for (let led = 0; led < partitions;) {
      const metadata = await admin.metadata({ topics: [topic], forceUpdate: true, retries: 20 })
      const of = metadata.topics.get(topic)?.partitions ?? []
      led = of.filter(({ leader }) => leader >= 0).length
    }
  })
}

/** Deletes what lies below an offset, as retention does. */
export async function deleteBelow(topic: string, partition: number, offset: number): Promise<void> {
  await withAdmin(stackInfo().brokers, async (admin) => {
    const partitions = [{ partition, offset: BigInt(offset) }]
    await admin.deleteRecords({ topics: [{ name: topic, partitions }] })
  })
}

/** A broker that a test killed takes its topics with it, so failing to delete one is no failure of the test. */
async function deleteTopic(brokers: string, topic: string): Promise<void> {
  await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [topic] })).catch(() => {})
}

async function withAdmin<T>(brokers: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({
    clientId: 'test-admin',
    bootstrapBrokers: brokers.split(','),
    retries: 2,
    connectTimeout: 2_000,
  })
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}

/** A Redis of this test alone, to hang, kill and start again; with TLS if asked for. */
export async function ownRedis(t: TestContext, tls?: RedisTlsFiles): Promise<RedisServer> {
  const redis = await startRedis(await ownDirectory(t, () => redis.kill()), () => {}, tls)
  return redis
}

/** A sentinel of this test alone. */
export async function ownSentinel(
  t: TestContext,
  of: { readonly master_port: number; readonly tls: RedisTlsFiles },
): Promise<number> {
  const sentinel = await startSentinel(await ownDirectory(t, () => sentinel.kill()), () => {}, of)
  return sentinel.port
}

/** Certificates of this test alone. */
export async function ownCertificates(t: TestContext): Promise<Certificates> {
  return writeCertificates(await ownDirectory(t, async () => {}))
}

/** A Kafka of this test alone, with all listeners, to hang, kill and start again. About four seconds. */
export async function ownKafka(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<KafkaServer> {
  const kafka = await startKafka(await ownDirectory(t, () => kafka.kill()), () => {}, settings)
  return kafka
}

async function ownDirectory(t: TestContext, stop: () => Promise<void>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-test-'))
  t.after(async () => {
    await stop()
    await rm(directory, { recursive: true, force: true })
  })
  return directory
}

export type { KafkaServer, RedisServer, StackInfo }
