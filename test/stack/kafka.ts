import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeCertificates, type Certificates } from './certs.ts'
import { freePorts, spawnServer, type ServerProcess } from './child.ts'
import { kafkaJars, requireJava } from './jars.ts'

/**
 * One Kafka node in KRaft mode, broker and controller in one process, with a listener for every way to connect that the
 * product supports. Topics are never created by accident: a typo in a topic name must fail.
 */

/** The user of all SASL mechanisms; OAUTHBEARER takes any unsecured token. */
export const SASL_USER = { username: 'alice', password: 'alice-secret' }

export interface KafkaListeners {
  readonly plaintext: string
  readonly sasl: string
  readonly sasl_tls: string
  readonly tls: string
  readonly mtls: string
}

export interface KafkaServer {
  readonly listeners: KafkaListeners
  readonly certificates: Certificates
  process(): ServerProcess
  pause(): void
  resume(): void
  kill(): Promise<void>
  /** Starts it again on the same ports with the same data. */
  restart(): Promise<void>
}

export async function startKafka(
  directory: string,
  log: (line: string) => void,
  settings: Readonly<Record<string, string>> = {},
): Promise<KafkaServer> {
  await requireJava()
  const classpath = join(await kafkaJars(log), '*')
  const certificates = await writeCertificates(join(directory, 'certs'))
  const [plaintext, sasl, sasl_tls, tls, mtls, controller] = await freePorts(6)
  const at = (port: number | undefined): string => `127.0.0.1:${port}`
  const listeners: KafkaListeners = {
    plaintext: at(plaintext),
    sasl: at(sasl),
    sasl_tls: at(sasl_tls),
    tls: at(tls),
    mtls: at(mtls),
  }
  const config = join(directory, 'kafka.properties')
  await writeFile(
    config,
    properties({ directory, listeners, controller: at(controller), certificates, settings }),
  )
  await format(classpath, config)

  const start = async (): Promise<ServerProcess> => {
    const server = await spawnServer({
      name: `kafka-${plaintext}-${Date.now()}`,
      command: 'java',
      args: [...jvm('512m', classpath), 'kafka.Kafka', config],
      directory,
    })
    await server.logged('Kafka Server started', 60_000)
    return server
  }
  let server = await start()
  return {
    listeners,
    certificates,
    process: () => server,
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    async restart() {
      await server.kill()
      server = await start()
    },
  }
}

function jvm(heap: string, classpath: string): readonly string[] {
  const log4j = join(import.meta.dirname, 'log4j2.properties')
  return [
    `-Xmx${heap}`,
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Xshare:auto',
    `-Dlog4j2.configurationFile=${log4j}`,
    '-cp',
    classpath,
  ]
}

async function format(classpath: string, config: string): Promise<void> {
  const { username, password } = SASL_USER
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ])
  const id = randomBytes(16).toString('base64url').replace(/^-/, 'a')
  const args = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', config, ...scram]
  await promisify(execFile)('java', [...jvm('128m', classpath), ...args])
}

function properties(of: {
  readonly directory: string
  readonly listeners: KafkaListeners
  readonly controller: string
  readonly certificates: Certificates
  /** Further ones, of one test. */
  readonly settings: Readonly<Record<string, string>>
}): string {
  const { listeners, controller, certificates, settings } = of
  const names = {
    PLAINTEXT: listeners.plaintext,
    SASL: listeners.sasl,
    SASLTLS: listeners.sasl_tls,
    TLS: listeners.tls,
    MTLS: listeners.mtls,
  }
  const list = Object.entries(names).map(([name, address]) => `${name}://${address}`)
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: [...list, `CONTROLLER://${controller}`].join(','),
    'advertised.listeners': list.join(','),
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL,TLS:SSL,MTLS:SSL',
    // A broker that was killed may come back only when its old session is over.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'log.dirs': join(of.directory, 'data'),
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    // A worker that was killed holds its partitions until its session ends; fault tests cannot wait for that long.
    'group.min.session.timeout.ms': '1000',
    'offsets.topic.num.partitions': '3',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'log.segment.bytes': '67108864',
    'log.cleaner.dedupe.buffer.size': '8388608',
    'log.retention.ms': '-1',
    'log.retention.check.interval.ms': '1000',
    'log.cleaner.backoff.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    ...saslProperties('sasl'),
    ...saslProperties('sasltls'),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.server_file,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.ca_file,
    'listener.name.tls.ssl.client.auth': 'requested',
    'listener.name.mtls.ssl.client.auth': 'required',
    ...settings,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** JAAS sections of one listener: PLAIN holds its user here, SCRAM users are in the metadata log. */
function saslProperties(listener: string): Record<string, string> {
  const prefix = `listener.name.${listener}`
  const { username, password } = SASL_USER
  const module = 'org.apache.kafka.common.security'
  return {
    [`${prefix}.plain.sasl.jaas.config`]: `${module}.plain.PlainLoginModule required user_${username}="${password}";`,
    [`${prefix}.scram-sha-256.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    [`${prefix}.scram-sha-512.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    [`${prefix}.oauthbearer.sasl.jaas.config`]: `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  }
}
