/**
 * The pipelines of a config as a drawing: topics, receivers, what each processor reads and writes, exporters, and where
 * owners are looked up. What is read is the scan plan itself, the union of what the rules of the sources and redaction ask
 * for; nothing is started and nothing is connected to.
 */
import { createRules, ENGINE, toRecord } from '#/attribution/index.ts'
import { brokersOf, type ConnectionConfig } from '#/bus/config.ts'
import { componentType } from '#/config/index.ts'
import type { AttributionRecord, Decision } from '#/core/decision.ts'
import type { GraphEdge, GraphNode, PipelineGraph } from '#/core/graph.ts'
import type { Detail } from '#/core/words.ts'
import { listAttributes } from '#/formats/attributes.ts'
import { sameCluster, topicsWritten } from './check-exporters.ts'
import type { PipelineConfig, WorkerConfig } from './config.ts'
import type { KafkaExporterConfig } from './exporters/kafka/config.ts'
import { recordOptions } from './pipeline/lanes.ts'
import type { AttributionConfig } from './processors/attribution/config.ts'
import type { RedactionConfig } from './processors/redaction/config.ts'
import { secretFields } from './processors/redaction/secrets.ts'
import type { KafkaReceiverConfig } from './receivers/kafka/config.ts'
import { candidatesOf, encodingsOf } from './receivers/kafka/receiver.ts'

interface Drawing {
  readonly nodes: Map<string, GraphNode>
  readonly edges: GraphEdge[]
  /** The first connection of each cluster. */
  readonly clusters: ConnectionConfig[]
}

const graphs = new WeakMap<WorkerConfig, PipelineGraph>()

/** The same, made once for a config: it compiles the rules of every source, and a status page asks twice a second. */
export function rememberedGraph(config: WorkerConfig): PipelineGraph {
  const graph = graphs.get(config) ?? pipelineGraph(config)
  graphs.set(config, graph)
  return graph
}

export function pipelineGraph(config: WorkerConfig): PipelineGraph {
  const drawing: Drawing = { nodes: new Map(), edges: [], clusters: [] }
  for (const [id, pipeline] of Object.entries(config.service.pipelines)) {
    for (const receiver of pipeline.receivers) addReceiver(receiver, config, drawing)
    addProcessors(id, pipeline, config, drawing)
    for (const exporter of pipeline.exporters) addExporter(exporter, config, drawing)
  }
  addOwners(config, drawing)
  return { nodes: [...drawing.nodes.values()], edges: drawing.edges }
}

function addReceiver(id: string, config: WorkerConfig, drawing: Drawing): void {
  const receiver = config.receivers[id]!
  const node = `receivers/${id}`
  const { source, trust = 'trusted', group_id } = receiver
  const detail = [
    `source ${source}`,
    encodingsOf(receiver).join(' or '),
    trust,
    `group ${group_id}`,
  ].join(', ')
  drawing.nodes.set(node, { id: node, kind: 'receiver', label: id, detail })
  for (const topic of receiver.logs.topics)
    drawing.edges.push({ from: addTopic(topic, receiver, drawing), to: node })
  if (receiver.redrive_topic !== undefined) {
    const from = addTopic(receiver.redrive_topic, receiver, drawing)
    drawing.edges.push({ from, to: node, label: 'redrive' })
  }
}

/** The same name is another topic in another cluster. */
function addTopic(topic: string, connection: ConnectionConfig, { nodes, clusters }: Drawing) {
  let at = clusters.findIndex((known) => sameCluster(known, connection))
  if (at < 0) at = clusters.push(connection) - 1
  const id = `topics/${at}/${topic}`
  const detail = `at ${brokersOf(clusters[at]!)[0] ?? ''}`
  nodes.set(id, { id, kind: 'topic', label: topic, detail })
  return id
}

/** Processors in the order in which they stand; one that stands in two pipelines reads what each of them needs. */
function addProcessors(
  pipeline_id: string,
  pipeline: PipelineConfig,
  config: WorkerConfig,
  { nodes, edges }: Drawing,
): void {
  const receivers = pipeline.receivers.map((id) => config.receivers[id]!)
  const nodeOf = (id: string): string => `processors/${pipeline_id}/${id}`
  for (const id of pipeline.processors) {
    const is_attribution = componentType(id) === 'attribution'
    const of = config.processors[id]!
    const drawn = is_attribution
      ? drawAttribution(of as AttributionConfig, receivers)
      : drawRedaction(of as RedactionConfig, receivers)
    nodes.set(nodeOf(id), { id: nodeOf(id), kind: 'processor', label: id, ...drawn })
    if (is_attribution)
      edges.push({ from: nodeOf(id), to: firstTierOf(config), label: 'identities' })
  }
  const [first, last] = [pipeline.processors[0]!, pipeline.processors.at(-1)!]
  for (const id of pipeline.receivers)
    edges.push({ from: `receivers/${id}`, to: nodeOf(first), label: 'events' })
  for (const [at, id] of pipeline.processors.slice(1).entries())
    edges.push({ from: nodeOf(pipeline.processors[at]!), to: nodeOf(id) })
  for (const id of pipeline.exporters) edges.push({ from: nodeOf(last), to: `exporters/${id}` })
}

type Drawn = Pick<GraphNode, 'detail' | 'reads' | 'writes'>

