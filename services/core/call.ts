import type { EventValues, FieldRead } from './view.ts'

/**
 * What a record says about its call beside who made it, in words that all sources share. It decides nothing; output shapes
 * with fields of their own are filled from it.
 */
export interface CallFacts {
  /** What was asked for, as the source names it: an operation, a route, an event. */
  readonly operation?: string
  readonly provider?: string
  /** The model that was asked for, and the one that answered. */
  readonly requested_model?: string
  readonly model?: string
  /** Id of the call or of its answer, given by the provider or the gateway. */
  readonly request_id?: string
  readonly session_id?: string
  readonly trace_id?: string
  readonly span_id?: string
  readonly user_agent?: string
  readonly agent_id?: string
  readonly agent_name?: string
  readonly status?: 'success' | 'failure'
  /** Canonical address of the client. */
  readonly address?: string
  /** Both with what came from caches; absent when the record does not say. */
  readonly input_tokens?: number
  readonly output_tokens?: number
}

/** Reads the facts of events that were recognised as one of the sources it was made for. */
export interface CallReader {
  readonly fields: readonly FieldRead[]
  read(source: string, values: EventValues): CallFacts
}
