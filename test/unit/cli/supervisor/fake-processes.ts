import type { ChildProcess, ProcessExit, Processes } from '#/cli/supervisor/processes.ts'

/** Worker processes that a test makes up: it reads what was sent to them, and says what they say. */
export interface FakeProcess extends ChildProcess {
  readonly worker: number
  readonly sent: readonly Record<string, unknown>[]
  readonly killed: boolean
  say(message: unknown): void
  /** Answers every question of this name from now on, those that wait included; without a value never again. */
  answers(question: string, answer: unknown): void
  end(exit: Partial<ProcessExit>): void
}

export interface FakeProcesses extends Processes {
  /** In the order of their starts. */
  readonly started: readonly FakeProcess[]
}

export function createFakeProcesses(): FakeProcesses {
  const started: FakeProcess[] = []
  return {
    started,
    fork(worker) {
      const child = createFakeProcess(worker, 1000 + started.length)
      started.push(child)
      return child
    },
  }
}

function createFakeProcess(worker: number, pid: number): FakeProcess {
  const sent: Record<string, unknown>[] = []
  const listeners: ((message: unknown) => void)[] = []
  const closed = new AbortController()
  const exited = Promise.withResolvers<ProcessExit>()
  const answers = new Map<unknown, unknown>()
  let killed = false
  const say = (message: unknown) => {
    for (const listener of listeners) listener(message)
  }
  const reply = ({ ask, id }: Record<string, unknown>) => {
    if (answers.has(ask)) say({ id, answer: answers.get(ask) })
  }
  const end = (exit: Partial<ProcessExit>) => {
    closed.abort()
    exited.resolve({ code: null, signal: null, ...exit })
  }
  return {
    worker,
    pid,
    sent,
    exited: exited.promise,
    closed: closed.signal,
    get killed() {
      return killed
    },
    async send(message) {
      const copy = structuredClone(message) as Record<string, unknown>
      sent.push(copy)
      await Promise.resolve()
      reply(copy)
    },
    onMessage: (listener) => void listeners.push(listener),
    kill() {
      killed = true
      end({ signal: 'SIGKILL' })
    },
    say,
    answers(question, answer) {
      if (answer === undefined) answers.delete(question)
      else answers.set(question, answer)
      for (const message of sent) reply(message)
    },
    end,
  }
}
