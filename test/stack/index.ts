import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka, SASL_USER, type KafkaServer } from './kafka.ts'
import { startRedis, type RedisServer } from './redis.ts'

/**
 * A real Kafka and a real Redis for tests: those of KAFKA_BROKERS and REDIS_URL if set, else processes of this machine
 * (Java and Maven are needed, no root, no containers). Run directly, it prints the two exports and runs until Ctrl-C.
 */

export interface StackInfo {
  readonly brokers: string
  readonly redis_url: string
  /** Absent with a Kafka that was brought along: only ours is known to have these listeners. */
  readonly sasl?: {
    readonly brokers: string
    readonly tls_brokers: string
    readonly username: string
    readonly password: string
  }
  readonly tls?: {
    readonly brokers: string
    readonly mtls_brokers: string
    readonly ca_file: string
    readonly cert_file: string
    readonly key_file: string
    readonly stranger: {
      readonly cert_file: string
      readonly key_file: string
      readonly ca_file: string
    }
  }
}

export interface Stack extends StackInfo {
  /** Ours to hang and kill; undefined where the servers were brought along. */
  readonly kafka: KafkaServer | undefined
  readonly redis: RedisServer | undefined
  /** JSON of `StackInfo`, for child processes (WHOSECALL_TEST_STACK). */
  readonly info_file: string
  stop(): Promise<void>
}

export async function startStack(options: {
  readonly log: (line: string) => void
}): Promise<Stack> {
  const { log } = options
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-stack-'))
  let kafka: KafkaServer | undefined
  let redis: RedisServer | undefined
  const stop = async (): Promise<void> => {
    await Promise.all([kafka?.kill(), redis?.kill()])
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const brokers = process.env['KAFKA_BROKERS']
    const redis_url = process.env['REDIS_URL']
    if (!redis_url) redis = await startRedis(directory, log)
    if (!brokers) kafka = await startKafka(directory, log)
    const info: StackInfo = {
      ...(kafka === undefined ? { brokers: brokers ?? '' } : kafkaInfo(kafka)),
      redis_url: redis?.url ?? redis_url ?? '',
    }
    const info_file = join(directory, 'stack.json')
    await writeFile(info_file, JSON.stringify(info))
    return { ...info, kafka, redis, info_file, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export function kafkaInfo(kafka: KafkaServer): Omit<StackInfo, 'redis_url'> {
  const { listeners, certificates } = kafka
  const { ca_file, cert_file, key_file, stranger } = certificates
  return {
    brokers: listeners.plaintext,
    sasl: { brokers: listeners.sasl, tls_brokers: listeners.sasl_tls, ...SASL_USER },
    tls: {
      brokers: listeners.tls,
      mtls_brokers: listeners.mtls,
      ca_file,
      cert_file,
      key_file,
      stranger,
    },
  }
}

/** What child processes need to find the stack. */
export function stackEnvironment(stack: Stack): Record<string, string> {
  return {
    KAFKA_BROKERS: stack.brokers,
    REDIS_URL: stack.redis_url,
    WHOSECALL_TEST_STACK: stack.info_file,
  }
}

async function main(): Promise<void> {
  const stack = await startStack({ log: (line) => process.stderr.write(`${line}\n`) })
  for (const [name, value] of Object.entries(stackEnvironment(stack))) {
    process.stdout.write(`export ${name}=${value}\n`)
  }
  process.stderr.write('Kafka and Redis are running; Ctrl-C stops them.\n')
  const keepAlive = setInterval(() => {}, 60_000)
  const end = (): void => {
    clearInterval(keepAlive)
    void stack.stop()
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

if (import.meta.main) await main()
