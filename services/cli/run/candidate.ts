import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatDiagnostics } from '#/config/index.ts'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import { readWorkerConfig, type ShadowReport, type WorkerConfig } from '#/worker/index.ts'
import type { Io } from '../command.ts'

/** The candidate of `run --shadow`: its config, and what it would have decided otherwise. */

export async function readCandidate(file: string, io: Io): Promise<WorkerConfig> {
  const readFile = (path: string): string => readFileSync(resolve(io.cwd, path), 'utf8')
  let text: string
  try {
    text = readFile(file)
  } catch (error) {
    throw new WhosecallError('config_invalid', `cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
    })
  }
  const result = readWorkerConfig({ file, text, env: io.env, readFile, files: 'none' })
  if (result.ok) return result.config
  await io.err.write(formatDiagnostics(result.diagnostics, { color: io.err.has_color }))
  throw new WhosecallError('config_invalid', `${file} is not a valid config`)
}

/** Differences of the log, and of the report at the end. */
const DIFFERENCES_SHOWN = 20

/** A table for people: most frequent first, each with a place where an example can be read. */
export function candidateReport(file: string, report: ShadowReport): string {
  const { events, differing, failures } = report
  const lines = [`${file}: ${differing} of ${events} events would be decided otherwise`]
  const sorted = [...report.differences.values()].toSorted((a, b) => b.events - a.events)
  for (const { events: count, live, candidate, example } of sorted.slice(0, DIFFERENCES_SHOWN)) {
    const { topic, partition, offset, event } = example
    lines.push(
      `${String(count).padStart(9)}  ${live} → ${candidate}  (${topic}/${partition}/${offset}, event ${event})`,
    )
  }
  if (sorted.length > DIFFERENCES_SHOWN)
    lines.push(`           and ${sorted.length - DIFFERENCES_SHOWN} more kinds of differences`)
  if (failures > 0) lines.push(`${failures} batches could not be judged by it`)
  return `${lines.join('\n')}\n`
}
