/**
 * The pages for SIEMs name only fields that are written: those of the golden files and of the findings. Their configs are
 * legal, and their queries use no column that their transformation does not make.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
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

function writtenIn(encoding: 'ocsf' | 'ecs'): ReadonlySet<string> {
  const folder = new URL(`test/data/golden/${encoding}/`, ROOT)
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(new URL(file, folder), 'utf8').split('\n').filter(Boolean),
  )
  return new Set(lines.flatMap((line) => pathsIn(JSON.parse(line))))
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
})

test('the page for Elastic names fields that ECS events have', () => {
  const page = pageOf('elastic')
  const written = writtenIn('ecs')
  assertWritten(tableWords(page).join('\n'), written, 25)
  const queries = blocksOf(page, 'esql')
  assert.equal(queries.length, 5)
  for (const query of queries) assertWritten(query, written, 3)
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
  }
})

test('a field that nobody writes is seen', () => {
  const written = writtenIn('ecs')
  assert.deepEqual(fieldsIn('labels.attribution_owner_id labels.gone other.thing', written), [
    'labels.attribution_owner_id',
    'labels.gone',
  ])
  assert.throws(() => assertWritten('labels.gone', written, 1))
})
