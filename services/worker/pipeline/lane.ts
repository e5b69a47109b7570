/**
 * A lane carries finished messages to one kind of topic (attributed events, dead letters), in order, one request at a time.
 * It is the only retry authority: it repeats a batch until the broker has taken it or the lane is stopped. A lane never
 * drops: while it cannot write it holds, and the byte quotas of the partitions stop the reading behind it.
 */
import type { Producer } from '#/core/bus.ts'
import type { Deadline } from '#/core/component.ts'
import { messageOf } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import type { ExportResult, OutgoingMessage } from '#/core/run.ts'

export interface Rejection {
  readonly index: number
  readonly reason: 'too_large' | 'rejected'
}

/** Messages of one slice; they are answered together. */
export interface Parcel {
  readonly messages: readonly OutgoingMessage[]
  readonly bytes: number
  /** True when nobody wants the answer any more (the partition was revoked): not sent if not sent yet. */
  isStale(): boolean
  /** It was stale and has been left out. */
  dropped(): void
  /** Every message that is not in `rejections` (indexes into `messages`) is acknowledged. */
  done(rejections: readonly Rejection[]): void
}

export interface Lane {
  push(parcel: Parcel): void
  /** True while the lane repeats a batch that the broker does not take. */
  readonly holding: boolean
  /** Resolves when nothing is queued or in flight, or at the deadline. */
  drain(deadline: Deadline): Promise<void>
  /** Gives up waiting; what was not acknowledged stays without a fate. Returns how many messages these are. */
  close(): number
}

export interface LaneOptions {
  /** Id of the exporter. */
  readonly exporter: string
  readonly name: 'output' | 'dead_letter' | 'findings'
  readonly request_bytes_max: number
  readonly retry_initial_ms: number
  readonly retry_max_ms: number
  /** A message that the broker refuses is held like one that it cannot take now: there is no place behind this lane. */
  readonly holds_rejected: boolean
}

export function createLane(options: LaneOptions, producer: Producer, ports: Ports): Lane {
  const attempts = ports.meter.counter('whosecall_export_attempts_total')
  const duration = ports.meter.histogram('whosecall_export_duration_seconds')
  const holding_gauge = ports.meter.gauge('whosecall_holding')
  const closing = new AbortController()
  const names = { exporter: options.exporter, lane: options.name }
  const queue: Parcel[] = []
  let sending = 0
  let idle: (() => void)[] = []
  let busy = false
  let holding = false

  function setHolding(value: boolean): void {
    holding = value
    holding_gauge.set(value ? 1 : 0, names)
  }

  async function work(): Promise<void> {
    busy = true
    // Parcels that arrive in the same turn go out in one request.
    await Promise.resolve()
    while (queue.length > 0 && !closing.signal.aborted) await sendParcels(takeParcels())
    busy = false
    for (const resolve of idle.splice(0)) resolve()
  }

  function takeParcels(): Parcel[] {
    const parcels: Parcel[] = []
    let bytes = 0
    while (queue.length > 0 && (parcels.length === 0 || bytes < options.request_bytes_max)) {
      const parcel = queue.shift()
      if (parcel === undefined) break
      if (parcel.isStale()) {
        parcel.dropped()
        continue
      }
      parcels.push(parcel)
      bytes += parcel.bytes
    }
    return parcels
  }

  async function sendParcels(parcels: readonly Parcel[]): Promise<void> {
    const messages =
      parcels.length === 1 ? parcels[0]!.messages : parcels.flatMap((p) => p.messages)
    sending = messages.length
    const rejections = await sendUntilTaken(messages)
    if (rejections === undefined) return
    sending = 0
    let first = 0
    for (const parcel of parcels) {
      const end = first + parcel.messages.length
      const own: Rejection[] = []
      for (const { index, reason } of rejections)
        if (index >= first && index < end) own.push({ index: index - first, reason })
      parcel.done(own)
      first = end
    }
  }

  /** `undefined`: the lane was closed first. */
  async function sendUntilTaken(
    all: readonly OutgoingMessage[],
  ): Promise<readonly Rejection[] | undefined> {
    const rejections: Rejection[] = []
    let places = all.map((_, index) => index)
    // A repeat must be the very same array: by that the producer knows that it is one.
    let batch = all
    for (let attempt = 0; places.length > 0;) {
      const started = ports.clock.now()
      const result = await producer.send(batch)
      duration.observe((ports.clock.now() - started) / 1000)
      attempts.add(1, { result: result.type })
      if (result.type === 'delivered') break
      if (result.type === 'rejected') {
        const refused = new Set(result.messages.map((message) => message.index))
        const held = options.holds_rejected
        if (!held)
          for (const { index, reason } of result.messages)
            rejections.push({ index: places[index]!, reason })
        // Left are the others when they were not sent, and the refused when there is no place behind this lane.
        places = places.filter((_, index) => (refused.has(index) ? held : !result.others_delivered))
        batch = places.map((place) => all[place]!)
        if (!held) continue
      }
      attempt += 1
      await hold(result, attempt)
      if (closing.signal.aborted) return undefined
    }
    if (holding) {
      setHolding(false)
      ports.logger.info(names, 'the broker takes batches again')
    }
    return rejections
  }

  async function hold(result: Exclude<ExportResult, { type: 'delivered' }>, attempt: number) {
    if (attempt === 1)
      ports.logger.warn(
        {
          ...names,
          cause: result.type === 'rejected' ? result.messages[0]?.reason : messageOf(result.cause),
        },
        'the broker does not take a batch; it is held and sent again',
      )
    setHolding(true)
    const wait_ms = Math.min(options.retry_max_ms, options.retry_initial_ms * 2 ** (attempt - 1))
    const after_ms = result.type === 'rejected' ? options.retry_max_ms : result.after_ms
    await ports.clock.sleep(Math.max(wait_ms, after_ms), closing.signal)
  }

  return {
    push(parcel) {
      queue.push(parcel)
      if (!busy) void work()
    },
    get holding() {
      return holding
    },
    async drain(deadline) {
      if (!busy) return
      const late = Promise.withResolvers<void>()
      idle.push(late.resolve)
      deadline.signal.addEventListener('abort', () => late.resolve(), { once: true })
      if (deadline.signal.aborted) late.resolve()
      await late.promise
    },
    close() {
      closing.abort()
      const left = queue.splice(0).reduce((sum, { messages }) => sum + messages.length, sending)
      sending = 0
      return left
    },
  }
}
