import type { Source } from '#/core/source.ts'
import type { Encoding } from '#/core/words.ts'
import { awsBedrockInvocation } from './aws-bedrock-invocation.ts'
import { claudeCodeOtel } from './claude-code-otel.ts'
import { envoyAiGateway } from './envoy-ai-gateway.ts'
import { kongAiProxy } from './kong-ai-proxy.ts'
import { litellm } from './litellm.ts'
import { otelGenaiLogs } from './otel-genai-logs.ts'

/**
 * The table of sources. Its order is the order in which `source: auto` tries them; a source without discriminating fields
 * of its own takes what is left of its encoding, so it stands last.
 */

export { CustomSourceConfig, sourceFromConfig } from './custom.ts'

export const SOURCES: readonly Source[] = [
  awsBedrockInvocation,
  litellm,
  kongAiProxy,
  envoyAiGateway,
  claudeCodeOtel,
  otelGenaiLogs,
]

export function sourceNamed(name: string): Source | undefined {
  return SOURCES.find((source) => source.name === name)
}

/** The sources that `auto` chooses from in an encoding. */
export function sourcesOf(encoding: Encoding, sources: readonly Source[] = SOURCES): Source[] {
  const is_otlp = encoding !== 'json'
  return sources.filter((source) => (source.encoding !== 'json') === is_otlp)
}
