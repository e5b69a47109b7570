/** The page behind an example of the status page: why an event was attributed as it was, and what would change that. */
import type { ExplainDocument } from '../../explain/document.ts'
import { html, type Html } from './html.ts'
import { section, table, type Column } from './sections/parts.ts'

export function explanationPage(title: string, content: readonly Html[]): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · whosecall</title>
        <link rel="stylesheet" href="../../../page.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <span class="brand">whosecall</span>
          <a href="../../../">Status</a>
        </header>
        <main id="main" tabindex="-1">
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `
  return page.markup
}

/** `place` is unique among the explanations of one page. */
export function explanation(document: ExplainDocument, place: string): readonly Html[] {
  const id = (name: string) => `${name}-${place}`
  return [
    section(
      id('answer'),
      answerOf(document),
      html`<p>${becauseOf(document)}</p>`,
      factsOf(document),
    ),
    adviceOf(document, id('advice')),
    listed(
      id('evidence'),
      'Evidence',
      'What the record says, in the order of the rungs',
      EVIDENCE,
      document.evidence.map((line) => [
        line.rung ?? '–',
        line.slot ?? line.kind,
        html`<code>${line.field === '' ? 'the event itself' : line.field}</code>`,
        line.keys.length > 0
          ? line.keys.map((key) => html`<code class="chip">${key}</code> `)
          : wordOf(line.word),
        line.trust === undefined ? line.kind : `${line.trust}: ${line.why ?? ''}`,
      ]),
    ),
    listed(
      id('lookups'),
      'Lookups',
      'What the directory says of each key at the time of the call',
      LOOKUPS,
      document.lookups.map((line) => [
        html`<code>${line.key}</code>`,
        line.means,
        `${line.state} from ${line.tier}`,
        line.bindings.map((binding) => html`<span class="line">${bindingOf(binding)}</span>`),
      ]),
    ),
    listed(
      id('rungs'),
      'Rungs',
      'From the strongest evidence to the weakest',
      RUNGS,
      document.rungs.map((line) => [
        line.rung,
        line.name,
        line.result.replaceAll('_', ' '),
        line.why,
      ]),
    ),
    listed(
      id('rules'),
      'Rules',
      'The first that applies decides',
      RULES,
      document.rules.map((line) => [
        line.rule,
        line.text,
        line.decided ? 'decided' : 'did not apply',
        line.why,
      ]),
    ),
  ].filter((part) => part !== undefined)
}

const EVIDENCE: readonly Column[] = [
  { title: 'Rung' },
  { title: 'Slot' },
  { title: 'Field' },
  { title: 'Key or word' },
  { title: 'Trust' },
]
const LOOKUPS: readonly Column[] = [
  { title: 'Key' },
  { title: 'Means' },
  { title: 'Answer' },
  { title: 'Bindings' },
]
const RUNGS: readonly Column[] = [
  { title: 'Rung' },
  { title: 'Evidence' },
  { title: 'Result' },
  { title: 'Why' },
]
const RULES: readonly Column[] = [
  { title: 'Rule' },
  { title: 'Says' },
  { title: 'Result' },
  { title: 'Why' },
]

function wordOf(word: string | undefined): string {
  if (word === undefined) return '–'
  return word === '' ? 'an empty text' : word
}

function answerOf({ fate, code, decision, class: event_class }: ExplainDocument): string {
  if (fate === 'dead_lettered') return `Dead letter: ${code}`
  if (decision === undefined) return `No call: ${code ?? event_class?.class ?? fate}`
  if (decision.outcome === 'attributed') return `Attributed to ${decision.owner?.id}`
  return `${decision.outcome === 'unresolved' ? 'Unresolved' : 'Unattributed'}: ${decision.reason}`
}

function becauseOf({ failure, decision, rules }: ExplainDocument): string {
  if (failure !== undefined) return failure.why
  const decided = rules.find((rule) => rule.decided)
  const why = decided === undefined ? '' : `${decided.rule}: ${decided.text}`
  const { method, confidence, evidence, suggested_owner } = decision ?? {}
  const how = method === undefined ? '' : `By ${method}, ${confidence}: ${evidence}. `
  const hint = suggested_owner === undefined ? '' : ` Suggested: ${suggested_owner}.`
  return `${how}${why}${hint}`
}

function factsOf({ at, receiver, encoding, source, call_time }: ExplainDocument): Html {
  const facts = [
    ['Message', `${at.topic}/${at.partition} at ${at.offset}, ${at.timestamp}`],
    ['Receiver', `${receiver}, ${encoding}`],
    ['Source', source === undefined ? 'not recognised' : source.name],
    [
      'Time of the call',
      call_time === undefined ? '–' : `${call_time.time}, of the ${call_time.from}`,
    ],
  ]
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}

function adviceOf({ advice, decision }: ExplainDocument, id: string): Html | undefined {
  if (advice.length === 0) return undefined
  const title =
    decision?.outcome === 'attributed' ? 'What would make it surer' : 'What would attribute it'
  return section(
    id,
    title,
    html`<ul>
      ${advice.map(
        ({ text, row }) =>
          html`<li>${text} ${row !== undefined && html`<code class="copied">${row}</code>`}</li>`,
      )}
    </ul>`,
  )
}

function bindingOf(binding: ExplainDocument['lookups'][number]['bindings'][number]): string {
  const { id, ownership, owner, valid_from, valid_to, in_force } = binding
  const from = valid_from === undefined ? '' : ` from ${valid_from}`
  const to = valid_to === undefined ? '' : ` to ${valid_to}`
  return `${owner ?? ownership} by row ${id}${from}${to}${in_force ? '' : ', not then'}`
}

function listed(
  id: string,
  title: string,
  caption: string,
  columns: readonly Column[],
  rows: readonly Parameters<typeof table>[3][number]['cells'][],
): Html | undefined {
  if (rows.length === 0) return undefined
  return section(
    id,
    title,
    table(
      id,
      caption,
      columns,
      rows.map((cells, index) => ({ key: String(index), cells })),
    ),
  )
}
