/**
 * A lane carries finished messages to one kind of topic (attributed events, dead letters), in order, one request at a time.
 * It is the only retry authority: it repeats a batch until the broker has taken it or the lane is stopped. A lane never
 * drops: while it cannot write it holds, and the byte quotas of the partitions stop the reading behind it.
 *
 * What the broker refuses for good goes back to who sent it. Where there is no place behind the lane (dead letters), such
 * messages are put aside and tried again from time to time, until the topic takes them; all others pass them by.
 */
import type { Position, Producer } from '#/core/bus.ts'
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
  /** Where message `index` was read. */
  from(index: number): Position
  /** True when nobody wants the answer any more (the partition was revoked): not sent if not sent yet. */
  isStale(): boolean
  /** It was stale and has been left out. */
  dropped(): void
  /** Every message that is not in `rejections` (indexes into `messages`) is acknowledged. */
  done(rejections: readonly Rejection[]): void
}

export interface Lane {
  push(parcel: Parcel): void
  /** True while the lane repeats what the broker does not take. */
  readonly holding: boolean
  /** The first message of that. */
  readonly held?: Held | undefined
  /** Resolves when nothing is queued or in flight, or at the deadline. */
  drain(deadline: Deadline): Promise<void>
  /** Gives up waiting; what was not acknowledged stays without a fate. Returns how many messages these are. */
  close(): number
}

export interface Held extends Position {
  readonly cause: string
  readonly to_topic: string
  /** Of key, value and headers, not compressed. */
  readonly bytes: number
  /** How many are held with it. */
  readonly messages: number
}

export interface LaneOptions {
  /** Id of the exporter. */
  readonly exporter: string
  readonly name: 'output' | 'dead_letter' | 'findings'
  readonly request_bytes_max: number
  readonly retry_initial_ms: number
  readonly retry_max_ms: number
  /** A message that the broker refuses is held, too: there is no place behind this lane. */
  readonly holds_rejected: boolean
}

/** Messages of a parcel that the broker has refused. */
interface Refused {
  readonly parcel: Parcel
  readonly messages: readonly OutgoingMessage[]
  readonly held: Held
}

type Locate = (index: number) => Position

