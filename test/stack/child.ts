import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/**
 * A server process of the test stack: its output goes to a file, its id into another beside it, and it is controlled by
 * that id only. Every process that is still alive when this one exits is killed: no test run leaves a broker behind.
 */

export interface ServerProcess {
  readonly name: string
  readonly pid: number
  readonly log_file: string
  /** Hangs the process (SIGSTOP): connections stay open and nothing answers. */
  pause(): void
  resume(): void
  /** Kills it at once (SIGKILL) and waits until it is gone. Killing twice is harmless. */
  kill(): Promise<void>
  /** Resolves when the process has written `text`; rejects with the end of its log when it exits or takes too long. */
  logged(text: string, timeout_ms: number): Promise<void>
  alive(): boolean
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface ServerCommand {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly directory: string
}

export async function spawnServer(of: ServerCommand): Promise<ServerProcess> {
  const log_file = join(of.directory, `${of.name}.log`)
  const log = openSync(log_file, 'a')
  // Its own process group: Ctrl-C in the terminal reaches us first, and we stop things in order.
  const child = spawn(of.command, of.args, {
    cwd: of.directory,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  await once(child, 'spawn')
  running.add(child)
  child.once('exit', () => running.delete(child))
  // The process must not keep a finished test run alive.
  child.unref()
  const pid = child.pid ?? 0
  writeFileSync(join(of.directory, `${of.name}.pid`), String(pid))
  const alive = (): boolean => child.exitCode === null && child.signalCode === null
  return {
    name: of.name,
    pid,
    log_file,
    alive,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    logged: (text, timeout_ms) => waitForLog(of.name, log_file, { text, timeout_ms, alive }),
    async kill() {
      if (!alive()) return
      child.ref()
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function waitForLog(
  name: string,
  file: string,
  wanted: { readonly text: string; readonly timeout_ms: number; alive(): boolean },
): Promise<void> {
  const end = performance.now() + wanted.timeout_ms
  for (;;) {
    const text = readFileSync(file, 'utf8')
    if (text.includes(wanted.text)) return
    const why = !wanted.alive()
      ? 'exited'
      : performance.now() > end
        ? `is not ready after ${wanted.timeout_ms} ms`
        : undefined
    if (why !== undefined) throw new Error(`${name} ${why}; its log ends:\n${text.slice(-2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Below the ports that systems give to outgoing connections: one of those could take a port before its server does. */
const PORT_MIN = 12_000
const PORT_MAX = 32_000

/** Free TCP ports of 127.0.0.1, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(PORT_MIN, PORT_MAX)
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  await once(server.close(), 'close')
  return true
}
