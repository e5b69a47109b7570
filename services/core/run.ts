/**
 * The unit on the bus is a run: consecutive messages of one partition inside one buffer, as a structure of arrays.
 * Downstream works on ranges of that buffer; nothing is copied until splice.
 */

export interface Run {
  readonly topic: string
  readonly partition: number
  /** Number of messages. */
  readonly count: number
  readonly bytes: Buffer
  /** Offsets and timestamps (epoch ms) fit a double: both stay below 2^53. */
  readonly offsets: Float64Array
  readonly timestamps: Float64Array
  /** Range of each value in `bytes`; start -1 is a null value (a tombstone). */
  readonly value_starts: Int32Array
  readonly value_ends: Int32Array
  /** Range of each key in `bytes`; start -1 is no key. */
  readonly key_starts: Int32Array
  readonly key_ends: Int32Array
  /** Headers of message i, or undefined for none. Names repeat as they stood, in order. */
  readonly headers: readonly (readonly Header[] | undefined)[]
  /** Set when the batch could not be decompressed: the whole run is dead-lettered with this reason. */
  readonly unreadable?: 'limit_exceeded' | 'malformed'
  /** Given back when the last fate of the run is known; a client that reuses buffers poisons them in tests. */
  release(): void
}

export interface Header {
  readonly name: string
  readonly value: Buffer | null
}

/** One message on its way out. Byte ranges belong to the writer until the batch is answered. */
export interface OutgoingMessage {
  readonly topic: string
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly Header[] | undefined
  /** Epoch milliseconds. */
  readonly timestamp: number
}

/** What an exporter answers per batch. `rejected` lists indexes of messages that the broker will never take. */
export type ExportResult =
  | { readonly type: 'delivered' }
  | { readonly type: 'retryable'; readonly after_ms: number; readonly cause: unknown }
  | {
      readonly type: 'rejected'
      readonly messages: readonly {
        readonly index: number
        readonly reason: 'too_large' | 'rejected'
      }[]
      /** True when all messages that are not listed were delivered; false when they were not sent. */
      readonly others_delivered: boolean
    }
