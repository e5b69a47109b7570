import type { Row } from './row.ts'

/** Rows of hosted gateways and of model servers. */

const span = (spanAttributes: object, more: object = {}) => ({
  spanAttributes: { 'tfy.span_type': 'Model', ...spanAttributes },
  ...more,
})

export const HOSTED: readonly Row[] = [
  [
    'portkey',
    'everything',
    {
      ai_model: 'm',
      virtual_key: 'vk',
      workspace_slug: 'ws',
      metadata: '{"_user":"u-9","team":"claims"}',
    },
    {
      keys: [
        '3 api_key=portkey/vk',
        '4 scope=portkey/workspace/ws',
        '7b tenant_tag=team=claims',
        '7b team=claims',
        '7c user=portkey|u-9',
      ],
      account: false,
    },
  ],
  [
    'helicone',
    'everything',
    {
      log: {
        request: {
          heliconeProxyKeyId: 'p1',
          heliconeApiKeyId: 4,
          userId: 'u-9',
          properties: { App: 'web' },
        },
      },
    },
    {
      keys: [
        '3 api_key=helicone/p1',
        '7b tenant_tag=application=web',
        '7b application=web',
        '7c user=helicone|u-9',
      ],
      account: false,
    },
  ],
  [
    'cloudflare-ai-gateway',
    'everything',
    { provider: 'openai', metadata: '{"cf.user_id":"s-1","cf.team":"forged","team":"claims"}' },
    {
      keys: ['2 user=cloudflare|s-1', '7b tenant_tag=team=claims', '7b team=claims'],
      account: false,
    },
  ],
  ['cloudflare-ai-gateway', 'Logpush', { Gateway: 'gw' }, { keys: [], account: true }],
  [
    'langfuse',
    'everything',
    { type: 'generation-create', body: { userId: 'a@b', metadata: { cost_centre: 'CC-1' } } },
    {
      keys: ['7b tenant_tag=cost_center=cc-1', '7b cost_center=cc-1', '7c mail=a@b'],
      account: false,
    },
  ],
  [
    'databricks-ai-gateway',
    'everything',
    {
      request_id: 'r',
      requester: 'sp-1',
      service_name: 's',
      endpoint_name: 'e',
      service_tags: { team: 'claims' },
      endpoint_tags: '{"owner":"Ana"}',
      request_tags: { bu: 'x' },
      usage_context: { end_user: 'u-9' },
      account_id: 'a',
      ip_address: '192.0.2.1',
      user_agent: 'sdk/1',
    },
    {
      keys: [
        '2 user=databricks|sp-1',
        '4 scope=databricks/service/s?',
        '6 tenant_tag=team=claims',
        '6 team=claims',
        '6 tenant_tag=owner=ana',
        '7b tenant_tag=business_unit=x',
        '7c user=databricks|u-9',
      ],
      account: true,
      hints: ['application=sdk', 'ip=192.0.2.1'],
    },
  ],
  [
    'databricks-ai-gateway',
    'who ran it, and the endpoint',
    {
      databricks_request_id: 'r',
      identity_metadata: { run_by: 'A@b' },
      endpoint_name: 'e',
      workspace_id: 'w',
    },
    { keys: ['2 mail=a@b', '4 scope=databricks/service/e?'], account: true },
  ],
  [
    'vllm',
    'hints are all there is',
    {
      log: "INFO 11-19 10:00:00 [logger.py:41] Received request r-1: prompt: x, lora_name='team-a'",
      kubernetes: { labels: { team: 'ml', app: 'vllm' } },
    },
    {
      keys: [],
      account: false,
      hints: [
        'application=team-a',
        'tenant_tag=team=ml',
        'team=ml',
        'tenant_tag=application=vllm',
        'application=vllm',
      ],
    },
  ],
  [
    'vllm',
    'an access line has an address',
    { log: 'INFO:     192.0.2.1:5000 - "POST /v1/chat/completions HTTP/1.1" 200 OK' },
    { keys: [], hints: ['ip=192.0.2.1'] },
  ],
  [
    'truefoundry',
    'a user',
    span({
      'tfy.request.created_by_subject': 'user:a@b',
      'tfy.request.created_by_subject_teams': ['t1', 'everyone', 't2'],
      'tfy.request.metadata': '{"customer":"c-1"}',
    }),
    {
      keys: [
        '2 mail=a@b',
        '4 scope=truefoundry/team/t1',
        '4 scope=truefoundry/team/t2',
        '7c tenant_tag=customer=c-1',
      ],
      account: false,
    },
  ],
  [
    'truefoundry',
    'a virtual account, by both of its names',
    span(
      { 'tfy.request.created_by_subject': 'virtualaccount:x' },
      { createdBySubject: { subjectType: 'virtualaccount', subjectSlug: 'y' } },
    ),
    {
      keys: ['3 api_key=truefoundry/virtualaccount:y', '3 api_key=truefoundry/virtualaccount:x'],
    },
  ],
  [
    'bifrost',
    'everything',
    {
      kind: 'call',
      virtual_key_id: 'vk',
      user_id: 'u-1',
      team_id: 't1',
      team_ids: ['t2', 't3'],
      project_id: 'p',
      business_unit_id: 'B',
      customer_id: 'c-1',
      app: 'web',
      remote_addr: '192.0.2.1:9',
    },
    {
      keys: [
        '3 api_key=bifrost/vk',
        '3 user=bifrost|u-1',
        '4 scope=bifrost/team/t1',
        '4 scope=bifrost/team/t2',
        '4 scope=bifrost/team/t3',
        '4 scope=bifrost/project/p',
        '6 tenant_tag=business_unit=b',
        '7b tenant_tag=application=web',
        '7b application=web',
        '7c tenant_tag=customer=c-1',
      ],
      account: false,
      hints: ['ip=192.0.2.1'],
    },
  ],
]
