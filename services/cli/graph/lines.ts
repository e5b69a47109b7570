import type { GraphNode, PipelineGraph } from '#/core/graph.ts'

/** What a drawing says in each of its boxes, whatever draws it. */

/** Of a list as long as that of what all sources need, a box shows the first. */
const SHOWN_MAX = 8

export function linesOf({ label, detail, reads, writes }: GraphNode): readonly string[] {
  return [label, detail, ...listed('reads', reads), ...listed('writes', writes)]
}

function listed(what: string, names: readonly string[] = []): readonly string[] {
  if (names.length === 0) return []
  const more = names.length - SHOWN_MAX
  return [
    `${what} ${names.length}:`,
    ...names.slice(0, SHOWN_MAX),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ]
}

/** Names without a meaning in any language of drawings; ids come from configs and may hold anything. */
export function namesOf({ nodes }: PipelineGraph): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, at) => [id, `n${at}`]))
}
