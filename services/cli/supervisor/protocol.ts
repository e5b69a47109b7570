import { ERROR_CODES, messageOf, type ErrorCode } from '#/core/errors.ts'
import type { Clock } from '#/core/ports.ts'
import type { Status } from '#/core/status.ts'
import type { MetricSnapshot } from '#/telemetry/index.ts'
import type { TapFilter } from '#/worker/admin/tap-filter.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import type { TappedEvent } from '#/worker/admin/tapped-event.ts'
import type { Channel } from './processes.ts'

/**
 * What a supervisor and its workers say to each other. The supervisor begins, then asks; a worker answers by the number of
 * the question, and says of itself only what cannot wait: that it runs, that it failed, its last counts.
 */

/** The first message to a worker. */
export interface Begin {
  /** Of the service; bounds for all of it are shared by so many. */
  readonly workers: number
  /**
   * What it begins with: a worker that is started again must not need a config on disk that its siblings have refused. It
   * takes over what changed as they did.
   */
  readonly config: WorkerConfig
  /** Hexadecimal. Makes the fingerprints of all of them equal. */
  readonly gap_key: string
}

export interface Answers {
  readonly metrics: MetricSnapshot
  readonly status: Status
  /** Why the new config was not taken over; `null` when it was. */
  readonly reload: string | null
  readonly stop: null
}
export type Question = keyof Answers

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

/** What a worker says unasked. */
export type Note =
  | { readonly note: 'started' }
  | { readonly note: 'failed'; readonly failure: Failure }
  | { readonly note: 'last'; readonly metrics: MetricSnapshot }
  | { readonly note: 'tapped'; readonly tap: number; readonly event: TappedEvent }

/** Somebody looks on by this number; without a filter no more. */
export interface TapOrder {
  readonly tap: number
  readonly filter?: TapFilter
}

export interface StopOptions {
  /** How long the worker may take. */
  readonly within_ms: number
}

type ToWorker =
  | { readonly begin: Begin }
  | TapOrder
  | { readonly ask: Question; readonly id: number; readonly within_ms?: number }
type FromWorker =
  | Note
  | { readonly answer: Answers[Question]; readonly id: number }
  | { readonly problem: string; readonly id: number }

/** The supervisor's end. */
export interface Line {
  begin(begin: Begin): void
  tap(order: TapOrder): void
  /** `undefined` when the answer takes longer, or the worker cannot give one. */
  ask<Q extends Question>(
    question: Q,
    timeout_ms: number,
    options?: StopOptions,
  ): Promise<Answers[Q] | undefined>
}

export function createLine(channel: Channel, clock: Clock, onNote: (note: Note) => void): Line {
  const waiting = new Map<number, (answer: Answers[Question] | undefined) => void>()
  let last_id = 0
  channel.onMessage((message) => {
    if (!isFromWorker(message)) return
    if ('note' in message) onNote(message)
    else waiting.get(message.id)?.('answer' in message ? message.answer : undefined)
  })
  const send = (message: ToWorker) => void channel.send(message)

  return {
    begin: (begin) => send({ begin }),
    tap: send,
    async ask<Q extends Question>(question: Q, timeout_ms: number, options?: StopOptions) {
      last_id += 1
      const id = last_id
      const answered = new AbortController()
      const over = AbortSignal.any([answered.signal, channel.closed])
      const answer = new Promise<Answers[Question] | undefined>((resolve) => {
        waiting.set(id, resolve)
        void clock.sleep(timeout_ms, over).then(() => resolve(undefined))
      })
      send({ ask: question, id, ...options })
      try {
        return (await answer) as Answers[Q] | undefined
      } finally {
        waiting.delete(id)
        answered.abort()
      }
    },
  }
}

export type Handlers = {
  readonly [Q in Question]: (options: StopOptions) => Answers[Q] | Promise<Answers[Q]>
} & { readonly tap: (order: TapOrder) => void }

/** The worker's end: answers with what the handlers give from now on, and resolves with how to begin. */
export function createWorkerLine(channel: Channel, handlers: Handlers): Promise<Begin> {
  const begun = Promise.withResolvers<Begin>()
  channel.onMessage((message) => {
    if (!isToWorker(message)) return
    if ('begin' in message) begun.resolve(message.begin)
    else if ('tap' in message) handlers.tap(message)
    else void give(channel, handlers, message)
  })
  return begun.promise
}

async function give(
  channel: Channel,
  handlers: Handlers,
  { ask, id, within_ms = 0 }: Extract<ToWorker, { readonly ask: Question }>,
): Promise<void> {
  let message: FromWorker
  try {
    message = { answer: await handlers[ask]({ within_ms }), id }
  } catch (error) {
    message = { problem: messageOf(error), id }
  }
  await channel.send(message)
}

export function sendNote(channel: Channel, note: Note): Promise<void> {
  return channel.send(note)
}

/** Both ends are this program in one version: what is checked is only that a message is one of ours. */
function isFromWorker(message: unknown): message is FromWorker {
  if (typeof message !== 'object' || message === null) return false
  if ('note' in message) return isNote(message)
  return 'id' in message && ('answer' in message || 'problem' in message)
}

function isNote(message: { readonly note: unknown }): boolean {
  if (message.note === 'failed') return 'failure' in message && isFailure(message.failure)
  if (message.note === 'tapped') return 'tap' in message && 'event' in message
  return message.note === 'started' || (message.note === 'last' && 'metrics' in message)
}

function isFailure(failure: unknown): failure is Failure {
  if (typeof failure !== 'object' || failure === null) return false
  return 'code' in failure && typeof failure.code === 'string' && failure.code in ERROR_CODES
}

function isToWorker(message: unknown): message is ToWorker {
  if (typeof message !== 'object' || message === null) return false
  return 'begin' in message || 'tap' in message || ('ask' in message && 'id' in message)
}
