/** Checks that look at two places of the config at once. They report; they never throw on a sound shape. */
import { componentType, type Report } from '#/config/index.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Encoding } from '#/core/words.ts'
import { ownersProblems } from '#/owners/index.ts'
import { sourceFromConfig, type CustomSourceConfig } from '#/sources/index.ts'
import { connections } from './check-connections.ts'
import { encodings, outputEncodings } from './check-encodings.ts'
import { exporters, sameCluster, topicsWritten } from './check-exporters.ts'
import { proxies } from './check-proxies.ts'
import { secrets } from './check-secrets.ts'
import { sharedWords } from './check-shared-words.ts'
import { topicNames } from './check-topic-names.ts'
import type { WorkerConfig } from './config.ts'
import { encodingsOf, readsTopic } from './receivers/kafka/receiver.ts'
import type { RedactionConfig } from './processors/redaction/config.ts'

/** Codes of this room; what each means. */
export const CHECK_CODES = {
  'WC-C100': 'a pipeline names a component that is not configured',
  'WC-C101': 'a component is configured but no pipeline uses it',
  'WC-C102': 'a pipeline needs exactly one of something, or names a component twice',
  'WC-C103': 'a topic is read and written',
  'WC-C104': 'a topic is read twice',
  'WC-C105': 'the encoding is not one that the source comes in',
  'WC-C106': 'a processor reads a field that nobody provides',
  'WC-C107': 'a pattern is not a regular expression',
  'WC-C108': 'the trust of a receiver is not stated',
  'WC-C110': 'options of the owner lookup contradict each other',
  'WC-C111': 'what a pipeline reads cannot leave in the encoding of its exporter',
  'WC-C112': 'shared words are given for a field that is no identity in the source',
  'WC-C113': 'what is said about proxies is no network, or contradicts itself',
  'WC-C114': 'two exporters write one topic',
  'WC-C115': 'a name that no Kafka topic can have',
  'WC-C116': 'a file that the config names cannot be read, or is not what it should be',
  'WC-C117': 'a connection lacks credentials, or half of a pair',
  'WC-C118': 'the description of a custom source contradicts itself',
  'WC-C119': 'fingerprints of secrets are to be written and there is no key for them',
  'WC-C109': 'a custom source is named and not described, or the other way round',
} as const

export const CHECKS = [
  references,
  pipelines,
  exporters,
  connections,
  topicNames,
  topics,
  patterns,
  customSources,
  encodings,
  outputEncodings,
  sharedWords,
  secrets,
  proxies,
  fields,
  trust,
  owners,
]

type Kind = 'receivers' | 'processors' | 'exporters'
const KINDS: readonly Kind[] = ['receivers', 'processors', 'exporters']

function references(config: WorkerConfig, report: Report): void {
  const used: Record<Kind, Map<string, string>> = {
    receivers: new Map(),
    processors: new Map(),
    exporters: new Map(),
  }
  for (const [pipeline_id, pipeline] of Object.entries(config.service.pipelines)) {
    for (const kind of KINDS) {
      for (const [index, id] of pipeline[kind].entries()) {
        const place = `/service/pipelines/${escape(pipeline_id)}/${kind}/${index}`
        const known = Object.keys(config[kind])
        if (!known.includes(id))
          report(place, {
            code: 'WC-C100',
            message: `pipeline ${pipeline_id} names ${kind.slice(0, -1)} ${id}, which is not configured`,
            expected: known.length > 0 ? `one of ${known.join(', ')}` : `a member of ${kind}`,
            found: id,
            candidates: known,
            word: id,
          })
        const user = used[kind].get(id)
        if (user !== undefined && kind === 'receivers')
          report(place, {
            code: 'WC-C102',
            message: `receiver ${id} already feeds pipeline ${user}`,
          })
        else if (user === pipeline_id)
          report(place, {
            code: 'WC-C102',
            message: `${id} stands twice in pipeline ${pipeline_id}`,
          })
        used[kind].set(id, pipeline_id)
      }
    }
  }
  for (const kind of KINDS)
    for (const id of Object.keys(config[kind]))
      if (!used[kind].has(id))
        report(`/${kind}/${escape(id)}`, {
          code: 'WC-C101',
          severity: 'warning',
          message: `${id} is configured but no pipeline uses it`,
        })
}

function pipelines(config: WorkerConfig, report: Report): void {
  for (const [id, pipeline] of Object.entries(config.service.pipelines)) {
    const place = `/service/pipelines/${escape(id)}`
    const attributions = pipeline.processors.filter(
      (p) => componentType(p) === 'attribution',
    ).length
    if (attributions !== 1)
      report(`${place}/processors`, {
        code: 'WC-C102',
        message: `pipeline ${id} needs the attribution processor exactly once`,
        found: String(attributions),
      })
  }
}

