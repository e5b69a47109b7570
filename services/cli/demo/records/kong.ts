import type { Call } from '../call.ts'
import type { KongCaller } from '../callers.ts'

/** Kong's log serializer with the statistics and payload of the ai-proxy plugin. */
export function kongRecord(call: Call, caller: KongCaller): object {
  const { consumer } = caller
  const anonymous = consumer === undefined || consumer.username === 'anonymous'
  return {
    request: {
      id: call.id.replaceAll('-', ''),
      uri: '/llm/chat',
      url: 'https://llm.example.com:8443/llm/chat',
      querystring: {},
      method: 'POST',
      headers: {
        host: 'llm.example.com',
        'content-type': 'application/json',
        'user-agent': caller.user_agent,
        ...(anonymous
          ? { 'x-anonymous-consumer': 'true' }
          : { authorization: 'REDACTED', 'x-consumer-username': consumer.username }),
      },
      size: call.prompt.length + 420,
    },
    upstream_uri: '/v1/chat/completions',
    upstream_status: '200',
    response: {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-kong-llm-model': `openai/${caller.model}` },
      size: call.completion.length + 310,
    },
    latencies: { kong: 6, proxy: call.duration_ms, request: call.duration_ms + 7, receive: 1 },
    tries: [{ ip: '203.0.113.200', port: 443, balancer_latency: 0 }],
    ...(anonymous
      ? {}
      : { authenticated_entity: { id: call.session_id, consumer_id: consumer.id } }),
    route: { id: '1906404a-3ec0-4e88-8d0f-4eed0224f626', name: 'llm-chat', paths: ['/llm/chat'] },
    service: { id: 'b47c33f9-04d0-4307-8f5a-35c0854aca2d', name: 'llm', host: 'api.openai.com' },
    ...(consumer === undefined
      ? {}
      : { consumer: { ...consumer, created_at: 1_755_000_000, tags: consumer.tags ?? null } }),
    client_ip: caller.address,
    started_at: call.start_ms,
    source: 'upstream',
    workspace: '4947e26b-15c9-47d2-89f9-f85e167e5871',
    workspace_name: 'default',
    ai: {
      proxy: {
        meta: {
          plugin_id: 'ccff10d3-b60e-43c3-8502-62cd19254367',
          provider_name: 'openai',
          request_model: caller.model,
          response_model: caller.model,
          llm_latency: call.duration_ms,
        },
        usage: {
          prompt_tokens: call.input_tokens,
          completion_tokens: call.output_tokens,
          total_tokens: call.input_tokens + call.output_tokens,
          cost: call.cost_usd,
        },
        payload: {
          request: JSON.stringify({
            model: caller.model,
            messages: [
              { role: 'system', content: call.system },
              { role: 'user', content: call.prompt },
            ],
          }),
          response: JSON.stringify({
            choices: [{ message: { role: 'assistant', content: call.completion } }],
          }),
        },
        cache: {},
      },
    },
    trace_id: { w3c: call.trace_id },
    correlation_id: call.session_id,
  }
}
