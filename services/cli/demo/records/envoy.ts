import type { Call } from '../call.ts'
import type { EnvoyCaller } from '../callers.ts'

/** An access log line of Envoy AI Gateway: no prompt, and no identity but what the operator adds (here: JWT claims). */
export function envoyRecord(call: Call, caller: EnvoyCaller): object {
  return {
    ':authority': 'llm.example.com',
    bytes_received: call.prompt.length + 380,
    bytes_sent: call.completion.length + 290,
    connection_termination_details: null,
    downstream_local_address: '198.51.100.20:1975',
    downstream_remote_address: `${caller.address}:${32_768 + (call.start_ms % 28_000)}`,
    duration: call.duration_ms,
    'gen_ai.provider.name': 'ai/openai-prod/route/chat/rule/0/ref/0',
    'gen_ai.request.model': caller.model,
    'gen_ai.response.model': caller.model,
    'gen_ai.usage.input_tokens': call.input_tokens,
    'gen_ai.usage.output_tokens': call.output_tokens,
    'gen_ai.usage.total_tokens': call.input_tokens + call.output_tokens,
    method: 'POST',
    protocol: 'HTTP/2',
    requested_server_name: null,
    response_code: 200,
    response_code_details: 'via_upstream',
    response_flags: '-',
    route_name: 'httproute/ai/chat/rule/0/match/0/*',
    'session.id': null,
    start_time: new Date(call.start_ms).toISOString(),
    upstream_cluster: 'httproute/ai/chat/rule/0',
    upstream_host: '203.0.113.200:443',
    upstream_transport_failure_reason: null,
    'user-agent': caller.user_agent,
    'x-envoy-origin-path': '/v1/chat/completions',
    'x-envoy-upstream-service-time': String(call.duration_ms - 20),
    'x-forwarded-for': caller.address,
    'x-request-id': call.id,
    ...(caller.jwt_sub === undefined
      ? {}
      : { 'jwt.sub': caller.jwt_sub, 'jwt.iss': 'https://kubernetes.default.svc' }),
  }
}
