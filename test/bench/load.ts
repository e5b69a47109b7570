/**
 * Calls for benches: LiteLLM records as plain JSON and OpenTelemetry GenAI log records, with callers by Zipf's law and
 * prompts of four kinds, because what is skipped costs as much as what is read.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom, createZipf, type Random } from '../support/random.ts'
import { text, type KeyValue, type LogRecord, type LogsData } from '../unit/formats/otlp.ts'

export const PROMPT_KINDS = ['none', 'prose', 'source code', 'JSON in JSON'] as const
export type PromptKind = (typeof PROMPT_KINDS)[number]

export interface LoadOptions {
  readonly seed: number
  readonly identities: number
  /** Of Zipf's law. */
  readonly exponent: number
  readonly prompt: PromptKind
}

/** The hash that LiteLLM logs for the key of an identity. */
export function keyHash(identity: number): string {
  return createHash('sha256').update(`key ${identity}`).digest('hex')
}

const TEAMS = 500
const SERVICES = 1_000

export function teamOf(identity: number): string {
  return `team-${identity % TEAMS}`
}

/** An owner file that knows every key and every service. */
export function ownersJson(identities: number): string {
  const owner = (identity: number) => ({
    id: `team:${teamOf(identity)}`,
    team: teamOf(identity),
    product: `product-${identity % 90}`,
    cost_center: `CC-${identity % 300}`,
  })
  const bindings: object[] = []
  for (let i = 0; i < identities; i += 1)
    bindings.push({ kind: 'api_key', key: `litellm/${keyHash(i)}`, owner: owner(i) })
  for (let i = 0; i < SERVICES; i += 1)
    bindings.push({ kind: 'service', key: `shop/service-${i}/prod`, owner: owner(i) })
  return JSON.stringify({ bindings })
}

/**
 * One LiteLLM record after the other, each a text of about 1.3 kB without its prompt. `order`: callers by Zipf's law, or
 * each caller once.
 */
export function createCalls(options: LoadOptions, order: 'zipf' | 'each' = 'zipf'): () => string {
  const random = createRandom(options.seed)
  const rank = createZipf(options.identities, options.exponent, random)
  let number = 0
  return () => {
    const identity = order === 'each' ? number % options.identities : rank()
    number += 1
    const prompt = promptOf(options.prompt, random)
    return JSON.stringify(litellmRecord(number, identity, prompt, random))
  }
}

function litellmRecord(number: number, identity: number, prompt: string, random: Random): object {
  const input = random.whole(50, 9_000)
  const output = random.whole(1, 900)
  const start = 1_795_089_600 + number / 50
  const ip = `198.51.100.${random.whole(1, 254)}`
  return {
    id: `chatcmpl-${random.whole(1e8, 9e8)}`,
    trace_id: hex(random, 32),
    litellm_call_id: hex(random, 32),
    call_type: 'acompletion',
    stream: false,
    response_cost: output * 1.5e-5,
    status: 'success',
    custom_llm_provider: 'bedrock',
    total_tokens: input + output,
    prompt_tokens: input,
    completion_tokens: output,
    startTime: start,
    endTime: start + 1.826,
    response_time: 1.826,
    model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    model_group: 'claude-sonnet',
    api_base: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
    metadata: {
      user_api_key_hash: keyHash(identity),
      user_api_key_alias: `key-${identity}`,
      user_api_key_spend: null,
      user_api_key_max_budget: null,
      user_api_key_org_id: 'org-example',
      user_api_key_team_id: null,
      user_api_key_user_id: null,
      user_api_key_end_user_id: null,
      user_api_key_request_route: '/chat/completions',
      spend_logs_metadata: null,
      requester_ip_address: ip,
      applied_guardrails: [],
      usage_object: { prompt_tokens: input, completion_tokens: output },
    },
    cache_hit: false,
    request_tags: ['env:prod'],
    end_user: '',
    requester_ip_address: ip,
    user_agent: 'OpenAI/Python 1.102.0',
    messages: prompt === '' ? 'redacted-by-litellm' : [{ role: 'user', content: prompt }],
    response: 'redacted-by-litellm',
    error_str: null,
    model_parameters: { stream: false, max_tokens: 1_024, temperature: 0.2 },
  }
}

/**
 * OTLP messages of so many records, as a Collector batches them: several resources, each with some records. An identity is
 * a user of a service: each service has users of its own, so that there are as many pairs of both as was asked for.
 */
