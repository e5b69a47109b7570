/** Reads a capture with the receiver, the processor and the owners that stand in it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatDiagnostics } from '#/config/index.ts'
import { WhosecallError } from '#/core/errors.ts'
import { readWorkerConfig } from '#/worker/index.ts'
import type { Plan } from '../attribute/plan.ts'
import type { CaptureHeader } from './file.ts'

export interface Replay {
  readonly plan: Plan
  /** Removes what was written for it. */
  end(): void
}

export function createReplay(header: CaptureHeader): Replay {
  const folder = mkdtempSync(join(tmpdir(), 'whosecall-capture-'))
  const end = () => rmSync(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'owners.json')
    writeFileSync(path, JSON.stringify({ bindings: header.bindings }), { mode: 0o600 })
    return { plan: planFor(header, path), end }
  } catch (error) {
    end()
    throw error
  }
}

function planFor({ receiver, attribution, captured_at }: CaptureHeader, owners: string): Plan {
  const { logs, ...options } = receiver
  const text = JSON.stringify({
    receivers: {
      kafka: {
        brokers: ['unused:9092'],
        ...options,
        logs: { topics: ['capture'], ...(typeof logs === 'object' ? logs : {}) },
      },
    },
    processors: { attribution },
    exporters: {
      kafka: {
        brokers: ['unused:9092'],
        logs: { topic: 'attributed' },
        dead_letter: { topic: 'dead-letters' },
      },
    },
    owners: { directory: { type: 'file', path: owners } },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
    },
  })
  const file = `(the capture of ${captured_at})`
  const result = readWorkerConfig({ file, text, env: {}, readFile: () => '', files: 'none' })
  if (!result.ok)
    throw new WhosecallError(
      'config_invalid',
      formatDiagnostics(result.diagnostics, { color: false }),
    )
  const route = {
    receiver_id: 'kafka',
    receiver: result.config.receivers['kafka']!,
    processors: result.config.processors,
  }
  return { owners: result.config.owners, routes: [route], routeOf: () => route, whole: false }
}
