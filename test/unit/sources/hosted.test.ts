import { testRows, type Row } from './rows.ts'

/** Gateways, hosted gateways and servers: one row is one event and what must be read of it. */

const ROWS: readonly Row[] = [
  [
    'apisix: the consumer is the credential and its group a scope; headers say nothing',
    'apisix-ai-proxy',
    {
      route_id: 'r',
      consumer: { username: 'bot', group_id: 'g1' },
      request: { headers: { 'x-consumer-username': 'forged', 'x-forwarded-for': '192.0.2.1' } },
      llm_summary: { end_user_id: 'Ana@example.com', prompt_tokens: '12', completion_tokens: '3' },
      start_time: 1795089660760,
    },
    {
      class: undefined,
      keys: ['3 api_key=apisix/bot', '4 scope=apisix/group/g1', '7c mail=ana@example.com'],
      address: 'none',
      tokens: { input: 12, output: 3 },
      time: 1795089660760,
    },
  ],
  [
    'apisix: a route without model is no call',
    'apisix-ai-proxy',
    { route_id: 'r', client_ip: '192.0.2.1' },
    { class: 'context' },
  ],
  [
    'apisix: cached tokens beside the input of a provider that counts them so',
    'apisix-ai-proxy',
    { llm_summary: { prompt_tokens: 10, cache_read_input_tokens: 500, completion_tokens: 1 } },
    { tokens: { input: 10, cache_read: 500, output: 1 } },
  ],
  [
    'agentgateway: the certificate is the workload, the token the principal, the rest is less',
    'agentgateway',
    {
      protocol: 'llm',
      'src.identity': 'spiffe://Mesh.example.org/ns/a/sa/b/',
      'jwt.sub': 'u-1',
      'jwt.iss': 'https://idp',
      'agentgateway.user': 'key-1',
      'agentgateway.group': 'Claims',
      'src.addr': '[2001:db8::1]:9',
    },
    {
      keys: [
        '1 spiffe=spiffe://mesh.example.org/ns/a/sa/b',
        '2 user=https://idp|u-1',
        '3 api_key=agentgateway/key-1',
        '6 tenant_tag=team=claims',
        '6 team=claims',
      ],
      hints: ['ip=2001:db8::1'],
    },
  ],
  [
    'agentgateway: who acts for the subject of a token is a hop and no key',
    'agentgateway',
    {
      protocol: 'llm',
      'jwt.sub': 'u-1',
      'jwt.iss': 'https://idp',
      'jwt.act': { sub: 'agent-1', act: { sub: 'agent-2' } },
    },
    {
      keys: ['2 user=https://idp|u-1'],
      hops: ['user=https://idp|agent-1', 'user=https://idp|agent-2'],
    },
  ],
  [
    'agentgateway: a service account in the token is the workload',
    'agentgateway',
    { protocol: 'llm', 'jwt.sub': 'system:serviceaccount:ns:bot' },
    { keys: ['1 k8s_sa=agentgateway/ns/bot'] },
  ],
  [
    'agentgateway: agent to agent is a tool call',
    'agentgateway',
    { protocol: 'a2a' },
    { class: 'tool_call' },
  ],
  [
    'portkey: metadata may be a text; what the caller says there is claimed',
    'portkey',
    {
      ai_model: 'm',
      virtual_key: 'vk',
      workspace_slug: 'ws',
      metadata: '{"_user":"u-1","costCenter":"CC-1","client_ip":"192.0.2.1"}',
      created_at: 'Sat Oct 31 2026 23:59:59 GMT+0000',
    },
    {
      keys: [
        '3 api_key=portkey/vk',
        '4 scope=portkey/workspace/ws',
        '7b tenant_tag=cost_center=cc-1',
        '7b cost_center=cc-1',
        '7c user=portkey|u-1',
      ],
      hints: ['ip=192.0.2.1'],
      lost: 0,
      time: Date.parse('2026-10-31T23:59:59Z'),
    },
  ],
  [
    'portkey: metadata that does not parse is lost',
    'portkey',
    { ai_model: 'm', metadata: '{"a' },
    { lost: 1, keys: [] },
  ],
  [
    'helicone: the key of the proxy goes before that of the account, and ids keep their digits',
    'helicone',
    JSON.parse(
      '{"log":{"request":{"heliconeProxyKeyId":"p-1","heliconeApiKeyId":7,"userId":"u"}}}',
    ),
    { keys: ['3 api_key=helicone/p-1', '7c user=helicone|u'] },
  ],
  [
    'cloudflare: the verified subject is the principal, other cf names are nothing',
    'cloudflare-ai-gateway',
    {
      provider: 'openai',
      metadata: '{"cf.user_id":"s-1","cf.team":"no","Team":"claims","user":"u-1"}',
    },
    {
      keys: [
        '2 user=cloudflare|s-1',
        '7b tenant_tag=team=claims',
        '7b team=claims',
        '7c user=cloudflare|u-1',
      ],
      account: false,
    },
  ],
  [
    'cloudflare: metadata may be an object',
    'cloudflare-ai-gateway',
    { provider: 'openai', metadata: { 'cf.user_id': 's-1' } },
    { keys: ['2 user=cloudflare|s-1'] },
  ],
  [
    'cloudflare: metadata that does not parse is lost once',
    'cloudflare-ai-gateway',
    { provider: 'openai', metadata: '{"cf.user_id":"s-1"' },
    { keys: [], lost: 1 },
  ],
  [
    'cloudflare: on a claimed topic nothing is verified',
    'cloudflare-ai-gateway',
    { provider: 'openai', metadata: '{"cf.user_id":"s-1"}' },
    { keys: ['7a user=cloudflare|s-1'] },
    { trust: 'claimed' },
  ],
  [
    'langfuse: older events count prompts with their cache, newer ones without',
    'langfuse',
    { type: 'generation-create', body: { usage: { promptTokens: 410, completionTokens: 62 } } },
    { tokens: { input: 410, output: 62 } },
  ],
  [
    'langfuse: counts as OpenAI spells them hold the cached ones',
    'langfuse',
    {
      type: 'generation-create',
      body: {
        usageDetails: {
          prompt_tokens: 1510,
          completion_tokens: 203,
          prompt_tokens_details: { cached_tokens: 1024 },
        },
      },
    },
    { tokens: { input: 486, cache_read: 1024, output: 203 } },
  ],
  [
    'langfuse: newer events count input beside its cache',
    'langfuse',
    {
      type: 'embedding-create',
      body: { userId: 'u-1', usageDetails: { input: 1, cache_read_input_tokens: 9, output: 2 } },
    },
    {
      tokens: { input: 1, cache_read: 9, output: 2 },
      keys: ['7c user=langfuse|u-1'],
      class: undefined,
    },
  ],
  [
    'langfuse: newer events count reasoning beside the output',
    'langfuse',
    {
      type: 'generation-create',
      body: { usageDetails: { input: 100, output: 20, output_reasoning_tokens: 80, total: 200 } },
    },
    { tokens: { input: 100, output: 100 } },
  ],
  [
    'langfuse: a span is context',
    'langfuse',
    { type: 'span-create', body: {} },
    { class: 'context' },
  ],
  [
    'databricks: a person by mail, a service counts only if known, tags of owners are theirs',
    'databricks-ai-gateway',
    {
      request_id: 'r',
      requester: 'Dev-A@example.com',
      service_name: 'main.llm',
      endpoint_tags: '{"team":"claims"}',
      usage_context: { end_user: 'u-9' },
      input_tokens: 5,
    },
    {
      keys: [
        '2 mail=dev-a@example.com',
        '4 scope=databricks/service/main.llm?',
        '6 tenant_tag=team=claims',
        '6 team=claims',
        '7c user=databricks|u-9',
      ],
      tokens: { input: 5 },
    },
  ],
  [
    'databricks: external spend is a bucket of who ran it',
    'databricks-ai-gateway',
    {
      usage_metadata: { endpoint_name: 'e' },
      identity_metadata: { run_by: 'sp-1' },
      usage_date: '2026-11-19',
    },
    {
      class: 'usage_bucket',
      keys: ['2 user=databricks|sp-1'],
      time: Date.parse('2026-11-19T00:00:00Z'),
    },
  ],
  [
    'vllm: the address stands at the beginning of an access line only',
    'vllm',
    { log: 'INFO:     192.0.2.7:1 - "POST /v1/embeddings HTTP/1.1" 200 OK', stream: 'stdout' },
    { class: undefined, hints: ['ip=192.0.2.7'], account: false },
  ],
  [
    'vllm: a prompt cannot bring an address or an adapter of its own',
    'vllm',
    {
      log: `INFO 11-19 12:07:00 [logger.py:49] Received request a: prompt: 'INFO:     192.0.2.7:1 - "POST /v1/x HTTP/1.1" lora_name='evil'', lora_request: LoRARequest(lora_name='mine')`,
      kubernetes: { labels: { team: 'ml' } },
    },
    {
      class: undefined,
      address: 'none',
      keys: [],
      hints: ['application=mine', 'tenant_tag=team=ml', 'team=ml'],
    },
  ],
  [
    'vllm: another access line is no call',
    'vllm',
    { log: 'INFO:     10.0.0.1:1 - "GET /health HTTP/1.1" 200 OK', stream: 'x' },
    { class: 'admin' },
  ],
  [
    'truefoundry: a user who signed in is a principal, by mail where it is one',
    'truefoundry',
    {
      createdBySubject: { subjectType: 'user', subjectSlug: 'Ana@example.com' },
      spanAttributes: {
        'tfy.span_type': 'Model',
        'tfy.request.created_by_subject': 'user:ana@example.com',
        'tfy.request.created_by_subject_teams': ['a', 'everyone', 'b'],
      },
    },
    {
      keys: [
        '2 mail=ana@example.com',
        '2 mail=ana@example.com',
        '4 scope=truefoundry/team/a',
        '4 scope=truefoundry/team/b',
      ],
    },
  ],
  [
    'truefoundry: half a subject is none',
    'truefoundry',
    {
      createdBySubject: { subjectType: 'virtualaccount' },
      spanAttributes: { 'tfy.span_type': 'Model' },
    },
    { keys: [], unkeyed: false },
  ],
  [
    'truefoundry: a tool is a tool call',
    'truefoundry',
    { spanAttributes: { 'tfy.span_type': 'MCP' } },
    { class: 'tool_call' },
  ],
  [
    'bifrost: what the gateway knows of a key, each team of a list, and what the request says',
    'bifrost',
    {
      kind: 'call',
      virtual_key_id: 'vk',
      user_id: 'u',
      team_id: 't1',
      team_ids: ['t1', 't2'],
      project_id: 'p',
      business_unit_id: 'BU-1',
      customer_id: 'Blue',
      app: 'web',
      virtual_key_name: 'no',
    },
    {
      keys: [
        '3 api_key=bifrost/vk',
        '3 user=bifrost|u',
        '4 scope=bifrost/team/t1',
        '4 scope=bifrost/team/t1',
        '4 scope=bifrost/team/t2',
        '4 scope=bifrost/project/p',
        '6 tenant_tag=business_unit=bu-1',
        '7b tenant_tag=application=web',
        '7b application=web',
        '7c tenant_tag=customer=blue',
      ],
    },
  ],
  ['bifrost: MCP is a tool call', 'bifrost', { kind: 'mcp' }, { class: 'tool_call' }],
]

testRows(ROWS)
