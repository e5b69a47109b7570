import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { messageOf } from '#/core/errors.ts'
import { startStack, stackEnvironment, type Stack } from './stack/index.ts'

/**
 * `npm test`: brings up the stack once, runs the test files and stops what it started. A run
 * that runs no test is a failure. Arguments are parts of file names (`kafka-sasl`, `test/unit/bus`); `--no-stack` runs
 * the files that need neither Kafka nor Redis, which are those that do not import `stack/tools.ts`.
 */

/** In the order of their start: what takes longest first, so that the others fill the time. */
const FOLDERS: readonly Folder[] = [
  { path: 'test/faults', together: undefined },
  { path: 'test/contract', together: 'test/together/contract.ts' },
  { path: 'test/unit', together: 'test/together/unit.ts' },
  { path: 'test/integration', together: undefined },
  { path: 'test/repo', together: 'test/together/repo.ts' },
  { path: 'test/property', together: 'test/together/property.ts' },
]

/** Waiting for brokers leaves the cores idle, so there are two files more than cores. */
const CONCURRENCY = availableParallelism() + 2

/** Milliseconds for one test. */
const TIMEOUT_MS = 240_000

/** Test files share most of what they import; compiled once, it is read from here. */
const COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url))

interface Folder {
  readonly path: string
  /** The entry that runs the files of the folder in one process; without it each has its own. */
  readonly together: string | undefined
}

interface Totals {
  readonly passed: number
  readonly failed: number
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { 'no-stack': { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const noStack = values['no-stack']
  const files = filesOf(positionals).filter((file) => !noStack || standsAlone(file))
  if (files.length === 0) return fail('no test file matches')

  let stack: Stack | undefined
  try {
    if (!files.every(standsAlone)) stack = await timed('stack', startShared)
  } catch (error) {
    return fail(`${messageOf(error)}\nWithout servers: the same with --no-stack.`)
  }
  stopOnSignal(stack)
  let totals: Totals
  try {
    totals = await timed('tests', () => runFiles(files, stack))
  } finally {
    await stack?.stop()
  }
  print(`\n${totals.passed} passed, ${totals.failed} failed`)
  if (totals.passed + totals.failed === 0) return fail('no test ran')
  return totals.failed === 0 ? 0 : 1
}

function filesOf(filters: readonly string[]): readonly string[] {
  const files = FOLDERS.flatMap(({ path }) => globSync(`${path}/**/*.test.ts`).toSorted())
  if (filters.length === 0) return files
  return files.filter((file) =>
    filters.some((filter) => file.includes(filter.replace(/^\.\//, ''))),
  )
}

/** A test file says that it needs the stack by importing its tools. */
function standsAlone(file: string): boolean {
  return !readFileSync(file, 'utf8').includes('/stack/tools.ts')
}

function startShared(): Promise<Stack> {
  return startStack({ log: print })
}

/** A first Ctrl-C stops the children (they are in our process group) and the stack; a second one ends us at once. */
function stopOnSignal(stack: Stack | undefined): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      const exit = (): never => process.exit(130)
      void Promise.resolve(stack?.stop()).then(exit, exit)
    })
  }
}

/** What is started: a file, or the entry of its folder once for all of them. */
function entriesOf(files: readonly string[]): readonly string[] {
  return FOLDERS.flatMap(({ path, together }) => {
    const chosen = files.filter((file) => file.startsWith(`${path}/`))
    return together !== undefined && chosen.length > 1 ? [together] : chosen
  })
}

/** Counts tests, and of what is not a test (a suite, a file) only what fails: a file that cannot be loaded, say. */
async function runFiles(files: readonly string[], stack: Stack | undefined): Promise<Totals> {
  Object.assign(process.env, stack === undefined ? NO_STACK : stackEnvironment(stack), {
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? COMPILE_CACHE,
  })
  const stream = run({
    files: [...entriesOf(files)],
    argv: [...files],
    concurrency: CONCURRENCY,
    timeout: TIMEOUT_MS,
  })
  const totals = { passed: 0, failed: 0 }
  stream.on('test:pass', ({ details }) => {
    if (details.type !== 'suite') totals.passed++
  })
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') totals.failed++
  })
  const report = stream.compose(new spec())
  report.pipe(process.stdout, { end: false })
  await finished(report)
  return totals
}

/** Without the stack its addresses must not leak in from the shell: the same tests run everywhere. */
const NO_STACK = { KAFKA_BROKERS: '', REDIS_URL: '', WHOSECALL_TEST_STACK: '' }

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  print(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function fail(why: string): number {
  process.stderr.write(`${why}\n`)
  return 1
}

process.exitCode = await main()
