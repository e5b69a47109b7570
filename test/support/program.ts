/**
 * whosecall as a child process, started by its launcher as an operator would: to be scraped, stopped and killed by its id.
 * What it writes is kept for the message of a failing test. No child outlives the process that started it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { parseScrape, type Scrape } from './scrape.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Program {
  readonly pid: number
  alive(): boolean
  /** The end of what it wrote to stderr, log lines included. */
  stderr(): string
  stdout(): string
  kill(signal: NodeJS.Signals): void
  readonly exited: Promise<Exit>
}

const LAUNCHER = join(import.meta.dirname, '../../bin/whosecall.mjs')
/** Kept of each stream. */
const OUTPUT_CHARS_MAX = 200_000

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `whosecall <args>`; with `--script FILE` any script of the project. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const stdout = keep(child.stdout)
  const stderr = keep(child.stderr)
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    })
  })
  return {
    pid: child.pid ?? 0,
    alive: () => child.exitCode === null && child.signalCode === null,
    stdout,
    stderr,
    kill: (signal) => void child.kill(signal),
    exited,
  }
}

function keep(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-OUTPUT_CHARS_MAX)
  })
  return () => text
}

/** One scrape, or `undefined` while nobody answers. */
export async function scrape(url: string, timeout_ms = 5_000): Promise<Scrape | undefined> {
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(timeout_ms) })
    return answer.ok ? parseScrape(await answer.text()) : undefined
  } catch {
    return undefined
  }
}

/** Asks again until `check` gives something; rejects when that takes too long or `program` ends first. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  options: {
    readonly timeout_ms?: number
    readonly every_ms?: number
    readonly program?: Program
  } = {},
): Promise<T> {
  const { timeout_ms = 30_000, every_ms = 50, program } = options
  const end = performance.now() + timeout_ms
  for (;;) {
    const found = await check()
    if (found !== undefined) return found
    const why =
      program?.alive() === false
        ? 'the program ended first'
        : performance.now() > end
          ? `not within ${timeout_ms} ms`
          : undefined
    if (why !== undefined)
      throw new Error(`${what}: ${why}\n${program?.stderr().slice(-3_000) ?? ''}`)
    await new Promise((resolve) => setTimeout(resolve, every_ms))
  }
}
