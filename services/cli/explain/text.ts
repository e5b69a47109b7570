import type { ExplainDocument } from '#/worker/explain/document.ts'
import type { Output } from '../command.ts'
import { bold, dim, paint } from '../style.ts'

/** An explanation for people: the answer first, then what it rests on, in columns; colour only where it can be seen. */

type Style = Pick<Output, 'has_color'>

export function documentText(document: ExplainDocument, out: Style): string {
  const sections = [
    [headline(document, out), ...facts(document)].join('\n'),
    section('evidence', evidenceRows(document), out),
    section('lookups', lookupRows(document), out),
    section('rungs', rungRows(document, out), out),
    section('rules', ruleRows(document, out), out),
    section(
      isAttributed(document) ? 'what would make it surer' : 'what would attribute it',
      adviceRows(document),
      out,
    ),
  ]
  return sections.filter((text) => text !== '').join('\n\n')
}

function isAttributed({ decision }: ExplainDocument): boolean {
  return decision?.outcome === 'attributed'
}

function headline(document: ExplainDocument, out: Style): string {
  const { at, index, decision, fate, code, class: event_class } = document
  const event = index === undefined ? '' : ` event ${index}`
  const place = `${at.topic}/${at.partition}/${at.offset}${event}`
  if (fate === 'dead_lettered')
    return `${bold(place, out)}: ${paint('red', `dead-lettered: ${code}`, out)}`
  if (decision === undefined)
    return `${bold(place, out)}: no call: ${code ?? event_class?.class ?? fate}`
  const { outcome, reason, owner, method, confidence, suggested_owner, conflicts = [] } = decision
  if (outcome === 'attributed') {
    const how = `by ${method}, ${confidence}: ${decision.evidence}`
    const others = conflicts.length === 0 ? '' : ` (below it: ${conflicts.join(', ')})`
    return `${bold(place, out)}: ${paint('green', `attributed to ${owner?.id}`, out)} ${how}${others}`
  }
  const named = conflicts.length === 0 ? '' : `; named: ${conflicts.join(', ')}`
  const hint = suggested_owner === undefined ? '' : `; suggested: ${suggested_owner}`
  return `${bold(place, out)}: ${paint('yellow', `${outcome}: ${reason}`, out)}${named}${hint}`
}

const RECOGNISED = {
  config: 'as the receiver says',
  fields: 'recognised by',
  rest: 'takes what no other source is found in',
} as const

function facts(document: ExplainDocument): readonly string[] {
  const { receiver, encoding, source, class: event_class, call_time, failure } = document
  const by = source === undefined ? '' : RECOGNISED[source.recognised_by]
  const has = source?.has === undefined ? '' : ` ${source.has}`
  const when = event_class?.when === undefined ? '' : `: ${event_class.when}`
  const rows = [
    ['receiver', `${receiver}, ${encoding}`],
    ['source', source === undefined ? '' : `${source.name}, ${by}${has}`],
    ['class', event_class === undefined ? '' : `${event_class.class}${when}`],
    ['call time', call_time === undefined ? '' : `${call_time.time} (of the ${call_time.from})`],
    ['why', failure?.why ?? ''],
  ]
  return columns(rows.filter(([, text]) => text !== ''))
}

const NOTES: Readonly<Record<string, string>> = {
  hop: 'only a hop of the chain',
  hint: 'only suggests',
  nobody: 'means nobody',
  shared: 'means that it is shared',
  unkeyed: 'no key can be made of it',
  passed: 'not of the form that is asked for',
  account: 'where the log lies; no identity',
  address: 'an address; no identity',
}

function evidenceRows({ evidence }: ExplainDocument): readonly (readonly string[])[] {
  return evidence.map(({ field, kind, slot, rung, keys, trust, why, word }) => [
    rung ?? '',
    slot ?? '',
    field === '' ? '(the event itself)' : field,
    keys.join(' ') || (word === undefined ? '' : JSON.stringify(word)),
    trust === undefined ? (NOTES[kind] ?? '') : `${trust}: ${why}`,
  ])
}

function lookupRows({ lookups }: ExplainDocument): readonly (readonly string[])[] {
  return lookups.map(({ key, state, tier, means, bindings }) => [
    key,
    means,
    `${state} from ${tier}`,
    bindings.map(bindingText).join('; '),
  ])
}

function bindingText(binding: ExplainDocument['lookups'][number]['bindings'][number]): string {
  const { id, ownership, owner, valid_from, valid_to, in_force } = binding
  const from = valid_from === undefined ? '' : ` from ${valid_from}`
  const to = valid_to === undefined ? '' : ` to ${valid_to}`
  return `${owner ?? ownership} by row ${id}${from}${to}${in_force ? '' : ' (not then)'}`
}

const MARKS = { decided: '▸', passed: ' ', empty: ' ', not_reached: ' ' } as const

/** What is empty is told in one line. */
function rungRows({ rungs }: ExplainDocument, out: Style): readonly (readonly string[])[] {
  const said = rungs.filter(
    ({ keys, result }) => keys.length > 0 || result === 'decided' || result === 'passed',
  )
  const rest = rungs.filter((rung) => !said.includes(rung)).map(({ rung }) => rung)
  const rows = said.map(({ rung, name, keys, result, why }) => {
    const named = keys.map(
      ({ key, state, owners }) => `${kindOf(key)}: ${owners.join(' ') || state}`,
    )
    return [MARKS[result], rung, name, why, dim(named.join('; '), out)]
  })
  // A row of one cell is no column, and pushes none away.
  return rest.length === 0 || said.length === 0
    ? rows
    : [...rows, [dim(`     nothing on ${rest.join(', ')}, or not asked`, out)]]
}

function kindOf(key: string): string {
  return key.slice(0, key.indexOf('='))
}

/** Rules behind the one that decided were not asked. */
function ruleRows({ rules }: ExplainDocument, out: Style): readonly (readonly string[])[] {
  const end = rules.findIndex(({ decided }) => decided) + 1
  return rules.slice(0, end).map(({ rule, text, decided, why }) => {
    if (!decided) return [' ', rule, dim(why, out)]
    return ['▸', bold(rule, out), why === '' ? text : `${text} (${why})`]
  })
}

function adviceRows({ advice }: ExplainDocument): readonly (readonly string[])[] {
  return advice.flatMap(({ text, row }) =>
    row === undefined ? [[text]] : [[text], [`    ${row}`]],
  )
}

function section(title: string, rows: readonly (readonly string[])[], out: Style): string {
  if (rows.length === 0) return ''
  return [bold(title, out), ...columns(rows).map((line) => `  ${line}`)].join('\n')
}

/** Wider than this a column does not push the next one away. */
const COLUMN_CHARS_MAX = 72

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, cell] of row.length > 1 ? row.entries() : []) {
      const width = widthOf(cell)
      if (width <= COLUMN_CHARS_MAX) widths[at] = Math.max(widths[at] ?? 0, width)
    }
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd(),
  )
}

/** Without what only colours. */
function widthOf(text: string): number {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[\d+m/g, '').length
}
