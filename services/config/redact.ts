/** What stands in place of a secret, wherever config is shown, and where secrets are in a text that may hold URLs. */

export const REDACTED = '<redacted>'

/** Part of a text: indexes, the end excluded. */
export interface Cut {
  readonly start: number
  readonly end: number
}

/**
 * `redis://user:password@host` → `redis://<redacted>@host`, and `https://host/?token=abc` → `https://host/?token=<redacted>`,
 * anywhere in a text. Every value of a query counts: nothing says which of them is a secret.
 */
export function redactUrls(text: string): string {
  return cutOut(text, mergeCuts(secretsInUrls(text)))
}

/** User information and query values of the URLs in a text. */
export function secretsInUrls(text: string): readonly Cut[] {
  const cuts: Cut[] = []
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const authority = matchAt(/[^\s/?#"']*/y, text, at + 3)
    const end = authority.lastIndexOf('@')
    if (end !== -1) cuts.push({ start: at + 3, end: at + 3 + end })
  }
  for (const { 0: word, index } of text.matchAll(/[^\s"']+/g)) {
    const scheme = word.indexOf('://')
    const query = scheme === -1 ? -1 : word.indexOf('?', scheme)
    if (query !== -1) cuts.push(...queryValues(word, query + 1, index))
  }
  return cuts
}

function queryValues(word: string, from: number, offset: number): readonly Cut[] {
  const hash = word.indexOf('#', from)
  const stop = hash === -1 ? word.length : hash
  const cuts: Cut[] = []
  for (let start = from; start < stop;) {
    const next = word.indexOf('&', start)
    const end = next === -1 || next > stop ? stop : next
    const equals = word.indexOf('=', start)
    const value = equals === -1 || equals >= end ? start : equals + 1
    // A bracket or comma at the end is YAML around the URL.
    const inner = word.slice(value, end).replace(/[,\]}]+$/, '')
    cuts.push({ start: offset + value, end: offset + value + inner.length })
    start = end + 1
  }
  return cuts
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** In order, without overlaps and without what is empty. */
export function mergeCuts(cuts: readonly Cut[]): readonly Cut[] {
  const merged: Cut[] = []
  for (const cut of cuts.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (cut.end <= cut.start) continue
    if (last === undefined || cut.start >= last.end) merged.push(cut)
    else if (cut.end > last.end) merged[merged.length - 1] = { start: last.start, end: cut.end }
  }
  return merged
}

/** The text with `REDACTED` in place of merged cuts. */
export function cutOut(text: string, cuts: readonly Cut[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end } of cuts) {
    parts.push(text.slice(at, start), REDACTED)
    at = end
  }
  return parts.join('') + text.slice(at)
}
