/** Writes the golden files anew, for a reader to compare: `node test/generate/golden.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { SOURCES } from '#/sources/index.ts'
import { drawnGraphs } from '../support/drawn-graphs.ts'
import { GOLDEN_ENCODINGS, goldenFile, shapedSamples } from '../support/shaped-samples.ts'

for (const encoding of GOLDEN_ENCODINGS)
  for (const { name } of SOURCES) {
    const file = goldenFile(encoding, name)
    mkdirSync(new URL('.', file), { recursive: true })
    const lines = await shapedSamples(encoding, name)
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  }

for (const { file, text } of drawnGraphs()) {
  mkdirSync(new URL('.', file), { recursive: true })
  writeFileSync(file, text)
}
