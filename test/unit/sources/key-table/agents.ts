import { otlp } from '../reading.ts'
import { genai, type Row } from './row.ts'

/** Rows of reports of providers, of coding agents and of OpenTelemetry. */

const bucket = (result: object) => ({
  object: 'page',
  data: [{ object: 'bucket', starting_at: '2026-11-19T00:00:00Z', results: [result] }],
})

const claude = (record: Record<string, unknown>, resource: Record<string, unknown> = {}) =>
  otlp({ 'event.name': 'api_request', ...record }, resource)

export const REPORTS_AND_AGENTS: readonly Row[] = [
  [
    'openai-org',
    'everything',
    bucket({ api_key_id: 'k', user_id: 'u', project_id: 'p' }),
    { keys: ['3 api_key=openai/k', '3 user=openai|u', '4 scope=openai/project/p'], account: true },
  ],
  ['openai-org', 'nobody', bucket({ api_key_id: null }), { keys: [], account: true }],
  [
    'anthropic-org',
    'everything',
    bucket({ account_id: 'a', service_account_id: 's', api_key_id: 'k', workspace_id: 'w' }),
    {
      keys: [
        '2 user=anthropic|a',
        '2 user=anthropic|s',
        '3 api_key=anthropic/k',
        '4 scope=anthropic/workspace/w',
      ],
      account: true,
      shared: false,
    },
  ],
  [
    'anthropic-org',
    'the default workspace',
    bucket({ api_key_id: 'k', workspace_id: null }),
    { keys: ['3 api_key=anthropic/k'], shared: true, account: true },
  ],
  [
    'claude-code-otel',
    'signed in',
    claude(
      {
        'identity.source': 'gateway-oidc',
        'user.id': 's-1',
        'user.email': 'A@b',
        'organization.id': 'o',
        department: 'R&D',
        'client.address': '192.0.2.1',
      },
      { 'service.name': 'claude-code', 'team.id': 'dx', 'user.id': 'nobody' },
    ),
    {
      keys: [
        '2 user=claude-code|s-1',
        '2 mail=a@b',
        '7b tenant_tag=department=r&d',
        '7b tenant_tag=team=dx',
        '7b team=dx',
      ],
      account: true,
      hints: ['user=claude-code|s-1', 'service=/claude-code/', 'ip=192.0.2.1'],
    },
  ],
  [
    'claude-code-otel',
    'not signed in',
    claude({ 'user.account_uuid': 'u-1', 'user.account_id': 'x', 'user.email': 'a@b' }),
    { keys: ['7a user=claude-code|u-1', '7a mail=a@b'] },
  ],
  [
    'claude-code-otel',
    'the account without its uuid, and an installation',
    claude({ 'user.account_id': 'x', 'user.id': 'install-1' }),
    { keys: ['7a user=claude-code|x'], hints: ['user=claude-code|install-1'] },
  ],
  [
    'codex-otel',
    'everything',
    otlp(
      {
        'event.name': 'codex.sse_event',
        'event.kind': 'response.completed',
        'user.account_id': 'x',
        'user.email': 'a@b',
        auth_mode: 'ApiKey',
        originator: 'codex_cli_rs',
      },
      { 'service.name': 'codex_cli_rs', cost_center: 'CC-1' },
    ),
    {
      keys: [
        '7a user=codex|x',
        '7a mail=a@b',
        '7b tenant_tag=cost_center=cc-1',
        '7b cost_center=cc-1',
      ],
      account: false,
      hints: ['service=/codex_cli_rs/'],
    },
  ],
  [
    'gemini-cli-otel',
    'everything',
    otlp({
      'event.name': 'gemini_cli.api_response',
      'user.email': 'A@b',
      'installation.id': 'i',
      auth_type: 'oauth',
      app: 'web',
    }),
    {
      keys: ['7a mail=a@b', '7b tenant_tag=application=web', '7b application=web'],
      account: false,
      hints: ['user=gemini-cli|i'],
    },
  ],
  ...(['deployment', 'statefulset', 'daemonset', 'cronjob', 'job'] as const).map((type): Row => [
    'otel-genai-logs',
    `a ${type}, a pod and a service`,
    genai(
      {},
      {
        'service.namespace': 'Shop',
        'service.name': 'Web',
        'deployment.environment.name': 'Prod',
        'k8s.cluster.name': 'eu-1',
        'k8s.namespace.name': 'shop',
        [`k8s.${type}.name`]: 'web',
        'k8s.pod.uid': 'ABC',
        'cloud.account.id': '1',
      },
    ),
    {
      keys: [
        '7a service=shop/web/prod',
        `7a k8s_workload=eu-1/shop/${type}/web?`,
        '7a k8s_pod=abc?',
      ],
      account: true,
    },
  ]),
  [
    'otel-genai-logs',
    'agents, consumers and tags',
    genai(
      {
        'gen_ai.agent.id': 'agt',
        'gen_ai.agent.name': 'x',
        'user.id': 'u-9',
        'user.email': 'A@b',
        metadata: '{"tenant":"blue"}',
        'traceloop.association.properties.team': 'claims',
        product: 'p',
        'network.peer.address': '192.0.2.1',
      },
      { 'service.namespace': 'shop', owner: 'Ana', 'user.id': 'nobody' },
    ),
    {
      keys: [
        '7b tenant_tag=product=p',
        '7b tenant_tag=team=claims',
        '7b team=claims',
        '7b tenant_tag=owner=ana',
        '7c user=otel|u-9',
        '7c mail=a@b',
        '7c agent=shop/agt',
        '7c tenant_tag=tenant=blue',
      ],
      account: false,
      hints: ['ip=192.0.2.1'],
    },
  ],
  ...['enduser.id', 'enduser.pseudo.id', 'gen_ai.user', 'llm.user'].map((name): Row => [
    'otel-genai-logs',
    `the consumer is ${name}`,
    genai({ [name]: 'u-9' }),
    { keys: ['7c user=otel|u-9'] },
  ]),
  ...['gen_ai.agent.name', 'agent.name'].map((name): Row => [
    'otel-genai-logs',
    `the agent is ${name}`,
    genai({ [name]: 'Triage' }),
    { keys: ['7c agent=otel/Triage'] },
  ]),
  [
    'otel-genai-logs',
    'an unknown service, and a project that only suggests',
    genai(
      { 'client.address': '192.0.2.1' },
      { 'service.name': 'unknown_service:node', 'openinference.project.name': 'Search' },
    ),
    { keys: [], hints: ['tenant_tag=project=search', 'ip=192.0.2.1'] },
  ],
]
