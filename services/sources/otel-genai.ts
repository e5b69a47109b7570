import type {
  SecretField,
  CallRules,
  ClassRule,
  Condition,
  Hint,
  Identity,
  TagMap,
  TokenRules,
} from '#/core/source.ts'
import { ENVIRONMENT } from './otel-circumstances.ts'

/**
 * What OpenTelemetry GenAI logs and spans have in common: the workload in the resource, the agent and the consumer in the
 * record, new and old names. Resource attributes are the SDK's word unless the receiver says which of them the platform
 * stamps.
 */

const K8S_WORKLOADS = ['deployment', 'statefulset', 'daemonset', 'cronjob', 'job'] as const

export const GENAI_IDENTITIES: readonly Identity[] = [
  {
    slot: 'workload',
    by: 'caller',
    aliases: [
      {
        first: [
          {
            field: '/resource/service.name',
            kind: 'service',
            namespace: '/resource/service.namespace',
            environment: ENVIRONMENT,
          },
        ],
      },
      {
        first: K8S_WORKLOADS.map((workload) => ({
          field: `/resource/k8s.${workload}.name`,
          kind: 'k8s_workload',
          workload,
          namespace: '/resource/k8s.namespace.name',
          cluster: '/resource/k8s.cluster.name',
        })),
        only_if_known: true,
      },
      {
        first: [{ field: '/resource/k8s.pod.uid', kind: 'k8s_pod' }],
        only_if_known: true,
      },
    ],
  },
  {
    slot: 'consumer',
    by: 'caller',
    aliases: [
      {
        first: [
          { field: '/attributes/user.id', kind: 'user_or_mail' },
          { field: '/attributes/enduser.id', kind: 'user_or_mail' },
          { field: '/attributes/enduser.pseudo.id', kind: 'user_or_mail' },
          { field: '/attributes/gen_ai.user', kind: 'user_or_mail' },
          { field: '/attributes/llm.user', kind: 'user_or_mail' },
        ],
      },
      { first: [{ field: '/attributes/user.email', kind: 'mail' }] },
    ],
  },
  {
    slot: 'agent',
    by: 'caller',
    aliases: [
      {
        first: ['gen_ai.agent.id', 'gen_ai.agent.name', 'agent.name'].map((name) => ({
          field: `/attributes/${name}`,
          kind: 'agent',
        })),
      },
    ],
  },
]

export const GENAI_TAG_MAPS: readonly TagMap[] = [
  { field: '/attributes', by: 'caller', tags: 'all' },
  { field: '/attributes', by: 'caller', tags: 'all', prefix: 'traceloop.association.properties.' },
  { field: '/attributes/metadata', by: 'caller', tags: 'all' },
  { field: '/resource', by: 'caller', tags: 'owner' },
]

/** OpenLLMetry writes the extra headers of a request as they are; HTTP instrumentations write those that they are told to. */
export const GENAI_SECRETS: readonly SecretField[] = [
  { field: '/attributes/gen_ai.headers', holds: 'headers' },
  { field: '/attributes/llm.headers', holds: 'headers' },
  { field: '/attributes', holds: 'headers', prefix: 'http.request.header.' },
  { field: '/attributes', holds: 'headers', prefix: 'http.response.header.' },
  { field: '/attributes/url.full', holds: 'text' },
  { field: '/attributes/url.query', holds: 'text' },
  { field: '/attributes/http.url', holds: 'text' },
]

export const GENAI_HINTS: readonly Hint[] = [
  {
    first: [
      { field: '/resource/openinference.project.name', kind: 'tag', tag: 'project' },
      { field: '/attributes/openinference.project.name', kind: 'tag', tag: 'project' },
    ],
  },
]

export const GENAI_NOBODY = { '/resource/service.name': ['unknown_service*'] } as const

const OPERATION = '/attributes/gen_ai.operation.name'
const OPENINFERENCE_KIND = '/attributes/openinference.span.kind'
const TRACELOOP_KIND = '/attributes/traceloop.span.kind'