/** A topic that is read and written would feed itself. Clusters count as one when they share a broker. */
function topics(config: WorkerConfig, report: Report): void {
  const outputs = topicsWritten(config)
  const receivers = Object.entries(config.receivers)
  for (const [receiver_id, receiver] of receivers) {
    for (const { topic, exporter, id } of outputs) {
      if (!sameCluster(receiver, exporter)) continue
      const reading = readsTopic(receiver, topic)
      if (reading === undefined) continue
      const place = reading === 'redrive_topic' ? 'redrive_topic' : `logs/topics/${reading}`
      report(`/receivers/${escape(receiver_id)}/${place}`, {
        code: 'WC-C103',
        message: `${receiver_id} reads topic ${topic}, which exporter ${id} writes: events would go round for ever`,
        found: topic,
      })
    }
  }
  for (const [index, [id, receiver]] of receivers.entries())
    for (const [other_id, other] of receivers.slice(0, index))
      for (const [at, topic] of receiver.logs.topics.entries())
        if (
          !topic.startsWith('^') &&
          sameCluster(receiver, other) &&
          readsTopic(other, topic) !== undefined
        )
          report(`/receivers/${escape(id)}/logs/topics/${at}`, {
            code: 'WC-C104',
            message: `topic ${topic} is already read by ${other_id}: every call would count twice`,
            found: topic,
          })
}

function patterns(config: WorkerConfig, report: Report): void {
  for (const [id, receiver] of Object.entries(config.receivers)) {
    const base = `/receivers/${escape(id)}/logs`
    const lists = {
      topics: receiver.logs.topics.map((t) => (t.startsWith('^') ? t : '')),
      exclude_topics: receiver.logs.exclude_topics,
    }
    for (const [name, list] of Object.entries(lists))
      for (const [index, pattern] of list.entries()) {
        if (!isPattern(pattern))
          report(`${base}/${name}/${index}`, {
            code: 'WC-C107',
            message: `${pattern} is not a regular expression`,
          })
      }
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function customSources(config: WorkerConfig, report: Report): void {
  for (const [id, receiver] of Object.entries(config.receivers)) {
    if (receiver.source === 'custom' && receiver.custom === undefined)
      report(`/receivers/${escape(id)}/source`, {
        code: 'WC-C109',
        message: `${id} has source: custom but does not describe it`,
        expected: 'a section custom beside it',
      })
    if (receiver.custom !== undefined && receiver.source !== 'custom' && receiver.source !== 'auto')
      report(`/receivers/${escape(id)}/custom`, {
        code: 'WC-C109',
        at: 'key',
        message: `${id} describes a custom source but has source: ${receiver.source}`,
        expected: 'source: custom, or source: auto to try it first',
      })
    const problem = receiver.custom && problemOf(receiver.custom)
    if (problem !== undefined)
      report(`/receivers/${escape(id)}/custom`, { code: 'WC-C118', at: 'key', message: problem })
  }
}

/** What the schema of a custom source cannot say. */
function problemOf(custom: CustomSourceConfig): string | undefined {
  try {
    sourceFromConfig(custom)
    return undefined
  } catch (error) {
    if (error instanceof WhosecallError) return error.message
    throw error
  }
}

/** Every field that a processor reads must be one that the format of every receiver before it can provide. */
function fields(config: WorkerConfig, report: Report): void {
  for (const pipeline of Object.values(config.service.pipelines)) {
    const read = pipeline.receivers.flatMap((id) => {
      const receiver = config.receivers[id]
      return receiver === undefined ? [] : encodingsOf(receiver)
    })
    for (const id of pipeline.processors) {
      const processor = config.processors[id]
      if (processor === undefined || componentType(id) !== 'redaction') continue
      for (const [place, path] of redactionFields(processor as RedactionConfig)) {
        if (read.length === 0 || read.some((encoding: Encoding) => provides(encoding, path)))
          continue
        report(`/processors/${escape(id)}/${place}`, {
          code: 'WC-C106',
          message: `${id} reads ${path}, which no receiver of its pipeline provides`,
          expected:
            'for OTLP: /attributes/<key>, /resource/<key>, /body, /eventName, /severityText',
          found: path,
        })
      }
    }
  }
}

/** Whether events of this encoding can have the field at all. A JSON object may have any. */
function provides(encoding: Encoding, path: string): boolean {
  return encoding === 'json' || OTLP_FIELD.test(path)
}
const OTLP_FIELD = /^\/(?:(?:attributes|resource)\/[^/]+|body|eventName|severityText|scope\/name)$/

function redactionFields(
  config: RedactionConfig,
): readonly (readonly [place: string, path: string])[] {
  const named = (base: string, list: readonly string[]) =>
    list.map((path, index) => [`${base}/${index}`, path] as const)
  return [
    ...named('drop', config.drop),
    ...named('pseudonymize/fields', config.pseudonymize?.fields ?? []),
    ...named('pseudonymize/addresses', config.pseudonymize?.addresses ?? []),
  ]
}

function trust(config: WorkerConfig, report: Report): void {
  for (const [id, receiver] of Object.entries(config.receivers))
    if (receiver.trust === undefined)
      report(`/receivers/${escape(id)}`, {
        code: 'WC-C108',
        severity: 'warning',
        message: `${id} does not say trust: its fields are taken as trusted`,
        help: 'say trust: trusted if the write ACL of its topics names their producers, else trust: claimed',
      })
}

function owners(config: WorkerConfig, report: Report): void {
  for (const { pointer, message } of ownersProblems(config.owners))
    report(`/owners${pointer}`, { code: 'WC-C110', message })
}

function escape(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1')
}
