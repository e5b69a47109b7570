/**
 * Where the boxes and lines of a pipeline go: columns by the longest way from a start, and in a column near what a node
 * reads from. It takes any graph: lines back and lines to nowhere are left out of the ranking, and a graph that is too
 * large for a drawing has none (the list beside it has everything).
 */
import type { GraphEdge, GraphNode, PipelineGraph } from '#/core/graph.ts'

export const NODE_WIDTH = 158
export const NODE_HEIGHT = 50
const GAP_X = 40
const GAP_Y = 18
const MARGIN = 6
export const DRAWN_NODES_MAX = 120

export interface PlacedNode {
  readonly node: GraphNode
  readonly x: number
  readonly y: number
}

export interface PlacedEdge {
  readonly edge: GraphEdge
  /** Data of an SVG path. */
  readonly path: string
}

export interface Drawing {
  readonly width: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly PlacedEdge[]
}

export function layoutGraph(graph: PipelineGraph): Drawing | undefined {
  if (graph.nodes.length === 0 || graph.nodes.length > DRAWN_NODES_MAX) return undefined
  const ids = new Set(graph.nodes.map(({ id }) => id))
  const edges = graph.edges.filter(({ from, to }) => ids.has(from) && ids.has(to) && from !== to)
  const columns = columnsOf(graph.nodes, edges)
  const rows_max = Math.max(...columns.map(({ length }) => length))
  const height = rows_max * (NODE_HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN
  const width = columns.length * (NODE_WIDTH + GAP_X) - GAP_X + 2 * MARGIN
  const places = new Map<string, PlacedNode>()
  columns.forEach((column, rank) => {
    const used = column.length * (NODE_HEIGHT + GAP_Y) - GAP_Y
    column.forEach((node, row) =>
      places.set(node.id, {
        node,
        x: MARGIN + rank * (NODE_WIDTH + GAP_X),
        y: (height - used) / 2 + row * (NODE_HEIGHT + GAP_Y),
      }),
    )
  })
  return {
    width,
    height,
    nodes: [...places.values()],
    edges: edges.map((edge) => line(edge, places.get(edge.from)!, places.get(edge.to)!)),
  }
}

function columnsOf(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
): readonly (readonly GraphNode[])[] {
  const before = new Map(nodes.map(({ id }) => [id, [] as string[]]))
  for (const { from, to } of withoutWaysBack(nodes, edges)) before.get(to)!.push(from)
  const ranks = ranksOf(before)
  const columns: GraphNode[][] = []
  for (const node of nodes) (columns[ranks.get(node.id) ?? 0] ??= []).push(node)
  const row = new Map<string, number>()
  for (const column of columns) {
    const middle = new Map(column.map(({ id }) => [id, middleOf(before.get(id) ?? [], row)]))
    column.sort((a, b) => lookupsLast(a, b) || (middle.get(a.id) ?? 0) - (middle.get(b.id) ?? 0))
    column.forEach(({ id }, index) => row.set(id, index - column.length / 2))
  }
  return columns
}

/** Where owners are looked up is drawn below the way of the records. */
function lookupsLast(a: GraphNode, b: GraphNode): number {
  return Number(a.kind === 'directory') - Number(b.kind === 'directory')
}

/** The edges but those that lead back to where one came from, walking from the nodes as they are listed. */
function withoutWaysBack(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
): readonly GraphEdge[] {
  const open = new Set<string>()
  const done = new Set<string>()
  const kept: GraphEdge[] = []
  function walk(id: string): void {
    open.add(id)
    for (const edge of edges)
      if (edge.from === id && !open.has(edge.to)) {
        kept.push(edge)
        if (!done.has(edge.to)) walk(edge.to)
      }
    open.delete(id)
    done.add(id)
  }
  for (const { id } of nodes) if (!done.has(id)) walk(id)
  return kept
}

/** Length of the longest way to each node; there is no way around in circles. */
function ranksOf(before: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  function rankOf(id: string): number {
    const known = ranks.get(id)
    if (known !== undefined) return known
    const rank = Math.max(0, ...(before.get(id) ?? []).map((other) => rankOf(other) + 1))
    ranks.set(id, rank)
    return rank
  }
  for (const id of before.keys()) rankOf(id)
  return ranks
}

function middleOf(ids: readonly string[], row: ReadonlyMap<string, number>): number {
  const rows = ids.flatMap((id) => row.get(id) ?? [])
  return rows.length === 0 ? 0 : rows.reduce((sum, each) => sum + each, 0) / rows.length
}

function line(edge: GraphEdge, from: PlacedNode, to: PlacedNode): PlacedEdge {
  const x1 = from.x + NODE_WIDTH
  const y1 = from.y + NODE_HEIGHT / 2
  const x2 = to.x
  const y2 = to.y + NODE_HEIGHT / 2
  const bend = Math.max(GAP_X / 2, Math.abs(x2 - x1) / 2)
  return {
    edge,
    path: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
  }
}
