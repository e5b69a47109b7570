import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import type { Ports } from '#/core/ports.ts'
import type { Run } from '#/core/run.ts'
import type { KafkaSettings } from '../kafkajs/settings.ts'
import type { Buffers } from './buffers.ts'
import type { Broker } from './cluster.ts'
import { isCorrupt, corrupt, type CorruptBatch } from './corrupt.ts'
import { closeConnection, exchange, FETCH, versionOf } from './exchange.ts'
import { encodeFetch, type FetchRequest, type FetchTopic } from './fetch-request.ts'
import { readFetch, type FetchedPartition, type FetchResponse } from './fetch-response.ts'
import { decodeSet, type DecodedSet } from './record-sets.ts'

/**
 * Fetch in place of that of kafkajs, which decides what is asked of whom and what a position is. It is answered with one message
 * for every run, and a control record where reading goes on behind what nobody may see; it moves over those as over any other.
 */

/** What kafkajs wants of a broker. */
export interface FetchOptions {
  readonly maxBytes: number
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly fetchOffset: string
      readonly maxBytes: number
    }[]
  }[]
}

/** Stands for a run, or for offsets without one. `offset` is the last. */
export interface RunMessage {
  readonly offset: string
  readonly run?: Run
  readonly isControlRecord: boolean
}

export interface Fetched {
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly highWatermark: string
      readonly abortedTransactions: readonly []
      readonly messages: readonly RunMessage[]
    }[]
  }[]
}

export interface FetchDeps {
  readonly buffers: Buffers
  readonly settings: Pick<KafkaSettings, 'decompressed_bytes_max' | 'fetch_wait_ms'>
  readonly ports: Pick<Ports, 'logger' | 'meter'>
  /** A partition is held back and may be asked for again at any time, so that the broker must not wait for long. */
  isHeld(): boolean
}

export const HELD_WAIT_MS = 10
/** A response that is wrong is asked for again so many times. */
const ATTEMPTS_MAX = 4
const OFFSET_OUT_OF_RANGE = 1

const { createErrorFromCode }: { createErrorFromCode: (code: number) => Error } = createRequire(
  import.meta.url,
)('kafkajs/src/protocol/error')

export function createFetch(broker: Broker, deps: FetchDeps) {
  const corrupted = deps.ports.meter.counter('whosecall_corrupt_responses_total')
  /** Sizes of batches that did not fit in what was asked for. */
  const wanted = new Map<string, number>()
  let turn = 0

  async function fetchOnce(options: FetchOptions, doubted: Doubted): Promise<Fetched> {
    const version = versionOf(broker, FETCH)
    const request = requestOf(options, wanted, turn)
    const wait_ms = deps.isHeld() ? HELD_WAIT_MS : deps.settings.fetch_wait_ms
    const encoded = encodeFetch(version, { ...request, wait_ms })
    turn += 1
    const { payload, connection } = await exchange(broker, {
      api: FETCH,
      version,
      ...encoded,
      wait_ms,
    })
    const lease = deps.buffers.leaseOf(payload)
    try {
      const response = readFetch(version, payload)
      connection.requestQueue.maybeThrottle(response.throttle_ms)
      failOnErrors(response)
      const offsets = offsetsOf(request)
      const fetched: FetchedSetResult[] = []
      for (const of of response.partitions) {
        const fetch_offset = offsets.get(idOf(of))
        if (fetch_offset === undefined) throw corrupt(`nobody asked for partition ${idOf(of)}`)
        const { decompressed_bytes_max } = deps.settings
        const doubted_offset = doubted.get(idOf(of))
        const set = {
          ...of,
          bytes: payload,
          lease,
          fetch_offset,
          doubted_offset,
          decompressed_bytes_max,
        }
        const decoded = await decodeSet(set)
        note(wanted, of, decoded)
        fetched.push({ of, fetch_offset, decoded })
      }
      return fetchedOf(fetched)
    } catch (error) {
      // What came behind it on the same connection cannot be trusted either.
      if (isCorrupt(error)) await closeConnection(connection)
      throw error
    } finally {
      lease?.release()
    }
  }

  return async (options: FetchOptions): Promise<Fetched> => {
    const doubted: Doubted = new Map()
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetchOnce(options, doubted)
      } catch (error) {
        if (!isCorrupt(error)) throw error
        corrupted.add(1)
        const { batch, message } = error
        deps.ports.logger.warn(
          { message, attempt },
          'a response of the broker is corrupt; asking again',
        )
        if (attempt === ATTEMPTS_MAX) throw error
        if (batch !== undefined) doubted.set(idOf(batch), batch.base_offset)
      }
    }
  }
}