/** The first of operation, OpenInference kind, Traceloop kind and model that is present decides. */
export const GENAI_CLASSES: readonly ClassRule[] = [
  {
    when: [matches(OPERATION, 'chat', 'generate_content', 'text_completion', 'embeddings')],
    class: 'call',
  },
  { when: [matches(OPERATION, 'execute_tool')], class: 'tool_call' },
  { when: [matches(OPERATION, 'invoke_*')], class: 'repeat' },
  { when: [named(OPERATION)], class: 'context' },
  { when: [matches(OPENINFERENCE_KIND, 'LLM', 'EMBEDDING')], class: 'call' },
  { when: [matches(OPENINFERENCE_KIND, 'TOOL')], class: 'tool_call' },
  { when: [matches(OPENINFERENCE_KIND, 'AGENT', 'CHAIN')], class: 'repeat' },
  { when: [named(OPENINFERENCE_KIND)], class: 'context' },
  { when: [matches(TRACELOOP_KIND, 'tool')], class: 'tool_call' },
  { when: [named(TRACELOOP_KIND)], class: 'repeat' },
  ...[
    'gen_ai.request.model',
    'gen_ai.response.model',
    'llm.model_name',
    'llm.request.model_name',
    'llm.response.model_name',
    'llm.request.type',
  ].map((name): ClassRule => ({ when: [named(`/attributes/${name}`)], class: 'call' })),
]

export const GENAI_TOKENS: readonly TokenRules[] = [
  {
    input: [
      attributes(
        'gen_ai.usage.input_tokens',
        'gen_ai.usage.prompt_tokens',
        'llm.token_count.prompt',
      ),
    ],
    cache_read: [
      attributes(
        'gen_ai.usage.cache_read.input_tokens',
        'gen_ai.usage.cache_read_input_tokens',
        'llm.token_count.prompt_details.cache_read',
      ),
    ],
    cache_write: [
      attributes(
        'gen_ai.usage.cache_write.input_tokens',
        'gen_ai.usage.cache_creation.input_tokens',
        'gen_ai.usage.cache_creation_input_tokens',
        'llm.token_count.prompt_details.cache_write',
      ),
    ],
    cached: 'inside',
    output: [
      attributes(
        'gen_ai.usage.output_tokens',
        'gen_ai.usage.completion_tokens',
        'llm.token_count.completion',
      ),
    ],
    reasoning: [
      attributes(
        'gen_ai.usage.reasoning.output_tokens',
        'gen_ai.usage.reasoning_tokens',
        'llm.token_count.completion_details.reasoning',
      ),
    ],
    reasoned: 'inside',
  },
]

function attributes(...names: readonly string[]): string[] {
  return names.map((name) => `/attributes/${name}`)
}

function matches(field: string, ...patterns: readonly string[]): Condition {
  return { field, matches: patterns }
}

function named(field: string): Condition {
  return { field, is: 'named' }
}

/** New names before old ones, then those of OpenInference and OpenLLMetry. */
export const GENAI_CALL: CallRules = {
  operation: [
    '/attributes/gen_ai.operation.name',
    '/attributes/llm.request.type',
    '/attributes/openinference.span.kind',
    '/attributes/traceloop.span.kind',
  ],
  provider: [
    '/attributes/gen_ai.provider.name',
    '/attributes/gen_ai.system',
    '/attributes/llm.provider',
    '/attributes/llm.system',
  ],
  requested_model: [
    '/attributes/gen_ai.request.model',
    '/attributes/llm.request.model_name',
    '/attributes/llm.model_name',
  ],
  model: [
    '/attributes/gen_ai.response.model',
    '/attributes/llm.response.model_name',
    '/attributes/llm.model_name',
  ],
  request_id: ['/attributes/gen_ai.response.id'],
  session_id: ['/attributes/session.id', '/attributes/gen_ai.conversation.id'],
  trace_id: ['/traceId'],
  span_id: ['/spanId'],
  agent_id: ['/attributes/gen_ai.agent.id'],
  agent_name: ['/attributes/gen_ai.agent.name', '/attributes/agent.name'],
  status: [{ field: '/attributes/error.type', failure: ['*'] }],
}
