import type { GraphNode, PipelineGraph } from '#/core/graph.ts'
import { linesOf, namesOf } from './lines.ts'

/**
 * Mermaid, which GitHub and many wikis draw. Texts stand in quotes, and in them every character that Mermaid, its Markdown
 * or HTML could read is written as its number.
 */

const SHAPES: Readonly<Record<GraphNode['kind'], readonly [open: string, close: string]>> = {
  topic: ['[(', ')]'],
  receiver: ['([', '])'],
  processor: ['[', ']'],
  exporter: ['([', '])'],
  directory: ['[[', ']]'],
}

export function graphMermaid(graph: PipelineGraph): string {
  const names = namesOf(graph)
  const nodes = graph.nodes.map((node) => {
    const [open, close] = SHAPES[node.kind]
    return `  ${names.get(node.id)}${open}"${linesOf(node).map(text).join('<br/>')}"${close}`
  })
  const edges = graph.edges.map(({ from, to, label }) => {
    const arrow = label === undefined ? '-->' : `-->|"${text(label)}"|`
    return `  ${names.get(from)} ${arrow} ${names.get(to)}`
  })
  return ['flowchart LR', ...nodes, ...edges, ''].join('\n')
}

function text(plain: string): string {
  return plain.replaceAll(/[^\p{L}\p{N} ._/:,()+…-]/gu, (character) => {
    return `#${character.codePointAt(0)};`
  })
}
