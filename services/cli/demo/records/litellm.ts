import type { Call } from '../call.ts'
import { keyHash, type LitellmCaller } from '../callers.ts'

/** LiteLLM's StandardLoggingPayload, as a custom callback puts it on a topic. */
export function litellmRecord(call: Call, caller: LitellmCaller): object {
  const passthrough = caller.key_alias === undefined && caller.master_key === undefined
  const end_ms = call.start_ms + call.duration_ms
  return {
    id: `chatcmpl-${call.id.slice(0, 8)}`,
    trace_id: call.trace_id,
    session_id: call.session_id,
    litellm_call_id: call.id,
    call_type: passthrough ? 'pass_through_endpoint' : 'acompletion',
    stream: false,
    response_cost: call.cost_usd,
    status: 'success',
    status_fields: { llm_api_status: 'success', guardrail_status: 'not_run' },
    custom_llm_provider: caller.model.startsWith('claude') ? 'bedrock' : 'openai',
    total_tokens: call.input_tokens + call.output_tokens,
    prompt_tokens: call.input_tokens,
    completion_tokens: call.output_tokens,
    startTime: call.start_ms / 1000,
    endTime: end_ms / 1000,
    completionStartTime: (call.start_ms + 180) / 1000,
    response_time: call.duration_ms / 1000,
    model: caller.model,
    model_group: caller.model,
    api_base: 'https://llm.example.com/v1',
    metadata: metadata(caller, passthrough),
    cache_hit: false,
    cache_key: null,
    saved_cache_cost: 0,
    request_tags: caller.user_agent === '' ? [] : [`User-Agent: ${caller.user_agent}`],
    end_user: '',
    requester_ip_address: caller.address,
    user_agent: caller.user_agent,
    messages: [
      { role: 'system', content: call.system },
      { role: 'user', content: call.prompt },
    ],
    response: {
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: call.completion },
        },
      ],
    },
    error_str: null,
    model_parameters: { stream: false, temperature: 0.2 },
    guardrail_information: null,
  }
}

function metadata(caller: LitellmCaller, passthrough: boolean): object {
  const hash = caller.master_key ? 'litellm_proxy_master_key' : keyHash(caller.key_alias ?? '')
  return {
    user_api_key_hash: passthrough ? null : hash,
    user_api_key_alias: caller.key_alias ?? null,
    user_api_key_org_id: null,
    user_api_key_team_id: caller.team?.id ?? null,
    user_api_key_team_alias: caller.team?.alias ?? null,
    user_api_key_project_id: null,
    user_api_key_user_id: caller.user_id ?? null,
    user_api_key_user_email: null,
    user_api_key_end_user_id: null,
    user_api_key_request_route: passthrough
      ? '/openai_passthrough/v1/embeddings'
      : '/chat/completions',
    user_api_key_auth_metadata: null,
    spend_logs_metadata: null,
    requester_ip_address: caller.address,
    user_agent: caller.user_agent,
    requester_metadata: {},
    requester_custom_headers: {},
    mcp_tool_call_metadata: null,
    applied_guardrails: [],
  }
}
