/**
 * The pages for SIEMs name only fields that are written: those of the golden files and of the findings. Their configs are
 * legal, and their queries use no column that their transformation does not make. What counts calls leaves out what is no
 * call, and loses neither a name nor a row of which a part is absent.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { CLASSES } from '#/core/words.ts'
import { readWorkerConfig } from '#/worker/index.ts'
import { EXAMPLES } from '../support/contract-outputs.ts'

const ROOT = new URL('../../', import.meta.url)

function pageOf(name: string): string {
  return readFileSync(new URL(`deploy/siem/${name}.md`, ROOT), 'utf8')
}

function blocksOf(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, text]) => text!,
  )
}

/** First cells of the tables, and whatever else stands in backquotes in a table. */
function tableWords(page: string): readonly string[] {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  return rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, word]) => word!))
}

/** Every path in an object, those of objects too; the items of a list are `[]`. */
function pathsIn(value: unknown, path = ''): readonly string[] {
  const own = path === '' ? [] : [path]
  if (Array.isArray(value)) return [...own, ...value.flatMap((item) => pathsIn(item, `${path}[]`))]
  if (typeof value !== 'object' || value === null) return own
  const members = Object.entries(value)
  const prefix = path === '' ? '' : `${path}.`
  return [...own, ...members.flatMap(([name, member]) => pathsIn(member, prefix + name))]
}

function goldenOf(encoding: 'ocsf' | 'ecs'): readonly unknown[] {
  const folder = new URL(`test/data/golden/${encoding}/`, ROOT)
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(new URL(file, folder), 'utf8').split('\n').filter(Boolean),
  )
  return lines.map((line): unknown => JSON.parse(line))
}

function writtenIn(encoding: 'ocsf' | 'ecs'): ReadonlySet<string> {
  return new Set(goldenOf(encoding).flatMap((event) => pathsIn(event)))
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (held, name) =>
        typeof held === 'object' && held !== null ? Reflect.get(held, name) : undefined,
      value,
    )
}

/** Whatever says who authenticated, as each of the two encodings writes it. */
const NAMES = {
  ocsf: [
    'actor.user.uid',
    'actor.user.email_addr',
    'actor.user.name',
    'actor.iam_role.uid',
    'actor.app_uid',
    'actor.session.credential_uid',
  ],
  ecs: ['user.id', 'user.email', 'user.name', 'service.name', 'labels.credential'],
} as const

/** The paths that `Who` falls back on name everybody who is in `actor` or `user`, by whichever name there is. */
function assertNobodyLost(encoding: 'ocsf' | 'ecs', paths: readonly string[]): void {
  assert.deepEqual([...paths].toSorted(), [...NAMES[encoding]].toSorted())
  const holders = encoding === 'ocsf' ? ['actor.user', 'actor.iam_role'] : ['user', 'service']
  const lost = goldenOf(encoding).filter(
    (event) =>
      holders.some((path) => valueAt(event, path) !== undefined) &&
      paths.every((path) => valueAt(event, path) === undefined),
  )
  assert.deepEqual(lost, [])
}

/**
 * What a data collection rule supports, of the reference `data-collection-transformations-kql` in the repository
 * MicrosoftDocs/azure-monitor-docs (January 2026): the tabular operators, and all scalar functions.
 */
const SUPPORTED_OPERATORS =
  'extend project print where parse project-away project-rename datatable columnifexists'.split(' ')
const SUPPORTED_FUNCTIONS = `
  binary_and binary_or binary_not binary_shift_left binary_shift_right binary_xor
  tobool todatetime todouble toreal toguid toint tolong tostring totimespan
  ago datetime_add datetime_diff datetime_part dayofmonth dayofweek dayofyear endofday endofmonth endofweek endofyear
  getmonth getyear hourofday make_datetime make_timespan now startofday startofmonth startofweek startofyear weekofyear
  array_concat array_length pack_array pack parse_json parse_xml zip
  abs bin floor ceiling exp exp10 exp2 isfinite isinf isnan log log10 log2 pow round sign
  case iif max_of min_of
  base64_encodestring base64_decodestring countof extract extract_all indexof isempty isnotempty split strcat
  strcat_delim strlen substring tolower toupper hash_sha256
  gettype isnotnull isnull
  parse_cef_dictionary geo_location`
  .trim()
  .split(/\s+/)

