import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { ROOT, filesOf, textOf } from './tree.ts'

/** Links between our own pages lead somewhere, down to the heading. */

/** Link targets of a page, those in code left out. */
function linksOf(markdown: string): readonly string[] {
  const text = markdown
    .replaceAll(/^(?<fence>```|~~~)[\s\S]*?^\k<fence>/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
  const inline = text.matchAll(/\]\((?<target>[^()\s]+)(?:\s+"[^"]*")?\)/g)
  const references = text.matchAll(/^\[[^\]]+\]:\s*(?<target>\S+)/gm)
  return [...inline, ...references].map((match) => match.groups?.['target'] ?? '')
}

/** The anchors that the headings of a page get. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  const text = markdown.replaceAll(/^(?<fence>```|~~~)[\s\S]*?^\k<fence>/gm, '')
  for (const match of text.matchAll(/^#{1,6}\s+(?<title>.+)$/gm)) {
    const words = (match.groups?.['title'] ?? '').replaceAll(/[`*]|\[|\]\([^)]*\)/g, '')
    const slug = words
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    let unique = slug
    for (let count = 1; anchors.has(unique); count++) unique = `${slug}-${count}`
    anchors.add(unique)
  }
  return anchors
}

/** What is wrong with the links of the page at `path`. */
function deadLinks(path: string, markdown: string): readonly string[] {
  return linksOf(markdown)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .filter((target) => !isAlive(path, markdown, target))
    .map((target) => `${path}: ${target}`)
}

function isAlive(path: string, markdown: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const full = join(ROOT, dirname(path), decodeURIComponent(file))
  if (file !== '' && (relative(ROOT, full).startsWith('..') || !existsSync(full))) return false
  if (anchor === undefined) return true
  const page = file === '' ? markdown : pageOf(full)
  return page === undefined || anchorsOf(page).has(anchor)
}

function pageOf(full: string): string | undefined {
  return full.endsWith('.md') && statSync(full).isFile() ? textOf(relative(ROOT, full)) : undefined
}

test('Every relative link in a page leads to a file and a heading.', () => {
  const pages = filesOf('**/*.md')
  assert.deepEqual(
    pages.flatMap((path) => deadLinks(path, textOf(path))),
    [],
  )
})

test('A dead link is found, a living one is not.', () => {
  const page = `
# One page
## A \`code\` & title
## A \`code\` & title
[a](package.json) [b](#one-page) [c](#a-code--title) [d](#a-code--title-1) [e](https://example.com/x)
\`[not](a-link)\`
\`\`\`
[not](a-link)
\`\`\`
[gone](missing.md) [nowhere](#two-pages) [outside](../x)
[ref]: also-missing.md
`
  assert.deepEqual(deadLinks('page.md', page), [
    'page.md: missing.md',
    'page.md: #two-pages',
    'page.md: ../x',
    'page.md: also-missing.md',
  ])
})
