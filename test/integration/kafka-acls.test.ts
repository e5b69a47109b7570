/**
 * The users of deploy/strimzi on a broker that allows nothing else: what they may do is enough for a worker and for a redrive.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test, type TestContext } from 'node:test'
import kafkajs from 'kafkajs'
import { parseAllDocuments } from 'yaml'
import { SASL_USER } from '../stack/kafka.ts'
import { ownKafka, produce, readTopic } from '../stack/tools.ts'
import { startProgram, until, type Program } from '../support/program.ts'
import { temporaryFolder } from '../support/worker.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

interface Acl {
  readonly resource: {
    readonly type: 'topic' | 'group'
    readonly name: string
    readonly patternType: 'literal' | 'prefix'
  }
  readonly operations: readonly ('Read' | 'Write' | 'DescribeConfigs')[]
}
interface User {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly authorization: { readonly acls: readonly Acl[] } }
}
interface Topic {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly config: Readonly<Record<string, number | string>> }
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
const OPERATIONS = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
}
const TYPES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP }
const PATTERNS = { literal: ResourcePatternTypes.LITERAL, prefix: ResourcePatternTypes.PREFIXED }
const PRINCIPAL = `User:${SASL_USER.username}`

function documents<T>(file: string, as: (value: unknown) => T): readonly T[] {
  const text = readFileSync(`${ROOT}deploy/strimzi/${file}`, 'utf8')
  return parseAllDocuments(text).map((document) => as(document.toJS()))
}

function aclsOf(name: string): readonly Acl[] {
  const users = documents('users.yaml', (value) => value as User)
  const user = users.find(({ metadata }) => metadata.name === name)
  assert.ok(user !== undefined)
  return user.spec.authorization.acls
}

interface Place {
  readonly brokers: string
  readonly config: string
  /** From then on the user may do this and nothing else. */
  allow(acls: readonly Acl[]): Promise<void>
}

/** A broker with the topics of deploy/strimzi and an authorizer; who comes without a name may do everything. */
async function createPlace(t: TestContext): Promise<Place> {
  const kafka = await ownKafka(t, {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  })
  const { plaintext: brokers, sasl } = kafka.listeners
  const admin = new kafkajs.Kafka({
    brokers: [brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin()
  await admin.connect()
  t.after(() => admin.disconnect())
  const topics = documents('topics.yaml', (value) => value as Topic).map(({ metadata, spec }) => ({
    topic: metadata.name,
    numPartitions: 1,
    replicationFactor: 1,
    configEntries: Object.entries({
      ...spec.config,
      'min.insync.replicas': 1,
      'retention.ms': -1,
    }).map(([name, value]) => ({ name, value: String(value) })),
  }))
  await admin.createTopics({ topics, waitForLeaders: true })
  const config = join(temporaryFolder(t), 'worker.yaml')
  writeFileSync(config, JSON.stringify(workerConfig(sasl)))
  return {
    brokers,
    config,
    async allow(acls) {
      const all = {
        resourceType: AclResourceTypes.ANY,
        resourcePatternType: ResourcePatternTypes.ANY,
      }
      const any = { operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY }
      await admin.deleteAcls({ filters: [{ ...all, ...any, principal: PRINCIPAL }] })
      const acl = acls.flatMap(({ resource, operations }) =>
        operations.map((operation) => ({
          resourceType: TYPES[resource.type],
          resourceName: resource.name,
          resourcePatternType: PATTERNS[resource.patternType],
          principal: PRINCIPAL,
          host: '*',
          operation: OPERATIONS[operation],
          permissionType: AclPermissionTypes.ALLOW,
        })),
      )
      await admin.createAcls({ acl })
    },
  }
}

function workerConfig(sasl: string): object {
  const connection = {
    brokers: [sasl],
    auth: { sasl: { mechanism: 'SCRAM-SHA-512', ...SASL_USER } },
  }
  return {
    receivers: {
      kafka: {
        ...connection,
        group_id: 'whosecall-litellm',
        logs: { topics: ['ai.calls.litellm'] },
        redrive_topic: 'ai.calls.litellm.redrive',
        source: 'litellm',
        trust: 'trusted',
      },
    },
    processors: { attribution: {} },
    exporters: {
      kafka: {
        ...connection,
        logs: { topic: 'ai.calls.attributed' },
        dead_letter: { topic: 'ai.calls.dead-letter' },
        findings: { topic: 'ai.calls.findings' },
      },
    },
    owners: { directory: { type: 'file', path: `${ROOT}test/data/samples/owners.yaml` } },
    service: {
      telemetry: { metrics: { endpoint: '127.0.0.1:0' } },
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
    },
  }
}

/** So many messages lie in the topic, read by somebody who may do everything. */
async function written(
  place: Place,
  topic: string,
  count: number,
  program: Program,
): Promise<void> {
  await until(
    `${count} messages in ${topic}`,
    async () => {
      const messages = await readTopic(topic, { brokers: place.brokers })
      return messages.length >= count ? true : undefined
    },
    { program },
  )
}

const UNAUTHORISED = /authoriz|AUTHORIZATION/i

test('a worker and a redrive get by with the ACLs of their users; a worker without one of them says which it lacks', async (t) => {
  const place = await createPlace(t)
  // Seven are published; the last is no JSON.
  const samples = readFileSync(`${ROOT}test/data/samples/litellm.ndjson`, 'utf8').trim().split('\n')
  assert.equal(samples.length, 8)
  const messages = samples.map((value) => ({ value }))
  await produce('ai.calls.litellm', messages, { brokers: place.brokers })

  const all = aclsOf('whosecall-worker')
  await place.allow(all.filter(({ resource }) => resource.name !== 'ai.calls.attributed'))
  const refused = startProgram(['run', '-c', place.config])
  assert.equal((await refused.exited).code, 69, refused.stderr())
  assert.match(refused.stderr(), /ai\.calls\.attributed/)

  await place.allow(all)
  const worker = startProgram(['run', '-c', place.config])
  t.after(() => worker.kill('SIGKILL'))
  await written(place, 'ai.calls.attributed', 7, worker)
  await written(place, 'ai.calls.dead-letter', 1, worker)
  await written(place, 'ai.calls.findings', 1, worker)
  worker.kill('SIGTERM')
  assert.equal((await worker.exited).code, 143, worker.stderr())
  assert.doesNotMatch(worker.stderr(), UNAUTHORISED)

  await place.allow(aclsOf('whosecall-redrive'))
  const redrive = startProgram(['redrive', '-c', place.config])
  await redrive.exited
  assert.match(redrive.stdout(), /"sent":1\b/, redrive.stderr())
  assert.doesNotMatch(redrive.stderr(), UNAUTHORISED)
})
