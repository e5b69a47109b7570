import assert from 'node:assert/strict'
import test from 'node:test'
import { SOURCES, sourceNamed } from '#/sources/index.ts'
import { otlp, read } from './reading.ts'

/** Which record of a source is a call, what the others are, when the call was, and what is no record of the source at all. */

const AT = '2026-11-19T12:00:00.104Z'
const AT_MS = Date.parse(AT)

type Class = 'call' | 'tool_call' | 'context' | 'repeat' | 'admin' | 'usage_bucket' | 'wrong_shape'
type Row = readonly [source: string, event: unknown, expected: Class]

const vertex = (methodName: string, operation?: object) => ({
  protoPayload: { methodName },
  ...(operation === undefined ? {} : { operation }),
})
const spanOf = (type: string) => ({ spanAttributes: { 'tfy.span_type': type } })
const named = (name: string, more: object = {}) => otlp({ 'event.name': name, ...more })
const inference = (record: Record<string, unknown>) =>
  otlp(record, {}, { eventName: 'gen_ai.client.inference.operation.details' })
const access = (line: string) => ({ log: `INFO:     192.0.2.1:9 - "${line} HTTP/1.1" 200 OK` })
const llm = { llm_summary: {} }

const ROWS: readonly Row[] = [
  ['litellm', { call_type: 'acompletion' }, 'call'],
  ['litellm', { call_type: 'call_mcp_tool' }, 'tool_call'],
  [
    'litellm',
    { call_type: 'acompletion', metadata: { mcp_tool_call_metadata: { name: 'x' } } },
    'tool_call',
  ],
  ['litellm', { call_type: 'alist_fine_tuning_jobs' }, 'admin'],
  ['litellm', { call_type: 'afile_content' }, 'admin'],
  ['litellm', { call_type: 'aretrieve_batch' }, 'admin'],
  ['litellm', { model: 'm' }, 'wrong_shape'],
  ['envoy-ai-gateway', { start_time: AT }, 'call'],
  ['envoy-ai-gateway', { start_time: AT, mcp_method: 'tools/call' }, 'tool_call'],
  ['envoy-ai-gateway', { start_time: AT, path: '/v1/models' }, 'admin'],
  ['envoy-ai-gateway', { start_time: AT, ':path': '/v1/models?limit=1' }, 'admin'],
  ['envoy-ai-gateway', { start_time: AT, 'x-envoy-original-path': '/v1/models/m' }, 'admin'],
  ['envoy-ai-gateway', { time: AT }, 'wrong_shape'],
  ['kong-ai-proxy', { started_at: 1, ai: { proxy: {} } }, 'call'],
  ['kong-ai-proxy', { started_at: 1, ai: { proxy: {}, mcp: {} } }, 'call'],
  ['kong-ai-proxy', { started_at: 1, ai: { mcp: {} } }, 'tool_call'],
  ['kong-ai-proxy', { started_at: 1, ai: { a2a: {} } }, 'tool_call'],
  ['kong-ai-proxy', { started_at: 1 }, 'context'],
  ['kong-ai-proxy', { ai: {} }, 'wrong_shape'],
  ['apisix-ai-proxy', { route_id: 'r', ...llm }, 'call'],
  ['apisix-ai-proxy', llm, 'call'],
  ['apisix-ai-proxy', { route_id: 'r' }, 'context'],
  ['apisix-ai-proxy', { consumer: {} }, 'wrong_shape'],
  ['agentgateway', { protocol: 'llm' }, 'call'],
  ['agentgateway', { protocol: 'mcp' }, 'tool_call'],
  ['agentgateway', { protocol: 'a2a' }, 'tool_call'],
  ['agentgateway', { protocol: 'http' }, 'context'],
  ['agentgateway', { 'src.addr': 'x' }, 'wrong_shape'],
  ['portkey', { ai_model: 'm' }, 'call'],
  ['portkey', { virtual_key: 'x' }, 'wrong_shape'],
  ['helicone', { log: { request: {} } }, 'call'],
  ['helicone', { log: {} }, 'wrong_shape'],
  ['cloudflare-ai-gateway', { provider: 'p' }, 'call'],
  ['cloudflare-ai-gateway', { Gateway: 'g' }, 'call'],
  ['cloudflare-ai-gateway', { metadata: '{}' }, 'wrong_shape'],
  ['langfuse', { batch: [{ type: 'generation-create', body: {} }] }, 'call'],
  ['langfuse', { type: 'embedding-create', body: {} }, 'call'],
  ['langfuse', { type: 'generation-update', body: {} }, 'repeat'],
  ['langfuse', { type: 'trace-create', body: {} }, 'context'],
  ['langfuse', { type: 'generation-create' }, 'wrong_shape'],
  ['databricks-ai-gateway', { request_id: 'r' }, 'call'],
  ['databricks-ai-gateway', { databricks_request_id: 'r' }, 'call'],
  ['databricks-ai-gateway', { request_id: 'r', mcp_metadata: { x: 1 } }, 'tool_call'],
  ['databricks-ai-gateway', { request_id: 'r', api_type: 'mcp' }, 'tool_call'],
  ['databricks-ai-gateway', { request_id: 'r', sampling_fraction: 1 }, 'repeat'],
  ['databricks-ai-gateway', { usage_metadata: { model: 'm' } }, 'usage_bucket'],
  ['databricks-ai-gateway', { requester: 'x' }, 'wrong_shape'],
  ['vllm', { log: 'INFO 11-19 10:00:00 [logger.py:41] Received request r: x' }, 'call'],
  ['vllm', { log: 'INFO 11-19 10:00:00 [async_llm.py:9] Added request r.' }, 'call'],
  ['vllm', access('POST /v1/completions'), 'call'],
  ['vllm', access('GET /v1/models'), 'admin'],
  ['vllm', access('POST /tokenize'), 'admin'],
  ['vllm', { log: 'Avg prompt throughput: 1.0 tokens/s' }, 'context'],
  ['vllm', { message: 'x' }, 'wrong_shape'],
  ['truefoundry', spanOf('Model'), 'call'],
  ['truefoundry', spanOf('ChatCompletion'), 'repeat'],
  ['truefoundry', spanOf('MCP'), 'tool_call'],
  ['truefoundry', spanOf('Tool'), 'tool_call'],
  ['truefoundry', spanOf('Guardrail'), 'context'],
  ['truefoundry', { createdBySubject: {} }, 'wrong_shape'],
  ['bifrost', { kind: 'call' }, 'call'],
  ['bifrost', { kind: 'mcp' }, 'tool_call'],
  ['bifrost', { kind: 'plugin' }, 'context'],
  ['bifrost', { virtual_key_id: 'x' }, 'wrong_shape'],
  ['aws-bedrock-invocation', { schemaType: 'ModelInvocationLog' }, 'call'],
  ['aws-bedrock-invocation', { modelId: 'm' }, 'wrong_shape'],
  ...['Converse', 'ConverseStream', 'InvokeModel', 'InvokeModelWithResponseStream'].map(
    (name): Row => ['aws-cloudtrail-bedrock', { Records: [{ eventName: name }] }, 'call'],
  ),
  ...['InvokeAgent', 'InvokeInlineAgent', 'InvokeFlow', 'RetrieveAndGenerate'].map((name): Row => [
    'aws-cloudtrail-bedrock',
    { eventName: name },
    'repeat',
  ]),
  ...['InvokeGateway', 'InvokeAgentRuntime'].map((name): Row => [
    'aws-cloudtrail-bedrock',
    { eventName: name },
    'tool_call',
  ]),
  ['aws-cloudtrail-bedrock', { eventName: 'ListFoundationModels' }, 'admin'],
  ['aws-cloudtrail-bedrock', { userIdentity: {} }, 'wrong_shape'],
  ['azure-openai-diagnostic', { records: [{ category: 'RequestResponse' }] }, 'call'],
  ...['ListKey', 'Models_List', 'GetDeployment', 'Deployments_Get', 'Files_Delete'].map(
    (operationName): Row => [
      'azure-openai-diagnostic',
      { category: 'RequestResponse', operationName },
      'admin',
    ],
  ),
  ['azure-openai-diagnostic', { category: 'Audit' }, 'admin'],
  ['azure-openai-diagnostic', { properties: {} }, 'wrong_shape'],
  ['azure-apim-llm', { category: 'GatewayLogs' }, 'call'],
  ['azure-apim-llm', { Type: 'ApiManagementGatewayLogs' }, 'call'],
  ['azure-apim-llm', { Type: 'ApiManagementGatewayLlmLog', SequenceNumber: 3 }, 'repeat'],
  ['azure-apim-llm', { category: 'GatewayLlmLogs' }, 'repeat'],
  ['azure-apim-llm', { category: 'WebSocketConnectionLogs' }, 'context'],
  ['azure-apim-llm', { properties: {} }, 'wrong_shape'],
  ...['GenerateContent', 'google.cloud.aiplatform.v1.X.StreamGenerateContent'].map((name): Row => [
    'gcp-vertex-audit',
    vertex(name),
    'call',
  ]),
  ...['RawPredict', 'x.Predict', 'EmbedContent', 'x.EmbedContent', 'ChatCompletions'].map(
    (name): Row => ['gcp-vertex-audit', vertex(name), 'call'],
  ),
  ['gcp-vertex-audit', vertex('GenerateContent', { first: true, last: true }), 'call'],
  ['gcp-vertex-audit', vertex('GenerateContent', { last: true }), 'repeat'],
  ['gcp-vertex-audit', vertex('CountTokens'), 'admin'],
  ['gcp-vertex-audit', { logName: 'x' }, 'wrong_shape'],
  ['gcp-vertex-request-response', { api_method: 'GenerateContent' }, 'call'],
  ['gcp-vertex-request-response', { endpoint: 'x' }, 'wrong_shape'],
  ['openai-org', { object: 'page', data: [{ results: [{}] }] }, 'usage_bucket'],
  ['openai-org', { object: 'list', data: [{ id: 'x' }] }, 'admin'],
  ['openai-org', { data: [{ results: [{}] }] }, 'wrong_shape'],
  ['anthropic-org', { data: [{ results: [{}] }] }, 'usage_bucket'],
  ['anthropic-org', { results: [] }, 'wrong_shape'],
  ['claude-code-otel', named('api_request'), 'call'],
  ['claude-code-otel', named('claude_code.api_error'), 'call'],
  ['claude-code-otel', named('tool_result'), 'tool_call'],
  ['claude-code-otel', named('user_prompt'), 'context'],
  ['codex-otel', named('codex.sse_event', { 'event.kind': 'response.completed' }), 'call'],
  ['codex-otel', named('codex.sse_event', { 'event.kind': 'response.failed' }), 'call'],
  ['codex-otel', named('codex.sse_event', { 'event.kind': 'response.created' }), 'repeat'],
  ['codex-otel', named('codex.api_request'), 'repeat'],
  ['codex-otel', named('codex.tool_result'), 'tool_call'],
  ['codex-otel', named('codex.user_prompt'), 'context'],
  ['gemini-cli-otel', named('gemini_cli.api_response'), 'call'],
  ['gemini-cli-otel', named('gemini_cli.api_error'), 'call'],
  ['gemini-cli-otel', named('gemini_cli.api_request'), 'repeat'],
  ['gemini-cli-otel', named('gen_ai.client.inference.operation.details'), 'repeat'],
  ['gemini-cli-otel', named('gemini_cli.tool_call'), 'tool_call'],
  ['gemini-cli-otel', named('gemini_cli.config'), 'context'],
  ...['chat', 'generate_content', 'text_completion', 'embeddings'].map((name): Row => [
    'otel-genai-logs',
    inference({ 'gen_ai.operation.name': name }),
    'call',
  ]),
  ['otel-genai-logs', inference({ 'gen_ai.operation.name': 'execute_tool' }), 'tool_call'],
  ['otel-genai-logs', inference({ 'gen_ai.operation.name': 'invoke_agent' }), 'repeat'],
  ['otel-genai-logs', inference({ 'gen_ai.operation.name': 'create_agent' }), 'context'],
  ...['LLM', 'EMBEDDING'].map((kind): Row => [
    'otel-genai-logs',
    inference({ 'openinference.span.kind': kind }),
    'call',
  ]),
  ['otel-genai-logs', inference({ 'openinference.span.kind': 'TOOL' }), 'tool_call'],
  ...['AGENT', 'CHAIN'].map((kind): Row => [
    'otel-genai-logs',
    inference({ 'openinference.span.kind': kind }),
    'repeat',
  ]),
  ['otel-genai-logs', inference({ 'openinference.span.kind': 'RETRIEVER' }), 'context'],
  ['otel-genai-logs', inference({ 'traceloop.span.kind': 'tool' }), 'tool_call'],
  ['otel-genai-logs', inference({ 'traceloop.span.kind': 'workflow' }), 'repeat'],
  ...[
    'gen_ai.request.model',
    'gen_ai.response.model',
    'llm.model_name',
    'llm.request.model_name',
    'llm.response.model_name',
    'llm.request.type',
  ].map((name): Row => ['otel-genai-logs', inference({ [name]: 'x' }), 'call']),
  ['otel-genai-logs', inference({}), 'context'],
  ['otel-genai-logs', named('app.started', { 'gen_ai.operation.name': 'chat' }), 'context'],
]

