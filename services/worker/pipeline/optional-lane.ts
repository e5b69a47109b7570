/**
 * The lane of an exporter that nothing waits for. It answers at once and works on copies, so that neither the commits nor
 * the buffers of a run depend on it. Its queue is bounded in bytes: what comes when it is full is lost to this exporter, and
 * so is what the broker will never take; both are counted, and the first of a row is logged.
 */
import type { Ports } from '#/core/ports.ts'
import type { Header, OutgoingMessage } from '#/core/run.ts'
import type { Lane, Parcel } from './lane.ts'

export interface OptionalLaneOptions {
  readonly exporter: string
  readonly queue_bytes_max: number
}

export function createOptionalLane(options: OptionalLaneOptions, lane: Lane, ports: Ports): Lane {
  const { exporter, queue_bytes_max } = options
  const dropped = ports.meter.counter('whosecall_dropped_messages_total')
  let queued_bytes = 0
  let dropping = false
  dropped.add(0, { exporter })

  function drop(messages: number, why: string): void {
    if (messages === 0) return
    dropped.add(messages, { exporter })
    if (dropping) return
    dropping = true
    ports.logger.warn(
      { exporter, why },
      'an exporter that is not required drops messages; they are published by the others',
    )
  }

  function enqueue(parcel: Parcel): void {
    const messages = parcel.messages.map(copied)
    const bytes = sizeOf(messages)
    queued_bytes += bytes
    const first = parcel.from(0)
    lane.push({
      messages,
      bytes: parcel.bytes,
      // Nearly right for the others, and nothing of the run is kept for it.
      from: () => first,
      // Others have published it, so it may not come again.
      isStale: () => false,
      dropped() {},
      done(rejections) {
        queued_bytes -= bytes
        if (rejections.length === 0) dropping = false
        drop(rejections.length, 'the broker refuses them')
      },
    })
  }

  return {
    push(parcel) {
      if (queued_bytes + sizeOf(parcel.messages) > queue_bytes_max)
        drop(parcel.messages.length, 'its queue is full')
      else enqueue(parcel)
      parcel.done([])
    },
    // It holds up nobody.
    holding: false,
    drain: (deadline) => lane.drain(deadline),
    close() {
      drop(lane.close(), 'the worker stops')
      return 0
    },
  }
}

function copied(message: OutgoingMessage): OutgoingMessage {
  const headers = message.headers?.map(({ name, value }): Header => ({
    name,
    value: value && Buffer.from(value),
  }))
  const { key, value } = message
  return { ...message, key: key && Buffer.from(key), value: value && Buffer.from(value), headers }
}

/** What copies of these keep in memory, nearly. */
function sizeOf(messages: readonly OutgoingMessage[]): number {
  let bytes = 0
  for (const { key, value, headers } of messages) {
    bytes += (key?.length ?? 0) + (value?.length ?? 0)
    for (const header of headers ?? []) bytes += header.name.length + (header.value?.length ?? 0)
  }
  return bytes
}
