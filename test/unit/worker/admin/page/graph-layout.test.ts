import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PipelineGraph } from '#/core/graph.ts'
import {
  DRAWN_NODES_MAX,
  layoutGraph,
  NODE_HEIGHT,
  NODE_WIDTH,
} from '#/worker/admin/page/graph-layout.ts'
import { busyStatus } from '../../../../support/status.ts'

function graphOf(ids: string, ...edges: readonly string[]): PipelineGraph {
  return {
    nodes: Array.from(ids, (id) => ({ id, kind: 'processor', label: id, detail: '' })),
    edges: edges.map((edge) => ({ from: edge[0]!, to: edge[1]! })),
  }
}

/** Ids by column. */
function columns(graph: PipelineGraph): string {
  const byX = new Map<number, string>()
  for (const { node, x } of layoutGraph(graph)!.nodes) byX.set(x, (byX.get(x) ?? '') + node.id)
  return [...byX.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([, ids]) => ids)
    .join(' ')
}

test('A node stands right of everything that leads to it.', () => {
  assert.equal(columns(graphOf('abcd', 'ab', 'bc', 'ac', 'cd')), 'a b c d')
  assert.equal(columns(graphOf('abcd', 'ac', 'bc', 'cd')), 'ab c d')
})

test('Ways back and lines to nowhere or to itself do not disturb the drawing.', () => {
  assert.equal(columns(graphOf('abc', 'ab', 'bc', 'ca', 'aa', 'ax')), 'a b c')
})

test('No two nodes overlap, and all are inside.', () => {
  const { nodes, width, height } = layoutGraph(busyStatus().graph)!
  for (const [index, a] of nodes.entries()) {
    assert.ok(a.x >= 0 && a.x + NODE_WIDTH <= width && a.y >= 0 && a.y + NODE_HEIGHT <= height)
    for (const b of nodes.slice(index + 1))
      assert.ok(Math.abs(a.x - b.x) >= NODE_WIDTH || Math.abs(a.y - b.y) >= NODE_HEIGHT)
  }
})

test('What is empty or too large is not drawn.', () => {
  assert.equal(layoutGraph({ nodes: [], edges: [] }), undefined)
  const ids = Array.from({ length: DRAWN_NODES_MAX + 1 }, (_, at) =>
    String.fromCodePoint(0x4e00 + at),
  )
  assert.equal(layoutGraph(graphOf(ids.join(''))), undefined)
})
