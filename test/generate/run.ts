import { mkdirSync, writeFileSync } from 'node:fs'
import { generatedFiles } from './files.ts'

for (const { path, text } of await generatedFiles()) {
  const file = new URL(`../../${path}`, import.meta.url)
  mkdirSync(new URL('.', file), { recursive: true })
  writeFileSync(file, text)
}
