import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files of the repository as the tests in this folder look at them. Paths are relative to its root. */

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const IGNORED = ['node_modules', '.cache', '.git']

/** Files that match, sorted. */
export function filesOf(...patterns: readonly string[]): readonly string[] {
  const options = {
    cwd: ROOT,
    exclude: (path: string) => IGNORED.some((name) => path.split('/').includes(name)),
  }
  return patterns.flatMap((pattern) => globSync(pattern, options)).toSorted()
}

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