function unsupportedIn(transform: string): readonly string[] {
  const functions = [...transform.matchAll(/\b([a-z_]\w*)\s*\(/gi)].map(([, name]) => name!)
  const operators = [...transform.matchAll(/^\s*\|\s*([\w-]+)/gm)].map(([, name]) => name!)
  return [
    ...functions.filter((name) => !SUPPORTED_FUNCTIONS.includes(name)),
    ...operators.filter((name) => !SUPPORTED_OPERATORS.includes(name)),
  ]
}

interface Stream {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

const IS_OF_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  long: (value) => Number.isInteger(value),
  string: (value) => typeof value === 'string',
  dynamic: (value) => typeof value === 'object' && value !== null,
}

/** A stream declares what its transformation reads and no more, each by the type that the events have it in. */
function assertDeclared(declared: string, transform: string, events: readonly unknown[]): void {
  const [stream] = Object.values(JSON.parse(declared) as Readonly<Record<string, Stream>>)
  const words = transform.replaceAll(/'[^']*'/g, '').matchAll(/(?<![\w.])[a-z_]\w*\b(?!\s*\(|\s=)/g)
  const made = ['source', 'extend', 'project', 'attribution']
  const read = new Set([...words].map(([word]) => word).filter((word) => !made.includes(word)))
  assert.deepEqual(stream!.columns.map(({ name }) => name).toSorted(), [...read].toSorted())
  for (const { name, type } of stream!.columns) {
    const values = events
      .map((event) => valueAt(event, name))
      .filter((value) => value !== undefined)
    assert.ok(values.length > 0, name)
    assert.ok(values.every(IS_OF_TYPE[type]!), `${name} is no ${type}`)
  }
}

/** Paths that begin with a member which such events have, in the spellings of the three query languages. */
function fieldsIn(text: string, written: ReadonlySet<string>): readonly string[] {
  const roots = new Set([...written].map((path) => path.split(/[.[]/)[0]))
  const found = text.matchAll(
    /(?<![\w.@/:])@?[a-z_]\w*(?:\{\}|\[\d+\])?(?:\.[a-z_]\w*(?:\{\}|\[\d+\])?)+/g,
  )
  return [...found]
    .map(([path]) => path.replaceAll(/\{\}|\[\d+\]/g, '[]'))
    .filter((path) => roots.has(path.split(/[.[]/)[0]))
}

function assertWritten(text: string, written: ReadonlySet<string>, least: number): void {
  const fields = fieldsIn(text, written)
  assert.ok(fields.length >= least, `only ${fields.length} fields`)
  assert.deepEqual(
    fields.filter((path) => !written.has(path)),
    [],
  )
}

for (const name of ['splunk', 'elastic', 'sentinel'])
  test(`the config for ${name} is legal, and the others are YAML`, () => {
    const [first, ...others] = blocksOf(pageOf(name), 'yaml')
    for (const text of others) assert.ok(parse(text))
    const config = parse(first!) as object
    const text = JSON.stringify({
      ...config,
      receivers: {
        kafka: {
          brokers: ['kafka:9092'],
          logs: { topics: ['raw'] },
          source: 'litellm',
          trust: 'trusted',
        },
      },
      processors: { attribution: {}, redaction: { drop: ['/messages'] } },
      owners: { directory: { type: 'file', path: 'owners.yaml' } },
    })
    const read = readWorkerConfig({ file: name, text, env: {}, readFile: () => '' })
    assert.ok(read.ok, JSON.stringify(read))
    assert.deepEqual(read.warnings, [])
  })

test('the page for Splunk names fields that OCSF events and findings have', async () => {
  const page = pageOf('splunk')
  const findings = (await EXAMPLES.finding()).flatMap((finding) => pathsIn(finding))
  const written = new Set([...writtenIn('ocsf'), ...findings])
  assertWritten(tableWords(page).join('\n'), written, 20)
  const queries = blocksOf(page, 'spl')
  assert.equal(queries.length, 5)
  for (const query of queries) assertWritten(query, written, 3)
  for (const query of queries.slice(0, 4)) {
    assert.match(query, /^index=\S+ sourcetype=\S+ class_uid=6003 NOT unmapped\.event_class=\*$/m)
    assert.doesNotMatch(query, /total_tokens/, 'which is absent where one part is')
    const [before, by] = query.split(/^\| stats .* BY /m)
    const filled = [...before!.matchAll(/^\| fillnull value="none" (.*)$/gm)]
    const made = [...before!.matchAll(/^\| eval (\w+)=/gm)]
    const present = [...filled, ...made].flatMap(([, names]) => names!.split(' '))
    const fields = by!.split('\n')[0]!.split(' ')
    assert.deepEqual(
      fields.filter((field) => !present.includes(field)),
      [],
      'a row without one of them is dropped',
    )
  }
  const [, who] = /eval who=coalesce\((.*), "nobody"\)/.exec(queries[0]!)!
  assertNobodyLost(
    'ocsf',
    who!.split(', ').map((path) => path.replaceAll("'", '')),
  )
})

test('the page for Elastic names fields that ECS events have', () => {
  const page = pageOf('elastic')
  const written = writtenIn('ecs')
  assertWritten(tableWords(page).join('\n'), written, 25)
  const queries = blocksOf(page, 'esql')
  assert.equal(queries.length, 5)
  for (const query of queries) {
    assertWritten(query, written, 3)
    const left_out = /^\| WHERE event\.action NOT IN \((.*)\)$/m.exec(query)
    assert.ok(left_out, query)
    assert.deepEqual(left_out[1]!.replaceAll('"', '').split(', ').toSorted(), CLASSES.toSorted())
    assert.doesNotMatch(query, /(?<!COALESCE\()SUM\(/, 'a sum of nothing is null')
  }
  const [, who] = /EVAL who = COALESCE\((.*), "nobody"\)/.exec(queries[0]!)!
  assertNobodyLost('ecs', who!.split(', '))
})

test('what the pages leave out is the same in both encodings: all that is no call', () => {
  const classes = goldenOf('ocsf').map((event) => valueAt(event, 'unmapped.event_class'))
  const actions = goldenOf('ecs').map((event) => valueAt(event, 'event.action'))
  const known: readonly unknown[] = CLASSES
  assert.ok(classes.some((name) => name === 'repeat'))
  assert.deepEqual(
    actions.map((action) => (known.includes(action) ? action : undefined)),
    classes,
  )
})

test('the page for Sentinel makes its columns of fields that are there, and queries only these', async () => {
  const page = pageOf('sentinel')
  const [transform, ...queries] = blocksOf(page, 'kusto')
  const findings_transform = queries.pop()
  const ocsf = writtenIn('ocsf')
  const source = transform!.replaceAll('attribution.', 'enrichments[0].data.')
  assertWritten(source, ocsf, 20)
  const findings = new Set((await EXAMPLES.finding()).flatMap((finding) => pathsIn(finding)))
  assertWritten(findings_transform!, findings, 6)
  const [stream, findings_stream] = blocksOf(page, 'json')
  assertDeclared(stream!, transform!, goldenOf('ocsf'))
  assertDeclared(findings_stream!, findings_transform!, await EXAMPLES.finding())
  assert.deepEqual([...unsupportedIn(transform!), ...unsupportedIn(findings_transform!)], [])
  const columns = [...transform!.matchAll(/^ {4}(\w+) =/gm)].map(([, name]) => name!)
  assert.deepEqual(
    columns.filter((column) => !page.includes(`\`${column}\``)),
    [],
    'each column is explained',
  )
  const words = tableWords(page).filter((word) => /^[A-Z]/.test(word))
  assert.deepEqual(
    words.filter((word) => !columns.includes(word)),
    [],
  )
  assert.equal(queries.length, 4)
  for (const query of queries) {
    const made = [...query.matchAll(/\b(\w+) =(?!=)/g)].map(([, name]) => name!)
    const used = [...query.matchAll(/\b[A-Z]\w+\b/g)].map(([name]) => name)
    const unknown = used.filter((name) => ![...columns, ...made, 'WhoseCall_CL'].includes(name))
    assert.deepEqual(unknown, [], query)
    assert.match(query, /^WhoseCall_CL\n\| where isempty\(EventClass\)\n/)
  }
  assert.match(transform!, /EventClass = tostring\(unmapped\.event_class\)/)
  const [, who] = /Who = coalesce\((.*), "nobody"\)/.exec(queries[0]!)!
  const sources = who!.split(', ').flatMap((column) => {
    const [, made] = new RegExp(`^ {4}${column} = (.*)$`, 'm').exec(transform!)!
    return [...new Set([...made!.matchAll(/tostring\(([\w.]+)\)/g)].map(([, path]) => path!))]
  })
  assertNobodyLost('ocsf', sources)
})

test('a function or an operator that no data collection rule supports is seen', () => {
  const text = "source\n| summarize Made = coalesce(tostring(a), 'b')"
  assert.deepEqual(unsupportedIn(text), ['coalesce', 'summarize'])
})

test('a field that nobody writes is seen', () => {
  const written = writtenIn('ecs')
  assert.deepEqual(fieldsIn('labels.attribution_owner_id labels.gone other.thing', written), [
    'labels.attribution_owner_id',
    'labels.gone',
  ])
  assert.throws(() => assertWritten('labels.gone', written, 1))
})
