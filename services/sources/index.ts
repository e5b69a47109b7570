import type { Source } from '#/core/source.ts'
import type { Encoding } from '#/core/words.ts'
import { agentgateway } from './agentgateway.ts'
import { anthropicOrg } from './anthropic-org.ts'
import { apisixAiProxy } from './apisix-ai-proxy.ts'
import { awsBedrockInvocation } from './aws-bedrock-invocation.ts'
import { awsCloudtrailBedrock } from './aws-cloudtrail-bedrock.ts'
import { azureApimLlm } from './azure-apim-llm.ts'
import { azureOpenaiDiagnostic } from './azure-openai-diagnostic.ts'
import { bifrost } from './bifrost.ts'
import { claudeCodeOtel } from './claude-code-otel.ts'
import { cloudflareAiGateway } from './cloudflare-ai-gateway.ts'
import { codexOtel } from './codex-otel.ts'
import { databricksAiGateway } from './databricks-ai-gateway.ts'
import { envoyAiGateway } from './envoy-ai-gateway.ts'
import { gcpVertexAudit } from './gcp-vertex-audit.ts'
import { gcpVertexRequestResponse } from './gcp-vertex-request-response.ts'
import { geminiCliOtel } from './gemini-cli-otel.ts'
import { helicone } from './helicone.ts'
import { kongAiProxy } from './kong-ai-proxy.ts'
import { langfuse } from './langfuse.ts'
import { litellm } from './litellm.ts'
import { openaiOrg } from './openai-org.ts'
import { otelGenaiLogs } from './otel-genai-logs.ts'
import { otelGenaiSpans } from './otel-genai-spans.ts'
import { portkey } from './portkey.ts'
import { truefoundry } from './truefoundry.ts'
import { vllm } from './vllm.ts'

/**
 * The table of sources. Its order is the order in which `source: auto` tries them; a source without discriminating fields
 * of its own takes what is left of its encoding, so it stands last.
 */

export { sourceFromConfig } from './custom.ts'
export { CustomSourceConfig } from './custom-config.ts'

export const SOURCES: readonly Source[] = [
  litellm,
  awsBedrockInvocation,
  awsCloudtrailBedrock,
  azureApimLlm,
  azureOpenaiDiagnostic,
  gcpVertexAudit,
  gcpVertexRequestResponse,
  openaiOrg,
  anthropicOrg,
  apisixAiProxy,
  agentgateway,
  portkey,
  helicone,
  cloudflareAiGateway,
  langfuse,
  databricksAiGateway,
  truefoundry,
  bifrost,
  kongAiProxy,
  envoyAiGateway,
  vllm,
  claudeCodeOtel,
  codexOtel,
  geminiCliOtel,
  otelGenaiSpans,
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
