/**
 * Back-pressure in bytes. Each partition has its own quota, so that a full one pauses itself and never its neighbours; a
 * total bounds the memory of the worker whatever the number of partitions.
 */

export interface Quota {
  take(partition: string, bytes: number): void
  give(partition: string, bytes: number): void
  /** Resolves when the partition has less than this in flight, and all of them together less than the total. */
  room(partition: string, partition_bytes_max: number): Promise<void>
  /** Lets everybody who waits go on: the worker stops. */
  open(): void
  readonly used_bytes: number
}

export interface QuotaOptions {
  readonly total_bytes_max: number
}

export function createQuota(options: QuotaOptions): Quota {
  const used = new Map<string, number>()
  const waiting: {
    readonly partition: string
    readonly partition_bytes_max: number
    readonly resolve: () => void
  }[] = []
  let total = 0
  let opened = false

  function hasRoom(partition: string, partition_bytes_max: number): boolean {
    // A partition with nothing in flight may always take one run, or a run above the limit would never pass.
    const own = used.get(partition) ?? 0
    if (opened || own === 0) return true
    return own < partition_bytes_max && total < options.total_bytes_max
  }

  function wake(): void {
    for (let i = waiting.length - 1; i >= 0; i -= 1) {
      const waiter = waiting[i]
      if (waiter === undefined || !hasRoom(waiter.partition, waiter.partition_bytes_max)) continue
      waiting.splice(i, 1)
      waiter.resolve()
    }
  }

  return {
    take(partition, bytes) {
      used.set(partition, (used.get(partition) ?? 0) + bytes)
      total += bytes
    },
    give(partition, bytes) {
      const left = (used.get(partition) ?? 0) - bytes
      if (left > 0) used.set(partition, left)
      else used.delete(partition)
      total -= bytes
      wake()
    },
    room(partition, partition_bytes_max) {
      if (hasRoom(partition, partition_bytes_max)) return Promise.resolve()
      return new Promise((resolve) => waiting.push({ partition, partition_bytes_max, resolve }))
    },
    open() {
      opened = true
      wake()
    },
    get used_bytes() {
      return total
    },
  }
}
