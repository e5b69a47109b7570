import { createCallMaker, type Call } from './call.ts'
import { DEMO_TOPICS, type Caller, type DemoSource } from './callers.ts'
import { CALLERS, SHADOW_CALLERS } from './cast.ts'
import { createRandom, type Random } from './random.ts'
import { bedrockRecord } from './records/bedrock.ts'
import { claudeCodeRecord } from './records/claude-code.ts'
import { envoyRecord } from './records/envoy.ts'
import { kongRecord } from './records/kong.ts'
import { litellmRecord } from './records/litellm.ts'
import { otelRecord } from './records/otel.ts'

/**
 * The demo's story as a stream of raw log records, one call per message. At first about four calls in five can be
 * attributed. After three fifths of the events a service appears that nobody registered: it is known by its address only
 * and takes a growing share of the traffic, so the unattributed rate climbs over the alert line. Nothing here depends on
 * the clock: the same seed and length give the same bytes.
 */
export interface GeneratedEvent {
  readonly topic: string
  readonly source: DemoSource
  readonly key: Buffer | null
  readonly value: Buffer
  /** Epoch milliseconds; strictly increasing, so it also numbers the events. */
  readonly timestamp: number
  readonly caller: Caller
}

export interface GenerateOptions {
  readonly seed: number
  /** How many; without it the stream has no end and the story is paced for a viewer. */
  readonly events?: number
  /** Epoch milliseconds of the first event; a fixed time unless somebody watches. */
  readonly start_ms?: number
  /** Between two events, at least 1. */
  readonly spacing_ms?: number
}

/** 2026-11-19T12:00:00Z */
export const BASE_MS = 1_795_089_600_000
const EVENT_SPACING_MS = 3
const ENDLESS_STORY_EVENTS = 10_000
const SHADOW_FROM = 0.6
const SHADOW_RAMP = 0.15
const SHADOW_SHARE = 0.4

export function* generate(options: GenerateOptions): Generator<GeneratedEvent> {
  const random = createRandom(options.seed)
  const makeCall = createCallMaker(random)
  const story = options.events ?? ENDLESS_STORY_EVENTS
  const { start_ms = BASE_MS, spacing_ms = EVENT_SPACING_MS } = options
  for (let index = 0; index < (options.events ?? Number.POSITIVE_INFINITY); index += 1) {
    const caller = pickCaller(random, shadowShare(index / story))
    const timestamp = start_ms + Math.floor(index * spacing_ms)
    const call = makeCall(caller, timestamp)
    yield {
      topic: DEMO_TOPICS[caller.source],
      source: caller.source,
      key: Buffer.from(call.session_id),
      value: Buffer.from(JSON.stringify(recordOf(call, caller))),
      timestamp,
      caller,
    }
  }
}

/** Share of the traffic that comes from the unregistered service at this point of the story (0 … 1 and beyond). */
export function shadowShare(progress: number): number {
  return SHADOW_SHARE * Math.min(1, Math.max(0, (progress - SHADOW_FROM) / SHADOW_RAMP))
}

function pickCaller(random: Random, shadow_share: number): Caller {
  if (random.unit() < shadow_share) return random.pick(SHADOW_CALLERS)
  let ticket = random.unit() * 100
  for (const caller of CALLERS) {
    ticket -= caller.weight
    if (ticket < 0) return caller
  }
  throw new Error('the weights of the callers do not add up to 100')
}

function recordOf(call: Call, caller: Caller): object {
  switch (caller.source) {
    case 'litellm':
      return litellmRecord(call, caller)
    case 'kong-ai-proxy':
      return kongRecord(call, caller)
    case 'envoy-ai-gateway':
      return envoyRecord(call, caller)
    case 'aws-bedrock-invocation':
      return bedrockRecord(call, caller)
    case 'otel-genai-logs':
      return otelRecord(call, caller)
    case 'claude-code-otel':
      return claudeCodeRecord(call, caller)
    default:
      return caller satisfies never
  }
}
