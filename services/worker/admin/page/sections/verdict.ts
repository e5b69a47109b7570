/** The first thing to see: is all well, in words, and what is wrong, each with a way to where more is told. */
import type { Status } from '#/core/status.ts'
import { html, type Html } from '../html.ts'
import { judge, type Finding } from '../verdict.ts'
import { sign } from './parts.ts'

export function verdictSection(status: Status): Html {
  const { level, headline, summary, findings } = judge(status)
  return html`<section
    id="verdict"
    data-section="verdict"
    class="verdict ${level}"
    aria-labelledby="verdict-title"
  >
    <h1 id="verdict-title">${sign(level)}<span>${headline}</span></h1>
    <p class="summary">${summary}</p>
    ${
      findings.length > 0 &&
      html`<ul class="findings">
        ${findings.map(finding)}
      </ul>`
    }
  </section>`
}

function finding({ level, title, details, section }: Finding): Html {
  return html`<li data-key="${title}" class="${level}">
    ${sign(level)}
    <div><a href="#${section}">${title}</a>${details.map((detail) => html`<p>${detail}</p>`)}</div>
  </li>`
}
