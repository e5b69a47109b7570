/**
 * The page as one document that is complete without scripts, and as sections that a script replaces when they change. Both
 * come from the same functions, so a number looks the same whichever way it came. Links are relative: the page also works
 * behind a proxy that serves it below a path.
 */
import type { Status } from '#/core/status.ts'
import { moment } from './format.ts'
import { html, type Html } from './html.ts'
import type { PageOptions } from './options.ts'
import { coverageSection } from './sections/coverage.ts'
import { gapsSection } from './sections/gaps.ts'
import { lookupsSection } from './sections/lookups.ts'
import { partitionsSection } from './sections/partitions.ts'
import { pipelineSection } from './sections/pipeline.ts'
import { problemsSection } from './sections/problems.ts'
import { processSection } from './sections/process.ts'
import { reasonsSection } from './sections/reasons.ts'
import { verdictSection } from './sections/verdict.ts'
import { judge, type Level } from './verdict.ts'

export interface Picture {
  /** For the title of the window and the icon. */
  readonly level: Level
  readonly headline: string
  readonly summary: string
  /** ISO 8601. */
  readonly at: string
  /** Markup by id of the section, in their order on the page. */
  readonly sections: Readonly<Record<string, string>>
}

export function pictureOf(status: Status, options: PageOptions): Picture {
  const { level, headline, summary } = judge(status)
  const sections: Readonly<Record<string, Html>> = {
    verdict: verdictSection(status),
    coverage: coverageSection(status),
    reasons: reasonsSection(status),
    gaps: gapsSection(status, options),
    partitions: partitionsSection(status),
    lookups: lookupsSection(status),
    pipeline: pipelineSection(status),
    problems: problemsSection(status),
    process: processSection(status),
  }
  return {
    level,
    headline,
    summary,
    at: status.at,
    sections: Object.fromEntries(Object.entries(sections).map(([id, of]) => [id, of.markup])),
  }
}

/** `after` is the id of the event that brings what comes after this document. */
export function documentOf(picture: Picture, after: string): string {
  const sections = Object.values(picture.sections).map((markup): Html => ({ markup }))
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${titleOf(picture)}</title>
        <link rel="icon" href="${iconOf(picture.level)}" />
        <link rel="stylesheet" href="page.css" />
        <script src="page.js" defer></script>
        <noscript><meta http-equiv="refresh" content="10" /></noscript>
      </head>
      <body data-after="${after}">
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <span class="brand">${LOGO}whosecall</span>
          <p class="connection">
            <noscript>Reloads every 10 seconds. </noscript
            ><span id="connection" class="needs-script" data-state="connecting">Connecting</span>
            <span class="as-of"
              >as of
              <time id="as-of" datetime="${picture.at}">${moment(picture.at, picture.at)}</time>
              UTC</span
            >
          </p>
          <button type="button" id="pause" class="needs-script">Pause</button>
        </header>
        <main id="main" tabindex="-1">${sections}</main>
        <p id="announcement" class="quiet" role="status"></p>
      </body>
    </html> `
  return page.markup
}

export function titleOf({ headline }: Picture): string {
  return `${headline} · whosecall`
}

const LOGO = html`<svg class="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <circle cx="5" cy="12" r="3" />
  <circle cx="19" cy="6" r="3" />
  <circle cx="19" cy="18" r="3" />
  <path d="M8 11l8-4M8 13l8 4" />
</svg>`

const ICON_SHAPES: Readonly<Record<Level, string>> = {
  ok: "<circle cx='8' cy='8' r='7' fill='#1f7a4d'/><path d='M4.5 8.3l2.4 2.4 4.6-5' fill='none' stroke='white' stroke-width='1.8'/>",
  idle: "<circle cx='8' cy='8' r='7' fill='#5b6470'/><path d='M4.5 8h7' stroke='white' stroke-width='1.8'/>",
  watch:
    "<path d='M8 1l7.4 13.5H.6z' fill='#9a6200'/><path d='M8 6v4M8 11.6v1.4' stroke='white' stroke-width='1.7'/>",
  wrong:
    "<rect x='1' y='1' width='14' height='14' rx='3' fill='#b3261e'/><path d='M5 5l6 6M11 5l-6 6' stroke='white' stroke-width='1.8'/>",
}

/** The state in the tab of the browser, by shape and colour. */
export function iconOf(level: Level): string {
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${ICON_SHAPES[level]}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