function drawAttribution(config: AttributionConfig, receivers: readonly KafkaReceiverConfig[]) {
  const reads = receivers.flatMap((receiver) =>
    encodingsOf(receiver).flatMap((encoding) => {
      const { minimum_confidence, detail } = config
      const options = recordOptions(encoding, receiver)
      return createRules({ ...options, minimum_confidence, detail }).fields.map(({ path }) => path)
    }),
  )
  return {
    detail: `detail ${config.detail}, at least ${config.minimum_confidence} confidence`,
    reads: distinct(reads),
    writes: attributesOf(config.detail),
  } satisfies Drawn
}

function drawRedaction(
  { drop, pseudonymize, secrets }: RedactionConfig,
  receivers: readonly KafkaReceiverConfig[],
) {
  const sources = receivers.flatMap((receiver) => candidatesOf(receiver).sources)
  const searched = secrets === 'keep' ? [] : secretFields(sources).map(({ path }) => path)
  const named = [...(pseudonymize?.fields ?? []), ...(pseudonymize?.addresses ?? [])]
  const parts = [
    ...(drop.length > 0 ? [`drops ${drop.length}`] : []),
    ...(named.length > 0 ? [`pseudonymizes ${named.length}`] : []),
    `secrets: ${secrets}`,
  ]
  const fields = distinct([...drop, ...named, ...searched])
  return { detail: parts.join(', '), reads: fields, writes: fields } satisfies Drawn
}

/** Members of the event itself, whatever their names are. */
const EVENT = '/*'

/** In order of the alphabet, each once. */
function distinct(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map((path) => (path === '' ? EVENT : path)))].toSorted()
}

/** A decision in which nothing is left out, so that what it becomes shows all that can be written. */
const EVERYTHING: Required<Decision> = {
  class: 'usage_bucket',
  outcome: 'unattributed',
  reason: 'ip_only',
  owner: {
    id: 'o',
    team: 'o',
    product: 'o',
    application: 'o',
    tenant: 'o',
    cost_center: 'o',
    business_unit: 'o',
  },
  method: 'claim',
  level: 'prompt',
  confidence: 'low',
  evidence: { kind: 'team', value: 'o' },
  chain: ['o'],
  on_behalf_of: { kind: 'team', value: 'o' },
  initiator: 'human',
  environment: 'o',
  traffic_class: 'internal',
  suggested_owner: 'o',
  conflicts: ['o'],
  binding: 'o',
  directory_revision: ENGINE,
}
const BILL: Pick<AttributionRecord, 'usage' | 'cost'> = {
  usage: { input: 0, cache_read: 0, cache_write: 0, output: 0, estimated: true },
  cost: { amount: '0', currency: 'USD', basis: 'list' },
}

/** Names of all attributes that a decision of this detail can write. */
export function attributesOf(detail: Detail): readonly string[] {
  const is_full = detail === 'full'
  const record = { ...toRecord(EVERYTHING, detail), ...(is_full ? BILL : {}) }
  const paths = [...listAttributes(record).map(([path]) => path), 'event_id']
  return [...paths, ...(is_full ? ['as_of'] : [])].map((path) => `attribution.${path}`)
}

function addExporter(id: string, config: WorkerConfig, drawing: Drawing): void {
  const node = `exporters/${id}`
  // Several pipelines may share one.
  if (drawing.nodes.has(node)) return
  const exporter = config.exporters[id]!
  drawing.nodes.set(node, { id: node, kind: 'exporter', label: id, detail: detailOf(exporter) })
  for (const { topic, section } of topicsWritten({ exporters: { [id]: exporter } })) {
    const label = section === 'logs' ? 'events' : section.replace('_', ' ')
    drawing.edges.push({ from: node, to: addTopic(topic, exporter, drawing), label })
  }
}

function detailOf({ logs, producer, dead_letter, required }: KafkaExporterConfig): string {
  return [
    logs.encoding,
    ...(logs.cloudevents === 'none' ? [] : ['CloudEvents']),
    `compression ${producer.compression}`,
    ...(dead_letter === undefined ? [] : [`dead letters ${dead_letter.compression}`]),
    ...(required ? [] : ['not required']),
  ].join(', ')
}

const MEMORY = 'owners/memory'
const REDIS = 'owners/redis'
const DIRECTORY = 'owners/directory'

function firstTierOf({ owners: { directory } }: WorkerConfig): string {
  return directory.type === 'file' ? DIRECTORY : MEMORY
}

/** An owner file is wholly in memory and has no tiers before it. */
function addOwners({ owners }: WorkerConfig, { nodes, edges }: Drawing): void {
  const { directory, redis, cache } = owners
  const add = (id: string, label: string, detail: string): void =>
    void nodes.set(id, { id, kind: 'directory', label, detail })
  if (directory.type === 'file') return add(DIRECTORY, 'owner file', directory.path)
  add(MEMORY, 'memory', `${cache.entries_max} identities of a kind`)
  add(DIRECTORY, 'directory', directory.endpoint)
  if (redis === undefined) {
    edges.push({ from: MEMORY, to: DIRECTORY, label: 'misses' })
    return
  }
  add(REDIS, 'redis', redis.endpoint === undefined ? `master ${redis.name}` : plain(redis.endpoint))
  edges.push({ from: MEMORY, to: REDIS, label: 'misses' })
  edges.push({ from: REDIS, to: DIRECTORY, label: 'misses' })
}

/** Without what does not belong there and may stand there all the same: user and password. */
function plain(endpoint: string): string {
  const url = URL.parse(endpoint)
  return url === null ? 'redis' : `${url.protocol}//${url.host}${url.pathname}`
}
