import { fork as forkNode, type ChildProcess as NodeChild } from 'node:child_process'
import type { Channel, ChildProcess, Membership, ProcessExit, Processes } from './processes.ts'

/**
 * Worker processes of this program. They run the same command line under the same options of Node, write to the same
 * stderr, and know by a variable that they are workers. None outlives the supervisor: they stop by themselves when its
 * line is cut, and are killed when it exits.
 */

/** Number of the worker; set by the supervisor only, and read by `bin/tether.mjs`. */
const WORKER_VARIABLE = 'WHOSECALL_WORKER'

export function createProcesses(): Processes {
  const member = membership()
  return { ...(member ? { member } : {}), fork }
}

function membership(): Membership | undefined {
  const worker = Number(process.env[WORKER_VARIABLE])
  if (process.channel === undefined || !Number.isInteger(worker) || worker < 1) return undefined
  return { worker, channel: channelOf(process) }
}

const running = new Set<NodeChild>()
/** Its processes are killed when this one exits. */
let is_watched = false

function fork(worker: number): ChildProcess {
  const [, script = '', ...args] = process.argv
  if (!is_watched) process.once('exit', killAll)
  is_watched = true
  const child = forkNode(script, args, {
    env: { ...process.env, [WORKER_VARIABLE]: String(worker) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  running.add(child)
  const exited = exitOf(child)
  void exited.then(() => running.delete(child))
  return {
    ...channelOf(child),
    pid: child.pid ?? 0,
    kill: () => void child.kill('SIGKILL'),
    exited,
  }
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** A process that could not be started has no exit, only an error. */
async function exitOf(child: NodeChild): Promise<ProcessExit> {
  const disconnected = new Promise<void>((resolve) => child.once('disconnect', resolve))
  const exit = await new Promise<ProcessExit & { readonly has_run: boolean }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, has_run: true }))
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null, has_run: false })
    })
  })
  if (exit.has_run && child.connected) await disconnected
  return { code: exit.code, signal: exit.signal }
}

function channelOf(end: NodeChild | NodeJS.Process): Channel {
  const closed = new AbortController()
  end.once('disconnect', () => closed.abort())
  return {
    send: (message) =>
      new Promise((resolve) => {
        if (!end.connected) resolve()
        // The callback is told of a line that was cut meanwhile; without one that would be an error event.
        else end.send?.(message as object, undefined, undefined, () => resolve())
      }),
    onMessage: (listener) => void end.on('message', listener),
    closed: closed.signal,
  }
}
