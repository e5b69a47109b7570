/** The pipeline as a drawing, and all of it as a list: what reads and writes what. */
import type { GraphNode, PipelineGraph } from '#/core/graph.ts'
import type { Status } from '#/core/status.ts'
import { plural } from '../format.ts'
import { layoutGraph, NODE_HEIGHT, NODE_WIDTH, type Drawing } from '../graph-layout.ts'
import { html, type Html } from '../html.ts'
import { empty, section } from './parts.ts'

/** Drawings that are wider shrink to this, so that the text in them stays readable; the rest is scrolled to. */
const WIDE = 1000

export function pipelineSection({ graph }: Status): Html {
  if (graph.nodes.length === 0)
    return section('pipeline', 'Pipeline', empty('No pipeline runs yet: the worker is starting.'))
  const drawing = layoutGraph(graph)
  return section(
    'pipeline',
    'Pipeline',
    drawing !== undefined && draw(drawing),
    html`<details${drawing === undefined && html` open`}><summary>As a list</summary>${list(graph)}</details>`,
  )
}

function draw({ width, height, nodes, edges }: Drawing): Html {
  return html`<div
    class="scroll graph"
    role="region"
    aria-label="Drawing of the pipeline"
    tabindex="0"
  >
    <svg
      class="drawing${width > WIDE && html` wide`}"
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      role="img"
      aria-label="Pipeline of ${plural(nodes.length, 'part')}; the list below says the same in words"
    >
      <defs>
        <marker
          id="tip"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path class="tip" d="M0 0 8 4 0 8z" />
        </marker>
      </defs>
      ${edges.map(
        ({ path }) => html`<path class="edge" d="${path}" marker-end="url(#tip)" />`,
      )}${nodes.map(
        ({ node, x, y }) =>
          html`<g class="node ${node.kind}" transform="translate(${x} ${y})"
            ><title>${node.label}: ${node.detail}</title
            ><rect
              width="${NODE_WIDTH}"
              height="${NODE_HEIGHT}"
              rx="${node.kind === 'topic' ? NODE_HEIGHT / 2 : 8}"
            /><text class="kind" x="${NODE_WIDTH / 2}" y="19" text-anchor="middle"
              >${node.kind}</text
            ><text class="label" x="${NODE_WIDTH / 2}" y="37" text-anchor="middle"
              >${shortened(node.label, 20)}</text
            ></g
          >`,
      )}
    </svg>
  </div>`
}

function list({ nodes, edges }: PipelineGraph): Html {
  const labels = new Map(nodes.map(({ id, label }) => [id, label]))
  return html`<ul class="nodes">
    ${nodes.map((node) => {
      const to = edges.flatMap((edge) => {
        const label = labels.get(edge.to)
        if (edge.from !== node.id || label === undefined) return []
        return [edge.label === undefined ? label : `${label} (${edge.label})`]
      })
      return html`<li data-key="${node.id}">
        <span class="kind">${node.kind}</span>
        <strong>${node.label}</strong>${to.length > 0 && html` → ${to.join(', ')}`}<span
          class="meaning"
          >${node.detail}</span
        >${fields('reads', node.reads)}${fields('writes', node.writes)}
      </li>`
    })}
  </ul>`
}

function fields(verb: 'reads' | 'writes', names: GraphNode['reads']): Html | undefined {
  if (names === undefined || names.length === 0) return undefined
  return html`<details>
    <summary>${verb} ${plural(names.length, 'field')}</summary>
    <p class="fields">${names.map((name) => html`<code class="chip">${name}</code> `)}</p>
  </details>`
}

function shortened(text: string, characters_max: number): string {
  const characters = Array.from(text)
  if (characters.length <= characters_max) return text
  return `${characters.slice(0, characters_max - 1).join('')}…`
}
