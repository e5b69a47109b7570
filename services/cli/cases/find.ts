import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import type { Io } from '../command.ts'

/** Files of tests: those that are named, and in folders every YAML file that has a key `cases`. */

const FILES_MAX = 10_000

export function testFiles(given: readonly string[], io: Pick<Io, 'cwd'>): readonly string[] {
  if (given.length === 0)
    throw new WhosecallError('usage', 'which tests? Name files, or folders that hold them')
  const found = given.flatMap((name) => filesIn(name, io.cwd))
  if (found.length === 0)
    throw new WhosecallError('usage', `there is no file of tests in ${given.join(', ')}`)
  return [...new Set(found)]
}

function filesIn(name: string, cwd: string): readonly string[] {
  const path = resolve(cwd, name)
  try {
    if (!statSync(path).isDirectory()) return [name]
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .slice(0, FILES_MAX)
      .filter((file) => /\.ya?ml$/.test(file) && holdsCases(join(path, file)))
      .toSorted()
      .map((file) => join(name, file))
  } catch (error) {
    throw new WhosecallError('usage', `cannot read ${name}: ${messageOf(error)}`, { cause: error })
  }
}

function holdsCases(path: string): boolean {
  return /^cases:/m.test(readFileSync(path, 'utf8'))
}
