/**
 * Markup that cannot be broken by what is put into it: a template escapes every value unless it is markup itself. The
 * names of topics, sources and components come from configs and brokers, so nothing reaches the page any other way.
 */

/** Text that is markup; made by `html` only. */
export interface Html {
  readonly markup: string
}

export type Piece = Html | string | number | undefined | false | readonly Piece[]

/** Nothing is written for `undefined` and `false`; lists are written without a separator. */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let markup = texts[0] ?? ''
  pieces.forEach((piece, index) => {
    markup += markupOf(piece) + (texts[index + 1] ?? '')
  })
  return { markup }
}

function markupOf(piece: Piece): string {
  if (piece === undefined || piece === false) return ''
  if (typeof piece === 'string') return escape(piece)
  if (typeof piece === 'number') return String(piece)
  if ('markup' in piece) return piece.markup
  return piece.map(markupOf).join('')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters are no text, and those that turn the direction of writing would make a name look like another. */
const CONTROLS = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu

function escape(text: string): string {
  return text.replace(CONTROLS, '\uFFFD').replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)
}
