import {
  CLASSES,
  COST_BASES,
  DEAD_LETTER_REASONS,
  FINDING_RULES,
  METHODS,
  OUTCOMES,
  PARTITION_CONDITIONS,
  REASONS,
  SECRET_KINDS,
  STAGES,
} from '#/core/words.ts'
import type { MetricRow } from './metric-row.ts'

/**
 * Every metric once: nothing can be counted that has no row here. A label's values come from a closed list, or they are
 * `assigned`: topics and partitions, of which there are as many as the group gives to this process, and currencies.
 */

/** Bounds that can be hit, as labels of `whosecall_limits_hit_total`. */
export const LIMITS = [
  'message_bytes',
  'decompressed_bytes',
  'nesting_depth',
  'events_per_message',
  'in_flight_bytes',
  'identity_table',
  'decision_memo',
  'owner_cache_entries',
  'lookup_keys',
  'lookup_body_bytes',
  'lookup_rounds',
  'finding_subjects',
  'metric_series',
  'client_restarts',
  'redrive_attempts',
  'stop_deadline',
  'currencies',
] as const
export type Limit = (typeof LIMITS)[number]

const partition = { topic: 'assigned', partition: 'assigned' } as const
const gap_reasons = REASONS.filter((reason) => reason !== 'lookup_unavailable')
const lookup_tiers = ['memory', 'redis', 'directory'] as const

