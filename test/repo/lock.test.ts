import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from './tree.ts'

/**
 * `npm ci` refuses a lock file that is not whole. npm itself writes such files: with node_modules in place it forgets the
 * optional packages of other platforms. What helps: remove both, and run `npm install --package-lock-only`.
 */
type Names = Readonly<Record<string, string>>

interface LockedPackage {
  readonly dependencies?: Names
  readonly devDependencies?: Names
  readonly optionalDependencies?: Names
  readonly integrity?: string
  readonly version?: string
}

const lock: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(
  textOf('package-lock.json'),
)
const manifest: LockedPackage = JSON.parse(textOf('package.json'))

/** Whether Node would find `name` from the package at `path`. */
function isLocked(path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    const at = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (at in lock.packages) return true
    if (folder === '') return false
  }
}

test('every package that a locked package may need is locked, for every platform', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, of]) =>
    Object.keys({ ...of.dependencies, ...of.optionalDependencies })
      .filter((name) => !isLocked(path, name))
      .map((name) => `${path || 'the project'} needs ${name}`),
  )
  assert.deepEqual(missing, [])
  assert.equal(isLocked('', 'no-such-package'), false)
})

test('the lock file is that of the manifest, and every package has its checksum', () => {
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    assert.deepEqual(lock.packages['']?.[kind], manifest[kind])
  }
  for (const [path, of] of Object.entries(lock.packages)) {
    assert.ok(path === '' || of.integrity !== undefined, path)
  }
})

test('a Node is packaged for every platform that the launcher knows', () => {
  const known = [...textOf('bin/whosecall.mjs').matchAll(/: '(node-[a-z0-9-]+)'/g)].map(
    ([, name = '']) => name,
  )
  assert.deepEqual(known.toSorted(), Object.keys(manifest.optionalDependencies ?? {}).toSorted())
})
