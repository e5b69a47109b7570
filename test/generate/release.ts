/**
 * Keeps the contracts of this version: `node test/generate/release.ts` copies the published schemas to
 * `schemas/released/<version>/`, under ids of their own, with examples. A version that is out does not change; until it is,
 * `--again` writes it anew.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { CONTRACTS, EXAMPLES, type Contract } from '../support/contract-outputs.ts'

const ROOT = new URL('../../', import.meta.url)
/** Of each contract; they are for reading, too. */
const EXAMPLES_MAX = 60

const { values } = parseArgs({ options: { again: { type: 'boolean', default: false } } })
const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  readonly version: string
}
const folder = new URL(`schemas/released/${version}/`, ROOT)
if (existsSync(folder) && !values.again)
  throw new Error(`${version} is released already; --again writes it anew`)
rmSync(folder, { recursive: true, force: true })
mkdirSync(new URL('examples/', folder), { recursive: true })
for (const contract of CONTRACTS) {
  writeFileSync(new URL(`${contract}.schema.json`, folder), await schemaOf(contract))
  const examples = await EXAMPLES[contract]()
  const step = Math.ceil(examples.length / EXAMPLES_MAX)
  const lines = examples.filter((_, index) => index % step === 0)
  const text = lines.map((example) => `${JSON.stringify(example)}\n`).join('')
  writeFileSync(new URL(`examples/${contract}.ndjson`, folder), text)
}

function schemaOf(contract: Contract): Promise<string> {
  const path = new URL(`schemas/${contract}.schema.json`, ROOT)
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  schema['$id'] = `https://whosecall.dev/schemas/${version}/${contract}.schema.json`
  return format(JSON.stringify(schema), { parser: 'json', printWidth: 100 })
}