type Doubted = Map<string, number>

interface FetchedSetResult {
  readonly of: FetchedPartition
  readonly fetch_offset: number
  readonly decoded: DecodedSet
}

function idOf({ topic, partition }: Pick<CorruptBatch, 'topic' | 'partition'>): string {
  return `${partition}/${topic}`
}

/**
 * Who is asked for first gets a whole batch, however large, and then the room that is left goes to the next; so everybody has a
 * turn at being first.
 */
function requestOf(
  { topics, maxBytes }: FetchOptions,
  wanted: ReadonlyMap<string, number>,
  turn: number,
): Omit<FetchRequest, 'wait_ms'> {
  const all = topics.flatMap(({ topic, partitions }) =>
    partitions.map((each) => ({ topic, ...each })),
  )
  const first = turn % Math.max(1, all.length)
  const grouped: { topic: string; partitions: FetchTopic['partitions'][number][] }[] = []
  for (const each of [...all.slice(first), ...all.slice(0, first)]) {
    const { topic, partition, fetchOffset } = each
    const bytes_max = Math.max(each.maxBytes, wanted.get(idOf(each)) ?? 0)
    const last = grouped.at(-1)
    const of = { partition, fetch_offset: Number(fetchOffset), bytes_max }
    if (last?.topic === topic) last.partitions.push(of)
    else grouped.push({ topic, partitions: [of] })
  }
  const most = Math.max(maxBytes, ...wanted.values())
  return { topics: grouped, bytes_max: most }
}

function offsetsOf({ topics }: Pick<FetchRequest, 'topics'>): ReadonlyMap<string, number> {
  return new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, fetch_offset }) => [idOf({ topic, partition }), fetch_offset]),
    ),
  )
}

/** As kafkajs does it, which knows what is to be done about each of them. */
function failOnErrors({ error_code, partitions }: FetchResponse): void {
  if (error_code !== 0) throw createErrorFromCode(error_code)
  for (const { topic, partition, error_code: code } of partitions) {
    if (code === OFFSET_OUT_OF_RANGE)
      throw new kafkajs.KafkaJSOffsetOutOfRange(createErrorFromCode(code), { topic, partition })
    if (code !== 0) throw createErrorFromCode(code)
  }
}

function note(wanted: Map<string, number>, of: FetchedPartition, decoded: DecodedSet): void {
  if (decoded.bytes_wanted === undefined) wanted.delete(idOf(of))
  else wanted.set(idOf(of), decoded.bytes_wanted)
}

function fetchedOf(fetched: readonly FetchedSetResult[]): Fetched {
  return {
    responses: fetched.map(({ of, fetch_offset, decoded }) => ({
      topicName: of.topic,
      partitions: [
        {
          partition: of.partition,
          highWatermark: String(of.last_stable_offset),
          abortedTransactions: [],
          messages: messagesOf(decoded, fetch_offset),
        },
      ],
    })),
  }
}

function messagesOf(
  { runs, next_offset }: DecodedSet,
  fetch_offset: number,
): readonly RunMessage[] {
  const messages: RunMessage[] = runs.map((run) => ({
    offset: String(run.offsets[run.count - 1]),
    run,
    isControlRecord: false,
  }))
  const read_to = (runs.at(-1)?.offsets.at(-1) ?? fetch_offset - 1) + 1
  if (next_offset > read_to)
    messages.push({ offset: String(next_offset - 1), isControlRecord: true })
  return messages
}
