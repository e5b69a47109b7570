import { createHash } from 'node:crypto'
import type { Reason } from '#/core/words.ts'
import type { Texture } from './prompts.ts'

/**
 * A caller of the demo: who calls models, through what, and with which identity in the log. `expects` says what whosecall
 * should find; a test checks it against the worker. The cast itself stands in `cast.ts`.
 */
interface CallerBase {
  readonly name: string
  readonly weight: number
  readonly texture: Texture
  readonly model: string
  readonly address: string
  readonly user_agent: string
  /** An owner id, or why there is none. */
  readonly expects: `team:${string}` | Reason
}
export interface LitellmCaller extends CallerBase {
  readonly source: 'litellm'
  readonly key_alias?: string
  readonly master_key?: true
  readonly user_id?: string
  readonly team?: { readonly id: string; readonly alias: string }
}
export interface KongCaller extends CallerBase {
  readonly source: 'kong-ai-proxy'
  readonly consumer?: {
    readonly id: string
    readonly username: string
    readonly tags?: readonly string[]
  }
}
export interface EnvoyCaller extends CallerBase {
  readonly source: 'envoy-ai-gateway'
  readonly jwt_sub?: string
}
export interface BedrockCaller extends CallerBase {
  readonly source: 'aws-bedrock-invocation'
  readonly role: string
  readonly session: string
}
export interface OtelCaller extends CallerBase {
  readonly source: 'otel-genai-logs'
  readonly service: readonly (readonly [key: string, value: string])[]
}
export interface ClaudeCodeCaller extends CallerBase {
  readonly source: 'claude-code-otel'
  readonly email: string
  /** The subject that the gateway verified, when the call came through it. */
  readonly verified_subject?: string
}
export type Caller =
  LitellmCaller | KongCaller | EnvoyCaller | BedrockCaller | OtelCaller | ClaudeCodeCaller

export type DemoSource = Caller['source']

/** Each source writes to its own topic, as it would in production. */
export const DEMO_TOPICS: Readonly<Record<DemoSource, string>> = {
  litellm: 'ai.calls.litellm',
  'kong-ai-proxy': 'ai.calls.kong',
  'envoy-ai-gateway': 'ai.calls.envoy',
  'aws-bedrock-invocation': 'ai.calls.bedrock',
  'otel-genai-logs': 'ai.calls.otel',
  'claude-code-otel': 'ai.calls.claude-code',
}

/** LiteLLM logs the SHA-256 of a key, never the key. */
export function keyHash(alias: string): string {
  return createHash('sha256').update(`whosecall-demo/${alias}`).digest('hex')
}