export const CATALOGUE = {
  // Messages. Per partition, consumed = published + dead_lettered + filtered + released + in_flight.
  whosecall_consumed_messages_total: {
    type: 'counter',
    help: 'Messages handed to the pipeline.',
    labels: partition,
  },
  whosecall_published_messages_total: {
    type: 'counter',
    help: 'Messages written to an output topic.',
    labels: partition,
  },
  whosecall_dead_lettered_messages_total: {
    type: 'counter',
    help: 'Messages written to the dead-letter topic.',
    labels: partition,
  },
  whosecall_filtered_messages_total: {
    type: 'counter',
    help: 'Messages left out on purpose: all their events are filtered non-calls.',
    labels: partition,
  },
  whosecall_released_messages_total: {
    type: 'counter',
    help: 'Messages whose partition was revoked before their fate was known; they are read again.',
    labels: partition,
  },
  whosecall_in_flight_messages: {
    type: 'gauge',
    help: 'Messages consumed whose fate is not known yet.',
    labels: partition,
    vanishes: true,
  },
  whosecall_dead_letters_total: {
    type: 'counter',
    help: 'Dead letters by reason and by the part of the pipeline they come from.',
    labels: { reason: DEAD_LETTER_REASONS, stage: STAGES },
  },
  whosecall_out_of_range_messages_total: {
    type: 'counter',
    help: 'Messages lost before they were read: their offsets no longer exist.',
  },
  whosecall_consumer_lag_messages: {
    type: 'gauge',
    help: 'Messages between the end of the log and what was read.',
    labels: partition,
    vanishes: true,
    aggregate: 'max',
  },
  whosecall_consumer_lag_seconds: {
    type: 'gauge',
    help: 'Age of the last message read, 0 at the end of the log.',
    labels: partition,
    vanishes: true,
    aggregate: 'max',
  },
  whosecall_partitions: {
    type: 'gauge',
    help: 'Partitions by how they get on: moving with the log (ok), moving while the lag does not shrink (warn), not moving with messages in work (stall), nothing in work and nothing read for longer than the window of observations although messages wait (stop), gone back (rewind).',
    labels: { state: PARTITION_CONDITIONS },
  },
  whosecall_last_processed_timestamp_seconds: {
    type: 'gauge',
    help: 'Kafka timestamp of the last message read from a topic, seconds since the epoch.',
    labels: { topic: 'assigned' },
    vanishes: true,
    aggregate: 'max',
  },
  whosecall_end_to_end_delay_seconds: {
    type: 'histogram',
    help: 'Time from the Kafka timestamp of the oldest message of a batch until its fate.',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
  },
  whosecall_last_progress_timestamp_seconds: {
    type: 'gauge',
    help: 'When a message last got its fate, seconds since the epoch.',
    aggregate: 'max',
  },

  // Events and decisions. The rate to watch is unattributed / (attributed + unattributed).
  whosecall_events_total: {
    type: 'counter',
    help: 'Events by outcome; the reason says why an event is not attributed.',
    labels: { outcome: [...OUTCOMES, 'non_call'], reason: ['none', ...REASONS] },
  },
  whosecall_unattributed_events_total: {
    type: 'counter',
    help: 'Unattributed events by the source that wrote them and by reason: where the gap is.',
    // There are as many sources as the table of sources and the config have.
    labels: { source: 'assigned', reason: gap_reasons },
  },
  whosecall_triage_sources: {
    type: 'gauge',
    help: 'Groups of unattributed events that look alike (same source, reason and evidence) and were seen in the last hour.',
    labels: { reason: gap_reasons },
    aggregate: 'max',
  },
  whosecall_triage_oldest_first_seen_timestamp_seconds: {
    type: 'gauge',
    help: 'When the oldest such group was first seen by this process, seconds since the epoch.',
    labels: { reason: gap_reasons },
    vanishes: true,
    aggregate: 'min',
  },
  whosecall_triage_sources_first_seen_total: {
    type: 'counter',
    help: 'Groups of unattributed events that this process saw for the first time.',
    labels: { reason: gap_reasons },
  },
  whosecall_owner_events_total: {
    type: 'counter',
    help: 'Attributed events by owner, if service.telemetry.metrics.owners_max is above 0; what is beyond it counts as __other__.',
    labels: { owner: 'assigned' },
  },
  whosecall_tokens_total: {
    type: 'counter',
    help: 'Tokens of calls by outcome, as far as the events state them: input that no cache knew, what was read from and written to caches, output with its reasoning.',
    labels: {
      outcome: OUTCOMES,
      type: ['input', 'cache_read', 'cache_write', 'output'],
      basis: ['reported', 'estimated'],
    },
  },
  whosecall_events_without_tokens_total: {
    type: 'counter',
    help: 'Calls whose events do not say how many tokens they used; a known zero is none of them.',
    labels: { outcome: OUTCOMES },
  },
  whosecall_cost_total: {
    type: 'counter',
    help: 'Cost that events state, in whole units of the currency, from a price list, from configured prices or as billed. A sum in floating point, for shares and trends; amounts below zero are left out.',
    labels: { outcome: OUTCOMES, currency: 'assigned', basis: COST_BASES },
  },
  whosecall_events_without_cost_total: {
    type: 'counter',
    help: 'Calls whose events do not say what they cost; a known zero is none of them.',
    labels: { outcome: OUTCOMES },
  },
  whosecall_decisions_total: {
    type: 'counter',
    help: 'Attributed events by the kind of evidence that won.',
    labels: { method: METHODS },
  },
  whosecall_non_calls_total: {
    type: 'counter',
    help: 'Events that are not model calls, by class.',
    labels: { class: CLASSES },
  },
  whosecall_forged_attributes_total: {
    type: 'counter',
    help: 'Reserved names that messages already carried; they were stripped.',
  },
  whosecall_lost_evidence_total: {
    type: 'counter',
    help: 'Pieces of evidence that could not be read, for example JSON in a string that does not parse.',
  },
  whosecall_secrets_found_total: {
    type: 'counter',
    help: 'Raw keys and tokens found in events, by the source of the event and by whose they are.',
    // There are as many sources as the table of sources and the config have.
    labels: { source: 'assigned', kind: SECRET_KINDS },
  },
  whosecall_decision_memo_total: {
    type: 'counter',
    help: 'Decisions taken from memory or made anew.',
    labels: { result: ['hit', 'miss'] },
  },
  whosecall_redactions_total: {
    type: 'counter',
    help: 'Values cut or replaced on the way out.',
    labels: { action: ['drop', 'pseudonymize', 'secret'] },
  },

  whosecall_findings_total: {
    type: 'counter',
    help: 'Findings raised, by rule: one for a subject and a window.',
    labels: { rule: FINDING_RULES },
  },

  // Owner lookup.
  whosecall_lookups_total: {
    type: 'counter',
    help: 'Keys looked up, by tier and by what the tier said.',
    labels: {
      tier: lookup_tiers,
      state: ['fresh', 'stale', 'negative', 'unavailable', 'miss', 'error'],
    },
  },
  whosecall_lookup_duration_seconds: {
    type: 'histogram',
    help: 'Time of one request to a tier.',
    labels: { tier: lookup_tiers },
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  whosecall_breaker_state: {
    type: 'gauge',
    help: '1 for the state that the breaker of a dependency is in.',
    labels: { dependency: ['redis', 'directory'], state: ['closed', 'half_open', 'open'] },
    aggregate: 'max',
  },
  whosecall_owner_cache_entries: {
    type: 'gauge',
    help: 'Keys in the memory tier.',
  },
  whosecall_redis_commands_total: {
    type: 'counter',
    help: 'Commands sent to Redis.',
  },
  whosecall_owner_file_last_reload_successful: {
    type: 'gauge',
    help: '1 when the owner file was taken over at its last change, 0 when the previous one is still in use.',
    aggregate: 'min',
  },
  whosecall_owner_file_bindings: {
    type: 'gauge',
    help: 'Bindings in the owner file that is in use.',
    aggregate: 'max',
  },

  whosecall_directory_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the directory last answered, or the owner file was last read in, seconds since the epoch.',
    labels: { directory: ['file', 'http'] },
    aggregate: 'max',
  },

  // Export.
  whosecall_export_attempts_total: {
    type: 'counter',
    help: 'Batches sent, by answer.',
    labels: { result: ['delivered', 'retryable', 'rejected'] },
  },
  whosecall_export_duration_seconds: {
    type: 'histogram',
    help: 'Time of one attempt to send a batch.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  whosecall_holding: {
    type: 'gauge',
    help: '1 while the topic of events, dead letters or findings cannot be written and the worker holds.',
    labels: { exporter: 'assigned', lane: ['output', 'dead_letter', 'findings'] },
    aggregate: 'max',
  },
  whosecall_dropped_messages_total: {
    type: 'counter',
    help: 'Messages that an exporter that is not required lost: its queue was full, the broker refuses them, or the worker stopped.',
    labels: { exporter: 'assigned' },
  },

  // The process.
  whosecall_component_items_total: {
    type: 'counter',
    help: 'Messages that a receiver took in, events that a processor saw, messages that an exporter sent; by what became of them (refused: the other side does not take it).',
    labels: {
      component: 'assigned',
      kind: ['receiver', 'processor', 'exporter'],
      outcome: ['success', 'failure', 'refused'],
    },
  },
  whosecall_config_last_reload_successful: {
    type: 'gauge',
    help: '1 when the config in force is the one on disk, 0 when its last change has errors and the previous one is still in use.',
    aggregate: 'min',
  },
  whosecall_config_last_reload_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the config in force was loaded, seconds since the epoch.',
    aggregate: 'max',
  },
  whosecall_config_reloads_total: {
    type: 'counter',
    help: 'Changes of the config while running, by result.',
    labels: { result: ['success', 'failure'] },
  },
  whosecall_shadow_events_total: {
    type: 'counter',
    help: 'Events that a candidate config decided beside the live one, by whether outcome, reason and owner are equal.',
    labels: { result: ['same', 'differs'] },
  },
  whosecall_worker_processes: {
    type: 'gauge',
    help: 'Worker processes of this service that run.',
  },
  whosecall_worker_restarts_total: {
    type: 'counter',
    help: 'Times that a worker process was started again after it ended by itself.',
  },
  whosecall_series_max: {
    type: 'gauge',
    help: 'Most series that this process can expose with its config and its partitions.',
    aggregate: 'max',
  },
  whosecall_series_capped_total: {
    type: 'counter',
    help: 'Counts that went to __other__ or were left out because a metric had its most series.',
    labels: { metric: 'assigned' },
  },
  whosecall_batch_duration_seconds: {
    type: 'histogram',
    help: 'Time from a batch handed in to its messages handed to the exporter.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  },
  whosecall_rebalances_total: {
    type: 'counter',
    help: 'Times that partitions were assigned anew.',
  },
  whosecall_client_restarts_total: {
    type: 'counter',
    help: 'Times that the bus client had to be started again.',
  },
  whosecall_corrupt_responses_total: {
    type: 'counter',
    help: 'Responses of a broker that were wrong in length or checksum, and asked for again.',
  },
  whosecall_limits_hit_total: {
    type: 'counter',
    help: 'Times that a bound was reached, by bound.',
    labels: { limit: LIMITS },
  },
  whosecall_build_info: {
    type: 'gauge',
    help: 'Always 1; the label says which version runs.',
    labels: { version: 'assigned' },
    aggregate: 'first',
  },
} as const satisfies Readonly<Record<string, MetricRow>>

export type MetricName = keyof typeof CATALOGUE
