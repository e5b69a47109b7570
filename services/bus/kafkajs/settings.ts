import { DECOMPRESSED_BYTES_MAX, type Compression } from '../codecs/index.ts'

/** What the client does beyond its connection; every value has a default. */
export interface KafkaSettings {
  readonly compression: Compression
  readonly session_timeout_ms: number
  readonly heartbeat_interval_ms: number
  /** Longest wait of a fetch for new messages. It is also how soon a partition is read again after it was held. */
  readonly fetch_wait_ms: number
  readonly fetch_bytes_max: number
  readonly partition_fetch_bytes_max: number
  readonly decompressed_bytes_max: number
  /** Restarts of a crashed consumer within the window before it gives up. */
  readonly client_restarts_max: number
  readonly client_restart_window_ms: number
  /** How often the ends of assigned partitions are asked for; a partition that is held is not fetched, so not seen. */
  readonly ends_interval_ms: number
  /** How often topics are listed for the patterns of a consumer. */
  readonly topics_refresh_interval_ms: number
}

export const KAFKA_DEFAULTS: KafkaSettings = {
  compression: 'none',
  session_timeout_ms: 30_000,
  heartbeat_interval_ms: 3_000,
  fetch_wait_ms: 100,
  fetch_bytes_max: 10 << 20,
  partition_fetch_bytes_max: 1 << 20,
  decompressed_bytes_max: DECOMPRESSED_BYTES_MAX,
  client_restarts_max: 5,
  client_restart_window_ms: 300_000,
  ends_interval_ms: 5_000,
  topics_refresh_interval_ms: 60_000,
}
