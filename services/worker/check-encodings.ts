/** Checks of what is read and written against each other: sources, encodings in, encodings out. */
import { pointerOf, type Report } from '#/config/index.ts'
import { OUTPUT_ENCODINGS } from '#/core/words.ts'
import { canLeaveAs } from '#/formats/shapes/index.ts'
import type { WorkerConfig } from './config.ts'
import { encodingsOf } from './receivers/kafka/receiver.ts'

export function encodings(config: WorkerConfig, report: Report): void {
  for (const [id, receiver] of Object.entries(config.receivers)) {
    const { encoding } = receiver.logs
    if (encoding === undefined || encoding === 'auto') continue
    const legal = encodingsOf({ ...receiver, logs: { ...receiver.logs, encoding: 'auto' } })
    if (legal.includes(encoding)) continue
    report(pointerOf('receivers', id, 'logs', 'encoding'), {
      code: 'WC-C105',
      message: `the source of ${id} does not come as ${encoding}`,
      expected: `one of ${legal.join(', ')}`,
      found: encoding,
    })
  }
}

/** Some encodings cannot become others without loss. */
export function outputEncodings(config: WorkerConfig, report: Report): void {
  for (const pipeline of Object.values(config.service.pipelines))
    for (const exporter_id of pipeline.exporters)
      for (const receiver_id of pipeline.receivers) {
        const receiver = config.receivers[receiver_id]
        const to = config.exporters[exporter_id]?.logs.encoding
        if (receiver === undefined || to === undefined) continue
        const stuck = encodingsOf(receiver).filter((from) => !canLeaveAs(from, to))
        if (stuck.length === 0) continue
        const legal = OUTPUT_ENCODINGS.filter((name) =>
          encodingsOf(receiver).every((from) => canLeaveAs(from, name)),
        )
        report(pointerOf('exporters', exporter_id, 'logs', 'encoding'), {
          code: 'WC-C111',
          message: `what ${receiver_id} reads as ${stuck.join(' and ')} cannot leave as ${to}`,
          expected: `one of ${legal.join(', ')}, or a logs.encoding of ${receiver_id} that can`,
          found: to,
        })
      }
}
