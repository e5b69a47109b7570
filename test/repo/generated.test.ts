import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generatedFiles } from '../generate/files.ts'

for (const { path, text } of await generatedFiles())
  test(`${path} is fresh`, () => {
    const there = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    assert.equal(there, text, `${path} is not what the code says: npm run generate`)
  })
