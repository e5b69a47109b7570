/** What runs here: version, processes, probes and the config in force. */
import type { Status, Verdict, WorkerProcess } from '#/core/status.ts'
import { count, plural, rate, uptime } from '../format.ts'
import { html, type Html, type Piece } from '../html.ts'
import { section, state, table, time, type Mark } from './parts.ts'

const MARKS: Readonly<Record<WorkerProcess['state'], Mark>> = {
  starting: 'watch',
  running: 'ok',
  stopping: 'watch',
}

export function processSection(status: Status): Html {
  const { at, config, processes } = status
  return section(
    'process',
    'Process and config',
    html`<dl class="facts">
      ${[
        fact('Version', html`whosecall ${status.version}`),
        fact(
          'Running for',
          html`${uptime(status.started_at, at)}, since ${time(status.started_at, at)} UTC`,
        ),
        fact('Rate', html`${rate(status.events_per_second)} events`),
        fact('Live', probe(status.live)),
        fact('Ready', probe(status.ready)),
        fact(
          'Config',
          html`${config.is_current ? state('ok', 'in force') : state('wrong', 'the last change was refused')}
          loaded ${time(config.loaded_at, at)}
          UTC${config.problem !== undefined && html`<span class="problem">${config.problem}</span>`}`,
        ),
        fact(
          'For machines',
          html`<a href="metrics">metrics</a>, <a href="status.json">status.json</a>,
            <a href="livez">livez</a>, <a href="readyz">readyz</a>`,
        ),
      ]}
    </dl>`,
    table(
      'process',
      plural(processes.length, 'worker process', 'worker processes'),
      [{ title: 'Process' }, { title: 'State' }, { title: 'Started again', numeric: true }],
      processes.map(({ pid, state: of, restarts }) => ({
        key: String(pid),
        cells: [`pid ${pid}`, state(MARKS[of], of), count(restarts)],
      })),
    ),
  )
}

function fact(name: string, value: Piece): Html {
  return html`<div data-key="${name}">
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`
}

function probe({ ok, reasons }: Verdict): Html {
  return html`${ok ? state('ok', 'yes') : state('wrong', 'no')}${reasons.map((reason) => html`<span class="problem">${reason}</span>`)}`
}
