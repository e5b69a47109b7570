import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '#/core/errors.ts'

/**
 * The programs of others that tests run: each is taken from the path, else, where Go can build it, built once into a
 * folder outside the work tree. Where neither works the test fails, and the error names the command that would provide it.
 */

const run = promisify(execFile)

/** A build downloads its modules and compiles some hundred packages. */
const BUILD_TIMEOUT_MS = 900_000

interface Program {
  /** Names on the path, the first that is there. */
  readonly commands: readonly string[]
  /** What `go install` builds it from; absent where Go cannot. */
  readonly go?: string
  /** The Debian package that brings it. */
  readonly debian?: string
}

export const PROGRAMS = {
  helm: { commands: ['helm'], go: 'helm.sh/helm/v3/cmd/helm@v3.22.0' },
  promtool: {
    commands: ['promtool'],
    debian: 'prometheus',
    go: 'github.com/prometheus/prometheus/cmd/promtool@v0.316.0',
  },
  prometheus: { commands: ['prometheus'], debian: 'prometheus' },
  amtool: {
    commands: ['amtool'],
    debian: 'prometheus-alertmanager',
    go: 'github.com/prometheus/alertmanager/cmd/amtool@v0.34.0',
  },
  alertmanager: {
    commands: ['alertmanager', 'prometheus-alertmanager'],
    debian: 'prometheus-alertmanager',
  },
  chromium: {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'chrome'],
    debian: 'chromium',
  },
} as const satisfies Readonly<Record<string, Program>>

export type ProgramName = keyof typeof PROGRAMS

const found = new Map<ProgramName, Promise<string>>()

/** The path of the program; built on the first call where it must be (helm and promtool take some minutes). */
export function findProgram(name: ProgramName): Promise<string> {
  const known = found.get(name) ?? find(name, PROGRAMS[name])
  found.set(name, known)
  return known
}

async function find(name: string, program: Program): Promise<string> {
  const there = onPath(program.commands) ?? executable(join(binDirectory(), name))
  if (there !== undefined) return there
  if (program.go === undefined) throw new Error(missing(name, program))
  return build(name, program, program.go)
}

/** Where built programs lie; `.ci/run` fills it while other things are being installed. */
export function binDirectory(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  return join(cache, 'whosecall-test', 'bin')
}

/** What to do where a program is missing. */
export function missing(name: string, { debian, go }: Program): string {
  const ways = [
    ...(debian === undefined ? [] : [`apt-get install ${debian}`]),
    ...(go === undefined ? [] : [`GOBIN=${binDirectory()} go install ${go}`]),
  ]
  return `This test needs ${name}, which is not on the path. One of these provides it: ${ways.join('; or ')}`
}

function onPath(commands: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const command of commands)
    for (const folder of folders) {
      const path = executable(join(folder, command))
      if (path !== undefined) return path
    }
  return undefined
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return undefined
  }
}

/** Several processes may build the same at once: each has a folder of its own, and the last to end wins. */
async function build(name: string, program: Program, go: string): Promise<string> {
  const target = join(binDirectory(), name)
  const partial = `${binDirectory()}.${process.pid}`
  await mkdir(binDirectory(), { recursive: true })
  await mkdir(partial, { recursive: true })
  try {
    const env = { ...process.env, GOBIN: partial, GOFLAGS: '-trimpath' }
    await run('go', ['install', go], { env, timeout: BUILD_TIMEOUT_MS })
    await rename(join(partial, name), target)
    return target
  } catch (error) {
    throw new Error(`${missing(name, program)}\n${messageOf(error).slice(-2000)}`, { cause: error })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** `node test/stack/programs.ts helm …` finds or builds what it is told, for `.ci/run`. */
async function main(): Promise<void> {
  for (const name of process.argv.slice(2)) {
    if (!isProgram(name)) throw new Error(`no program is called ${name}`)
    process.stderr.write(`${name}: ${await findProgram(name)}\n`)
  }
}

function isProgram(name: string): name is ProgramName {
  return Object.hasOwn(PROGRAMS, name)
}

if (import.meta.main) await main()