export function createBatches(options: LoadOptions, records: number): () => LogsData {
  const random = createRandom(options.seed)
  const rank = createZipf(options.identities, options.exponent, random)
  const users = Math.max(1, Math.floor(options.identities / SERVICES))
  const rankOfUser = createZipf(users, options.exponent, random)
  const per_resource = 10
  return () => {
    const resourceLogs = []
    for (let done = 0; done < records; done += per_resource) {
      const service = rank() % Math.min(SERVICES, options.identities)
      resourceLogs.push({
        resource: { attributes: resourceOf(service) },
        scopeLogs: [
          {
            scope: { name: '@opentelemetry/instrumentation-openai', version: '0.12.0' },
            logRecords: Array.from({ length: Math.min(per_resource, records - done) }, () =>
              logRecord(
                service + SERVICES * rankOfUser(),
                promptOf(options.prompt, random),
                random,
              ),
            ),
          },
        ],
      })
    }
    return { resourceLogs }
  }
}

function resourceOf(service: number): readonly KeyValue[] {
  return [
    text('service.name', `service-${service}`),
    text('service.namespace', 'shop'),
    text('service.version', '4.2.0'),
    text('deployment.environment.name', 'prod'),
    text('telemetry.sdk.language', 'nodejs'),
    text('cloud.region', 'eu-central-1'),
  ]
}

function logRecord(identity: number, prompt: string, random: Random): LogRecord {
  const nanos = `${1_795_089_600_000 + random.whole(0, 999_999)}000000`
  const attributes: KeyValue[] = [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'aws.bedrock'),
    text('gen_ai.request.model', 'anthropic.claude-sonnet-4-5'),
    text('gen_ai.response.model', 'anthropic.claude-sonnet-4-5-20250929-v1:0'),
    text('gen_ai.response.id', `msg_${random.whole(1e8, 9e8)}`),
    text('gen_ai.conversation.id', `conv-${random.whole(1, 1e6)}`),
    { key: 'gen_ai.usage.input_tokens', value: { intValue: String(random.whole(50, 9_000)) } },
    { key: 'gen_ai.usage.output_tokens', value: { intValue: String(random.whole(1, 900)) } },
    text('server.address', 'bedrock-runtime.eu-central-1.amazonaws.com'),
    text('user.id', `u-${identity}`),
  ]
  if (prompt !== '')
    attributes.push(
      text(
        'gen_ai.input.messages',
        JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: prompt }] }]),
      ),
    )
  return {
    timeUnixNano: nanos,
    observedTimeUnixNano: nanos,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: 'gen_ai.client.inference.operation.details',
    attributes,
    traceId: Buffer.from(hex(random, 32), 'hex').toString('base64'),
    spanId: Buffer.from(hex(random, 16), 'hex').toString('base64'),
  }
}

/** OTLP/JSON spells ids in hexadecimal digits, where protobufjs takes base64. */
export function otlpJson(logs: LogsData): string {
  return JSON.stringify(logs, (name, value: unknown) =>
    (name === 'traceId' || name === 'spanId') && typeof value === 'string'
      ? Buffer.from(value, 'base64').toString('hex')
      : value,
  )
}

function hex(random: Random, digits: number): string {
  let out = ''
  while (out.length < digits) out += random.whole(0, 0xffffff).toString(16).padStart(6, '0')
  return out.slice(0, digits)
}

/** Characters of a prompt. */
const PROMPT_CHARS = 2_000

function promptOf(kind: PromptKind, random: Random): string {
  return kind === 'none' ? '' : windowOf(TEXTS[kind](), random)
}

function windowOf(whole: string, random: Random): string {
  const start = random.whole(0, Math.max(0, whole.length - PROMPT_CHARS))
  return whole.slice(start, start + PROMPT_CHARS)
}

const here = import.meta.dirname
const prose_text = once(() => {
  const random = createRandom(5)
  const words = readFileSync(join(here, 'load.ts'), 'utf8').match(/[a-z]{3,}/g) ?? ['word']
  let prose = ''
  while (prose.length < 60_000) {
    const sentence = Array.from({ length: random.whole(6, 20) }, () => random.pick(words)).join(' ')
    prose += `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}. `
  }
  return prose
})
const code_text = once(() =>
  ['load.ts', 'row.ts', 'results.ts']
    .map((name) => readFileSync(join(here, name), 'utf8'))
    .join('\n'),
)
const nested_text = once(() => {
  const random = createRandom(6)
  const calls = Array.from({ length: 40 }, (_, i) => litellmRecord(i, i, '', random))
  return JSON.stringify(calls, undefined, 1)
})

function once(make: () => string): () => string {
  let made: string | undefined
  return () => (made ??= make())
}

const TEXTS = { prose: prose_text, 'source code': code_text, 'JSON in JSON': nested_text }