for (const [name, event, expected] of ROWS)
  test(`${name}: ${JSON.stringify(event).slice(0, 160)} is ${expected}`, () => {
    const source = sourceNamed(name)
    assert.ok(source)
    const { class: event_class = 'call', failure } = read(source, event)
    assert.equal(failure ?? event_class, expected)
  })

const SECONDS = AT_MS / 1000
const NANOSECONDS = `${AT_MS}000000`

const TIMES: readonly (readonly [source: string, event: unknown, time_ms?: number])[] = [
  ['litellm', { call_type: 'x', startTime: SECONDS }],
  ['envoy-ai-gateway', { start_time: AT }],
  ['kong-ai-proxy', { started_at: AT_MS, ai: { proxy: {} } }],
  ['apisix-ai-proxy', { ...llm, start_time: AT_MS }],
  ['agentgateway', { protocol: 'llm', time: AT }],
  ['portkey', { ai_model: 'm', created_at: AT }],
  ['helicone', { log: { request: { requestCreatedAt: AT } } }],
  ['cloudflare-ai-gateway', { provider: 'p', created_at: AT }],
  ['langfuse', { type: 'generation-create', body: { startTime: AT } }],
  ['databricks-ai-gateway', { request_id: 'r', event_time: AT, request_time: '2020-01-01' }],
  ['databricks-ai-gateway', { databricks_request_id: 'r', request_time: AT }],
  [
    'databricks-ai-gateway',
    { usage_metadata: {}, usage_date: '2026-11-19' },
    Date.parse('2026-11-19'),
  ],
  ['vllm', { log: 'x', '@timestamp': AT }],
  ['truefoundry', { spanAttributes: {}, timestamp: AT }],
  ['bifrost', { kind: 'call', timestamp: AT }],
  ['aws-bedrock-invocation', { schemaType: 'ModelInvocationLog', timestamp: AT }],
  ['aws-cloudtrail-bedrock', { eventName: 'Converse', eventTime: AT }],
  ['azure-openai-diagnostic', { category: 'RequestResponse', time: AT }],
  ['azure-apim-llm', { category: 'GatewayLogs', time: AT, TimeGenerated: '2020-01-01' }],
  ['azure-apim-llm', { Type: 'ApiManagementGatewayLogs', TimeGenerated: AT }],
  ['gcp-vertex-audit', { protoPayload: {}, timestamp: AT }],
  ['gcp-vertex-request-response', { api_method: 'x', logging_time: '2026-11-19 12:00:00.104 UTC' }],
  [
    'openai-org',
    { object: 'page', data: [{ start_time: 1_795_046_400, results: [{}] }] },
    1_795_046_400_000,
  ],
  ['anthropic-org', { data: [{ starting_at: AT, results: [{}] }] }],
  ...['claude-code-otel', 'codex-otel', 'gemini-cli-otel', 'otel-genai-logs'].flatMap((name) => [
    [name, otlp({}, {}, { timeUnixNano: NANOSECONDS, observedTimeUnixNano: '1' })] as const,
    [name, otlp({}, {}, { timeUnixNano: '0', observedTimeUnixNano: NANOSECONDS })] as const,
  ]),
  [
    'otel-genai-spans',
    {
      resourceSpans: [
        {
          scopeSpans: [
            { spans: [{ startTimeUnixNano: NANOSECONDS, endTimeUnixNano: '9', attributes: [] }] },
          ],
        },
      ],
    },
  ],
]

for (const [name, event, time_ms = AT_MS] of TIMES)
  test(`${name}: the time of ${JSON.stringify(event).slice(0, 120)}`, () => {
    const source = sourceNamed(name)
    assert.ok(source)
    assert.equal(read(source, event).time, time_ms)
  })

test('each source has its classes and its times here', () => {
  const names = SOURCES.map(({ name }) => name)
  const rows = new Set(ROWS.map(([name]) => name))
  const times = new Set(TIMES.map(([name]) => name))
  assert.deepEqual(
    names.filter((name) => !times.has(name)),
    [],
  )
  assert.deepEqual(
    names.filter((name) => !rows.has(name)),
    ['otel-genai-spans'],
  )
  assert.deepEqual(
    sourceNamed('otel-genai-spans')?.classes,
    sourceNamed('otel-genai-logs')?.classes.slice(1),
  )
})
