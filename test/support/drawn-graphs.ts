/** Drawings of the example config of the worker, for the golden files. */
import { readFileSync } from 'node:fs'
import { graphDot } from '#/cli/graph/dot.ts'
import { graphMermaid } from '#/cli/graph/mermaid.ts'
import { pipelineGraph } from '#/worker/graph.ts'
import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'

export interface Drawing {
  readonly file: URL
  readonly text: string
}

export function drawnGraphs(): readonly Drawing[] {
  const text = readFileSync(new URL('../../deploy/examples/worker.yaml', import.meta.url), 'utf8')
  const graph = pipelineGraph(configOf(text))
  const folder = new URL('../data/golden/graph/', import.meta.url)
  return [
    { file: new URL('worker.mmd', folder), text: graphMermaid(graph) },
    { file: new URL('worker.dot', folder), text: graphDot(graph) },
  ]
}

export function configOf(text: string): WorkerConfig {
  const read = readWorkerConfig({
    file: 'w.yaml',
    text,
    env: {},
    readFile: () => '',
    files: 'none',
  })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return read.config
}
