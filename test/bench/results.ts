/**
 * The results page. Each bench owns one section of `RESULTS.md` between two marks and leaves the others alone, so that a
 * bench that needs no broker can be repeated without the one that does.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Row } from './row.ts'

export const RESULTS_FILE = join(import.meta.dirname, 'RESULTS.md')

export interface Section {
  readonly name: string
  readonly title: string
  /** How it was measured: paragraphs of Markdown. */
  readonly method: string
  readonly rows: readonly Row[]
  /** Markdown after the table. */
  readonly notes?: string
}

const HEAD = `# Results

Written by \`npm run bench\` and \`npm run bench:kafka\`; each writes its own section. \`ratio\` is how many times better ours
is than the baseline beside it, which was measured in the same run on the same machine: numbers of two runs or two machines
are not to be compared. \`spread\` is half of the distance between the quartiles of the ratios of the single rounds.
`

const ORDER = ['bench', 'sources', 'metrics', 'kafka']

export function writeSection(section: Section, file = RESULTS_FILE): void {
  const kept = new Map<string, string>()
  for (const [, name = '', text = ''] of read(file).matchAll(
    /<!-- section (\w+) -->\n([^]*?)<!-- end \1 -->\n/g,
  ))
    kept.set(name, text)
  kept.set(section.name, `\n${body(section)}\n`)
  const names = [...kept.keys()].toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
  const parts = names.map(
    (name) => `<!-- section ${name} -->\n${kept.get(name)}<!-- end ${name} -->\n`,
  )
  writeFileSync(file, `${HEAD}\n${parts.join('\n')}`)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function body(section: Section): string {
  const notes = section.notes === undefined ? '' : `\n${section.notes}\n`
  return `## ${section.title}

${machine()}

${section.method}

${table(section.rows)}
${notes}`
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const date = new Date().toISOString().slice(0, 10)
  return `${date} · ${model}, ${cpus().length} cores, ${memory} · ${platform()} ${release()} ${arch()} · Node ${process.versions.node}`
}

export function table(rows: readonly Row[]): string {
  const has_share = rows.some(({ of_litellm }) => of_litellm !== undefined)
  const cells = rows.map((row) => [
    row.row,
    row.unit,
    number(row.ours),
    number(row.baseline),
    row.ratio.toFixed(2),
    row.spread === undefined ? '' : `± ${(row.spread * 100).toFixed(0)} %`,
    ...(has_share ? [row.of_litellm?.toFixed(2) ?? ''] : []),
    goalText(row),
  ])
  const share = has_share ? ['of LiteLLM'] : []
  const head = ['row', 'unit', 'ours', 'baseline', 'ratio', 'spread', ...share, 'goal']
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((line) => line[column]?.length ?? 0)),
  )
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, column) => (column > 1 ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column > 1 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`
  return [line(head), rule, ...cells.map(line)].join('\n')
}

function goalText({ goal, ratio, of_litellm }: Row): string {
  if (goal === undefined) return ''
  return `≥ ${goal}${(of_litellm ?? ratio) >= goal ? '' : ' — missed'}`
}

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(value)
}

/** One line a row on stdout, and nothing else there. */
export function printRows(rows: readonly Row[]): void {
  for (const { row, unit, ours, baseline, ratio, of_litellm } of rows)
    process.stdout.write(`${JSON.stringify({ row, unit, ours, baseline, ratio, of_litellm })}\n`)
}
