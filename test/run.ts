import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { messageOf } from '#/core/errors.ts'
import { startStack, stackEnvironment, type Stack } from './stack/index.ts'

/**
 * `npm test`: brings up the stack once, runs the groups of test files one after another and stops what it started. A run
 * that runs no test is a failure. Arguments are parts of file names (`kafka-sasl`, `test/unit/bus`); `--no-stack` runs
 * the files that need neither Kafka nor Redis, which are those that do not import `stack/tools.ts`.
 */

interface Group {
  readonly name: string
  readonly patterns: readonly string[]
  readonly concurrency: number
  readonly timeout_ms: number
}

const GROUPS: readonly Group[] = [
  {
    name: 'unit',
    patterns: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts', 'test/repo/**/*.test.ts'],
    concurrency: 2,
    timeout_ms: 120_000,
  },
  {
    name: 'contract',
    patterns: ['test/contract/**/*.test.ts'],
    concurrency: 2,
    timeout_ms: 120_000,
  },
  {
    name: 'integration',
    patterns: ['test/integration/**/*.test.ts'],
    concurrency: 2,
    timeout_ms: 120_000,
  },
  {
    name: 'faults',
    patterns: ['test/faults/**/*.test.ts'],
    concurrency: 1,
    timeout_ms: 240_000,
  },
]

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
  const chosen = GROUPS.map((group) => ({ group, files: filesOf(group, positionals) }))
    .map(({ group, files }) => ({ group, files: noStack ? files.filter(standsAlone) : files }))
    .filter(({ files }) => files.length > 0)
  if (chosen.length === 0) return fail('no test file matches')

  const wantsStack = chosen.some(({ files }) => !files.every(standsAlone))
  let stack: Stack | undefined
  try {
    if (wantsStack) stack = await timed('stack', startShared)
  } catch (error) {
    return fail(`${messageOf(error)}\nWithout servers: the same with --no-stack.`)
  }
  stopOnSignal(stack)
  const totals = { passed: 0, failed: 0 }
  try {
    for (const { group, files } of chosen) {
      const result = await timed(group.name, () => runGroup(group, files, stack))
      totals.passed += result.passed
      totals.failed += result.failed
    }
  } finally {
    await stack?.stop()
  }
  print(`\n${totals.passed} passed, ${totals.failed} failed`)
  if (totals.passed + totals.failed === 0) return fail('no test ran')
  return totals.failed === 0 ? 0 : 1
}

function filesOf(group: Group, filters: readonly string[]): readonly string[] {
  const files = group.patterns.flatMap((pattern) => globSync(pattern)).toSorted()
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

async function runGroup(
  group: Group,
  files: readonly string[],
  stack: Stack | undefined,
): Promise<Totals> {
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${new URL('./totals-reporter.ts', import.meta.url).pathname}`,
      '--test-reporter-destination=stderr',
      `--test-concurrency=${group.concurrency}`,
      `--test-timeout=${group.timeout_ms}`,
      ...files,
    ],
    {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, ...(stack === undefined ? NO_STACK : stackEnvironment(stack)) },
    },
  )
  let totals: Totals | undefined
  let rest = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const found = /^# totals passed=(\d+) failed=(\d+)$/.exec(line)
      if (found === null) process.stderr.write(`${line}\n`)
      else totals = { passed: Number(found[1]), failed: Number(found[2]) }
    }
  })
  const [code] = await once(child, 'close')
  if (totals === undefined) return { passed: 0, failed: 1 }
  // A file that cannot be loaded, or a process that dies, may leave no failed test behind: the exit code has the say.
  return code === 0 ? totals : { ...totals, failed: Math.max(1, totals.failed) }
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
