import type { GraphNode, PipelineGraph } from '#/core/graph.ts'
import { linesOf, namesOf } from './lines.ts'

/** The language of Graphviz. In quotes only the quote and the backslash mean something. */

const SHAPES: Readonly<Record<GraphNode['kind'], string>> = {
  topic: 'cylinder',
  receiver: 'cds',
  processor: 'box',
  exporter: 'cds',
  directory: 'folder',
}

export function graphDot(graph: PipelineGraph): string {
  const names = namesOf(graph)
  const nodes = graph.nodes.map((node) => {
    const label = linesOf(node).map(text).join('\\n')
    return `  ${names.get(node.id)} [shape=${SHAPES[node.kind]}, label="${label}"]`
  })
  const edges = graph.edges.map(({ from, to, label }) => {
    const attributes = label === undefined ? '' : ` [label="${text(label)}"]`
    return `  ${names.get(from)} -> ${names.get(to)}${attributes}`
  })
  return ['digraph whosecall {', '  rankdir=LR', ...nodes, ...edges, '}', ''].join('\n')
}

function text(plain: string): string {
  return plain.replaceAll(/["\\]/g, '\\$&').replaceAll(/\s/g, ' ')
}
