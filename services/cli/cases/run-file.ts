import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import {
  childPointer,
  diagnosticAt,
  pointerOf,
  readConfig,
  type Diagnostic,
  type Located,
} from '#/config/index.ts'
import { WhosecallError } from '#/core/errors.ts'
import { createOwnerTable, readInstant, readRows, type OwnerTable } from '#/owners/index.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import type { Io } from '../command.ts'
import { FILE_CHECKS } from './checks.ts'
import { TEST_CODES, type TestCode } from './codes.ts'
import { differencesOf } from './compare.ts'
import { TestFile, type Case, type Settings } from './file.ts'
import { messageOfCase } from './message.ts'
import { routeOfCase, ownersOfConfig, readCaseConfig } from './route.ts'
import { runCase } from './run-case.ts'

/** A file of tests: read as a config is, with all its errors at once, then run case by case. */

export interface CaseReport {
  readonly file: string
  readonly line: number
  readonly name: string
  readonly ok: boolean
  readonly failures: readonly Diagnostic[]
}

export type FileReport =
  | { readonly ok: true; readonly cases: readonly CaseReport[] }
  /** The file itself is broken. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** `wanted`: of which cases, by name. */
export async function runTestFile(
  file: string,
  io: Io,
  wanted: (name: string) => boolean,
): Promise<FileReport> {
  const path = resolve(io.cwd, file)
  const text = readFileSync(path, 'utf8')
  const read = readConfig({
    file,
    text,
    env: io.env,
    readFile: (name) => readFileSync(resolve(dirname(path), name), 'utf8'),
    schema: TestFile,
    checks: FILE_CHECKS,
  })
  if (!read.ok) return read
  const { config, document } = read
  const folder = dirname(path)
  const worker =
    config.config === undefined
      ? undefined
      : await readCaseConfig(relative(io.cwd, resolve(folder, config.config)), io)
  if (worker !== undefined && !worker.ok) return worker
  const run = createRun({ config, document, worker: worker?.config, folder, io })
  const cases: CaseReport[] = []
  for (const [index, one] of config.cases.entries())
    if (wanted(one.name) && !io.stop.aborted) cases.push(await run(one, index))
  return { ok: true, cases }
}

interface Context {
  readonly config: TestFile
  readonly document: Located
  readonly worker: WorkerConfig | undefined
  readonly folder: string
  readonly io: Io
}

function createRun({ config, document, worker, folder, io }: Context) {
  let known: Promise<OwnerTable> | undefined
  return async (one: Case, index: number): Promise<CaseReport> => {
    const pointer = pointerOf('cases', index)
    const settings: Settings = { ...config.defaults, ...one }
    const { line } = document.at(childPointer(pointer, 'name'))
    const base = { file: document.file, line, name: one.name }
    try {
      const route = routeOfCase(settings, worker, io)
      const { directory } = settings
      const table =
        directory === undefined
          ? await (known ??= ownersOfConfig(worker, io))
          : createOwnerTable(readRows(directory).bindings, 'test')
      const now_ms = instantOf(settings.now) ?? Date.now()
      const result = await runCase({
        route,
        table,
        lookup: settings.lookup,
        value: await messageOfCase(one.message, folder),
        now_ms,
        timestamp_ms: instantOf(settings.timestamp) ?? now_ms,
      })
      const expect_pointer = childPointer(pointer, 'expect')
      const failures = differencesOf(one.expect, result, expect_pointer).map(
        ({ pointer: at, expected, found }) =>
          diagnosticAt(document, at, {
            code: 'WC-T001' satisfies TestCode,
            message: `${one.name}: ${TEST_CODES['WC-T001']}`,
            expected,
            found,
          }),
      )
      return { ...base, ok: failures.length === 0, failures }
    } catch (error) {
      if (!(error instanceof WhosecallError)) throw error
      const code = 'WC-T002' satisfies TestCode
      const message = `${one.name}: ${error.message}`
      return { ...base, ok: false, failures: [diagnosticAt(document, pointer, { code, message })] }
    }
  }
}

function instantOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : readInstant(text)
}