export function createLane(options: LaneOptions, producer: Producer, ports: Ports): Lane {
  const attempts = ports.meter.counter('whosecall_export_attempts_total')
  const duration = ports.meter.histogram('whosecall_export_duration_seconds')
  const items = ports.meter.counter('whosecall_component_items_total')
  const holding_gauge = ports.meter.gauge('whosecall_holding')
  const closing = new AbortController()
  const names = { exporter: options.exporter, lane: options.name }
  const queue: Parcel[] = []
  let refused: readonly Refused[] = []
  /** Refused messages are to be tried again. */
  let refused_due = false
  let refused_timer: Promise<void> | undefined
  let onPushed = (): void => {}
  let sending = 0
  let idle: (() => void)[] = []
  let busy = false
  /** Of the batch that is repeated. */
  let repeated: Held | undefined
  let holding = false

  function showHolding(): void {
    const now = repeated !== undefined || refused.length > 0
    if (holding && !now) ports.logger.info(names, 'the broker takes batches again')
    holding = now
    holding_gauge.set(now ? 1 : 0, names)
  }

  async function work(): Promise<void> {
    busy = true
    // Parcels that arrive in the same turn go out in one request.
    await Promise.resolve()
    while (queue.length + refused.length > 0 && !closing.signal.aborted) {
      if (refused_due) await sendRefused()
      else if (queue.length > 0) await sendParcels(takeParcels())
      else await pushedOrDue()
    }
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
    const rejections = await sendUntilTaken(messages, (index) => positionIn(parcels, index))
    if (rejections === undefined) return
    sending = 0
    let first = 0
    for (const parcel of parcels) {
      const end = first + parcel.messages.length
      const own: Rejection[] = []
      for (const { index, reason } of rejections)
        if (index >= first && index < end) own.push({ index: index - first, reason })
      if (own.length > 0 && options.holds_rejected) putAside(parcel, own)
      else parcel.done(own)
      first = end
    }
  }

  /** Sends until each message is taken or rejected. `undefined`: the lane was closed first. */
  async function sendUntilTaken(
    all: readonly OutgoingMessage[],
    locate: Locate,
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
      countItems(result, batch.length)
      if (result.type === 'delivered') break
      if (result.type === 'rejected') {
        const rejected = new Set(result.messages.map((message) => message.index))
        for (const { index, reason } of result.messages)
          rejections.push({ index: places[index]!, reason })
        places = places.filter((_, index) => !rejected.has(index) && !result.others_delivered)
        batch = places.map((place) => all[place]!)
        continue
      }
      attempt += 1
      const first = heldOf(batch, locate(places[0]!), messageOf(result.cause))
      await hold(first, result.after_ms, attempt)
      if (closing.signal.aborted) return undefined
    }
    repeated = undefined
    showHolding()
    return rejections
  }

  function countItems(result: ExportResult, count: number): void {
    const exporter = { component: options.exporter, kind: 'exporter' }
    const refusals = result.type === 'rejected' ? result.messages.length : 0
    if (refusals > 0) items.add(refusals, { ...exporter, outcome: 'refused' })
    if (result.type === 'retryable') items.add(count, { ...exporter, outcome: 'failure' })
    if (result.type === 'delivered' || (result.type === 'rejected' && result.others_delivered))
      items.add(count - refusals, { ...exporter, outcome: 'success' })
  }

  async function hold(first: Held, after_ms: number, attempt: number): Promise<void> {
    if (attempt === 1)
      ports.logger.warn(
        { ...names, ...first },
        'the broker does not take a batch; it is held and sent again',
      )
    repeated = first
    showHolding()
    const wait_ms = Math.min(options.retry_max_ms, options.retry_initial_ms * 2 ** (attempt - 1))
    await ports.clock.sleep(Math.max(wait_ms, after_ms), closing.signal)
  }

  function putAside(parcel: Parcel, rejections: readonly Rejection[]): void {
    const [first] = rejections
    const messages = rejections.map(({ index }) => parcel.messages[index]!)
    const held = heldOf(messages, parcel.from(first!.index), first!.reason)
    refused = [...refused, { parcel, messages, held }]
    ports.logger.error(
      { ...names, ...held },
      'the broker refuses a message that has no other place to go: its partition cannot be committed beyond it until the topic takes it',
    )
    showHolding()
    refused_timer ??= waitForRefused()
  }

  async function waitForRefused(): Promise<void> {
    await ports.clock.sleep(options.retry_max_ms, closing.signal)
    refused_due = true
  }

  async function sendRefused(): Promise<void> {
    for (const { parcel } of refused) if (parcel.isStale()) parcel.dropped()
    const tried = refused.filter(({ parcel }) => !parcel.isStale())
    const places = tried.flatMap((each) => each.messages.map(() => each))
    const all = tried.flatMap(({ messages }) => messages)
    const rejections = await sendUntilTaken(all, (index) => places[index]!.held)
    if (rejections === undefined) return
    const still = Map.groupBy(rejections, ({ index }) => places[index]!)
    refused = [...still].map(([each, of]) => ({
      ...each,
      messages: of.map(({ index }) => all[index]!),
    }))
    for (const each of tried) if (!still.has(each)) each.parcel.done([])
    refused_due = false
    refused_timer = refused.length > 0 ? waitForRefused() : undefined
    showHolding()
  }

  function pushedOrDue(): Promise<unknown> {
    const pushed = Promise.withResolvers<void>()
    onPushed = pushed.resolve
    return Promise.race([pushed.promise, refused_timer])
  }

  return {
    push(parcel) {
      queue.push(parcel)
      onPushed()
      if (!busy) void work()
    },
    get holding() {
      return holding
    },
    get held() {
      return repeated ?? refused[0]?.held
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
      const left = [...queue.splice(0), ...refused]
      const count = left.reduce((sum, { messages }) => sum + messages.length, sending)
      sending = 0
      return count
    },
  }
}

/** Where message `index` of the parcels, one after the other, was read. */
function positionIn(parcels: readonly Parcel[], index: number): Position {
  let first = 0
  for (const parcel of parcels) {
    if (index < first + parcel.messages.length) return parcel.from(index - first)
    first += parcel.messages.length
  }
  throw new Error('the parcels have no such message')
}

function heldOf(messages: readonly OutgoingMessage[], from: Position, cause: string): Held {
  const { topic, partition, offset } = from
  const { topic: to_topic, key, value, headers } = messages[0]!
  let bytes = (key?.length ?? 0) + (value?.length ?? 0)
  for (const { name, value: of } of headers ?? [])
    bytes += Buffer.byteLength(name) + (of?.length ?? 0)
  return { cause, to_topic, topic, partition, offset, bytes, messages: messages.length }
}
