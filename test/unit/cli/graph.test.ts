import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { COMMANDS } from '#/cli/commands.ts'
import { dispatch } from '#/cli/dispatch.ts'
import { graphDot } from '#/cli/graph/dot.ts'
import { graphMermaid } from '#/cli/graph/mermaid.ts'
import type { GraphNode, PipelineGraph } from '#/core/graph.ts'
import { drawnGraphs } from '../../support/drawn-graphs.ts'
import { createFakeIo } from './fake-io.ts'

const EXAMPLE = fileURLToPath(new URL('../../../deploy/examples/worker.yaml', import.meta.url))

for (const { file, text } of drawnGraphs())
  test(`The example config is drawn as ${file.pathname.split('/').at(-1)} says.`, () => {
    assert.equal(text, readFileSync(file, 'utf8'), 'node test/generate/golden.ts writes it anew')
  })

test('graph writes Mermaid unless another format is asked for.', async () => {
  const starts = { mermaid: 'flowchart LR\n', dot: 'digraph whosecall {\n', json: '{\n' }
  for (const [format, start] of [['', starts.mermaid], ...Object.entries(starts)] as const) {
    const io = createFakeIo()
    const options = format === '' ? [] : ['--format', format]
    assert.equal(await dispatch(['graph', '-c', EXAMPLE, ...options], COMMANDS, io), 0)
    assert.ok(io.written.out.startsWith(start), io.written.out.slice(0, 40))
  }
})

test('graph as JSON has all fields that are read.', async () => {
  const io = createFakeIo()
  await dispatch(['graph', '-c', EXAMPLE, '--format', 'json'], COMMANDS, io)
  const { nodes }: PipelineGraph = JSON.parse(io.written.out)
  assert.ok((nodes.find(({ kind }) => kind === 'processor')?.reads?.length ?? 0) > 100)
})

test('An unknown format is a usage error that names the nearest.', async () => {
  await assert.rejects(
    dispatch(['graph', '-c', EXAMPLE, '--format', 'mermiad'], COMMANDS, createFakeIo()),
    /did you mean mermaid\?/,
  )
})

const HOSTILE = [
  'a"b',
  'a b.c',
  'x"] --> y["z',
  '50%',
  '%%{init}%%',
  'a\\',
  '#quot;',
  '`**b**`',
  '<b>',
]

function graphOf(texts: readonly string[]): PipelineGraph {
  const nodes = texts.map((text): GraphNode => ({
    id: `receivers/${text}`,
    kind: 'receiver',
    label: text,
    detail: text,
  }))
  const edges = texts.map((text) => ({
    from: `receivers/${text}`,
    to: `receivers/${texts[0]}`,
    label: text,
  }))
  return { nodes, edges }
}

test('In Mermaid nothing that a config names can end its quotes or mean anything.', () => {
  const lines = graphMermaid(graphOf(HOSTILE)).trimEnd().split('\n')
  assert.equal(lines.length, 1 + 2 * HOSTILE.length)
  for (const line of lines.slice(1)) {
    const plain = line.replaceAll(/#\d+;/g, '').replaceAll('<br/>', '')
    assert.match(
      plain,
      /^ {2}n\d+(?:\(\["[\p{L}\p{N} ._/:-]*"\]\)| -->\|"[\p{L}\p{N} ._/:-]*"\| n\d+)$/u,
    )
  }
  const labels = lines.slice(1, 1 + HOSTILE.length).map((line) => /"(.*)<br\/>/.exec(line)?.[1])
  const read = labels.map((label) =>
    label?.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
  )
  assert.deepEqual(read, HOSTILE)
})

test('In DOT nothing that a config names can end its quotes.', () => {
  const lines = graphDot(graphOf(HOSTILE)).trimEnd().split('\n')
  assert.equal(lines.length, 3 + 2 * HOSTILE.length)
  const quoted = lines.slice(2, -1).map((line) => /label="((?:[^"\\]|\\.)*)"\]$/.exec(line)?.[1])
  const read = quoted.map((text) =>
    text?.replaceAll(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one)),
  )
  assert.deepEqual(read, [...HOSTILE.map((text) => `${text}\n${text}`), ...HOSTILE])
})
