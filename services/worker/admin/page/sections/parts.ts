/** Pieces that several sections are made of. */
import { html, type Html, type Piece } from '../html.ts'
import { moment } from '../format.ts'

/** A region of the page; `id` is its anchor and what the script replaces. */
export function section(id: string, title: string, ...content: readonly Piece[]): Html {
  return html`<section id="${id}" data-section="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section>`
}

export interface Column {
  readonly title: string
  readonly numeric?: boolean
}

export interface Row {
  /** The same row in the next picture of the page, which may stand elsewhere. */
  readonly key: string
  /** The first one is the header of the row. */
  readonly cells: readonly Piece[]
  readonly kind?: string
}

/** A table that scrolls in a box of its own and can be scrolled by keyboard. */
export function table(
  id: string,
  caption: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Html {
  return html`<div class="scroll" role="region" aria-labelledby="${id}-caption" tabindex="0">
    <table>
      <caption id="${id}-caption">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(
            ({ title, numeric }) =>
              html`<th scope="col" ${classOf(numeric && 'number')}>${title}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(({ key, cells, kind }) => {
          const [head, ...others] = cells
          return html`<tr data-key="${key}" ${classOf(kind)}>
            <th scope="row">${head}</th>
            ${others.map(
              (cell, index) =>
                html`<td${classOf(columns[index + 1]?.numeric && 'number')}>${cell}</td>`,
            )}
          </tr>`
        })}
      </tbody>
    </table>
  </div>`
}

function classOf(name: string | false | undefined): Html | undefined {
  return name ? html` class="${name}"` : undefined
}

/** A share as a bar from `from` to `to`, both 0 to 1; what is there is at least visible. */
export function bar(from: number, to: number, kind: string): Html {
  const start = 100 * from
  const width = to > from ? Math.max(100 * (to - from), 1) : 0
  const x = Math.min(start, 100 - width)
  return html`<svg
    class="bar"
    viewBox="0 0 100 8"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="track" width="100" height="8" />
    <rect class="${kind}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="8" />
  </svg>`
}

export function time(at: string, now: string): Html {
  return html`<time datetime="${at}">${moment(at, now)}</time>`
}

export type Mark = 'ok' | 'watch' | 'wrong' | 'idle'

const SIGNS: Readonly<Record<Mark, string>> = {
  ok: 'M4 9.5 7.5 13 14 5.5',
  watch: 'M9 3v8M9 14v1.2',
  wrong: 'M4.5 4.5l9 9M13.5 4.5l-9 9',
  idle: 'M4 9h10',
}

/** A state as sign, word and colour, so that none of them is alone. */
export function state(mark: Mark, word: string): Html {
  return html`<span class="state ${mark}">${sign(mark)}${word}</span>`
}

export function sign(mark: Mark): Html {
  return html`<svg class="sign" viewBox="0 0 18 18" aria-hidden="true" focusable="false">
    <path d="${SIGNS[mark]}" />
  </svg>`
}

/** What to do where there is nothing to see. */
export function empty(...text: readonly Piece[]): Html {
  return html`<p class="empty">${text}</p>`
}
