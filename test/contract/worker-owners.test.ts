import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestWorker, until } from '../support/worker.ts'

test('a worker without its owner file runs and is not ready, says which file, and is ready when it comes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'whosecall-absent-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'owners.yaml')
  const worker = await startTestWorker(t, {
    owners: { directory: { type: 'file', path, reload_interval_ms: 100 } },
  })
  const ready = async () => {
    const response = await fetch(`${worker.admin_url}/readyz`)
    const { reasons } = (await response.json()) as { reasons: string[] }
    return { status: response.status, reasons }
  }
  await until('only the owner file is missing', async () => (await ready()).reasons.length === 1)
  const { status, reasons } = await ready()
  assert.equal(status, 503)
  assert.ok(reasons[0]?.startsWith(`the owner file ${path} cannot be read: ENOENT`), reasons[0])
  assert.equal((await fetch(`${worker.admin_url}/livez`)).status, 200)
  await writeFile(path, 'bindings: []\n')
  await until('the worker is ready', async () => (await ready()).status === 200)
})
