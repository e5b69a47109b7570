/** Checks of the exporters of a pipeline against each other: who takes dead letters, who is waited for, who writes where. */
import { brokersOf, type ConnectionConfig } from '#/bus/config.ts'
import { pointerOf, type Report } from '#/config/index.ts'
import type { WorkerConfig } from './config.ts'
import type { KafkaExporterConfig } from './exporters/kafka/config.ts'

const SECTIONS = ['logs', 'dead_letter', 'findings'] as const

export interface TopicWritten {
  /** Id of the exporter. */
  readonly id: string
  readonly exporter: KafkaExporterConfig
  readonly topic: string
  readonly section: (typeof SECTIONS)[number]
}

const WHAT: Readonly<Record<TopicWritten['section'], string>> = {
  logs: 'events',
  dead_letter: 'dead letters',
  findings: 'findings',
}

export function topicsWritten(config: Pick<WorkerConfig, 'exporters'>): readonly TopicWritten[] {
  return Object.entries(config.exporters).flatMap(([id, exporter]) =>
    SECTIONS.flatMap((section) => {
      const topic = exporter[section]?.topic
      return topic === undefined ? [] : [{ id, exporter, topic, section }]
    }),
  )
}

/** Clusters count as one when they share a broker. */
export function sameCluster(a: ConnectionConfig, b: ConnectionConfig): boolean {
  const others = brokersOf(b)
  return brokersOf(a).some((broker) => others.includes(broker))
}

export function exporters(config: WorkerConfig, report: Report): void {
  for (const [id, pipeline] of Object.entries(config.service.pipelines))
    checkPipeline(id, pipeline.exporters, config, report)
  const written = topicsWritten(config)
  for (const [index, one] of written.entries())
    for (const other of written.slice(0, index))
      if (one.topic === other.topic && sameCluster(one.exporter, other.exporter))
        checkPair(one, other, config, report)
}

function checkPipeline(
  pipeline_id: string,
  ids: readonly string[],
  config: WorkerConfig,
  report: Report,
): void {
  const place = pointerOf('service', 'pipelines', pipeline_id, 'exporters')
  const known = ids.flatMap((id) => {
    const exporter = config.exporters[id]
    return exporter === undefined ? [] : [{ id, exporter }]
  })
  // A name without an exporter is reported already.
  if (known.length < ids.length) return
  const takers = known.filter(({ exporter }) => exporter.dead_letter !== undefined)
  if (takers.length === 0)
    report(known.length === 1 ? pointerOf('exporters', known[0]!.id) : place, {
      code: 'WC-C102',
      at: 'key',
      message: `no exporter of pipeline ${pipeline_id} says where dead letters go`,
      expected: 'dead_letter: { topic: … } in exactly one of them',
    })
  if (takers.length > 1)
    report(place, {
      code: 'WC-C102',
      message: `${takers.map(({ id }) => id).join(' and ')} both take the dead letters of pipeline ${pipeline_id}`,
      expected: 'dead_letter in exactly one of them',
    })
  const tellers = known.filter(({ exporter }) => exporter.findings !== undefined)
  if (tellers.length > 1)
    report(place, {
      code: 'WC-C102',
      message: `${tellers.map(({ id }) => id).join(' and ')} both take the findings of pipeline ${pipeline_id}`,
      expected: 'findings in at most one of them',
    })
  if (!known.some(({ exporter }) => exporter.required))
    report(place, {
      code: 'WC-C102',
      message: `no exporter of pipeline ${pipeline_id} is required: messages would be lost`,
      expected: 'at least one without required: false',
    })
}

/** Two sections that name one topic. Events of several pipelines may meet on a topic, and so may their dead letters. */
function checkPair(
  one: TopicWritten,
  other: TopicWritten,
  config: WorkerConfig,
  report: Report,
): void {
  const place = pointerOf('exporters', one.id, one.section, 'topic')
  if (one.section !== other.section) {
    const whose = one.id === other.id ? one.id : `${other.id} and ${one.id}`
    const what = [WHAT[other.section], WHAT[one.section]].join(' and ')
    report(place, {
      code: 'WC-C103',
      message: `${what} of ${whose} would go to the same topic`,
      found: one.topic,
    })
  } else if (
    one.section === 'logs' &&
    Object.values(config.service.pipelines).some(
      ({ exporters: ids }) => ids.includes(one.id) && ids.includes(other.id),
    )
  )
    report(place, {
      code: 'WC-C114',
      message: `${one.id} writes the topic of ${other.id}: every event would be there twice`,
      found: one.topic,
    })
}
