import type { PipelineGraph } from '#/core/graph.ts'
import { pipelineGraph } from '#/worker/graph.ts'
import { EXIT_OK, type Command } from './command.ts'
import { graphDot } from './graph/dot.ts'
import { graphMermaid } from './graph/mermaid.ts'
import { CONFIG_OPTION, requireConfigOffline } from './worker-config.ts'

/** Draws the pipelines of a config. Connects to nothing. */

const FORMATS = ['mermaid', 'dot', 'json'] as const
type Format = (typeof FORMATS)[number]

const WRITERS: Readonly<Record<Format, (graph: PipelineGraph) => string>> = {
  mermaid: graphMermaid,
  dot: graphDot,
  json: (graph) => `${JSON.stringify(graph, undefined, 2)}\n`,
}

export const command: Command = {
  help: {
    examples: [
      [
        'whosecall graph -c worker.yaml',
        'topics, components, what they read and write, as Mermaid',
      ],
      ['whosecall graph -c worker.yaml --format dot | dot -Tsvg > worker.svg', 'drawn by Graphviz'],
      ['whosecall graph -c worker.yaml --format json', 'with every field that is read'],
    ],
    usage: '-c FILE [--format FORMAT]',
    details: ['A drawing shows the first fields that a processor reads; JSON has all of them.'],
  },
  options: {
    config: CONFIG_OPTION,
    format: {
      type: 'text',
      value: 'FORMAT',
      choices: FORMATS,
      description: `${FORMATS.join(', ')} (default mermaid)`,
    },
  },
  async run(args, io) {
    const config = await requireConfigOffline(args, io)
    const format = FORMATS.find((name) => name === args.text('format')) ?? 'mermaid'
    await io.out.write(WRITERS[format](pipelineGraph(config)))
    return EXIT_OK
  },
}
