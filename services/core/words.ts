/**
 * The closed lists of words that every room shares. A value that is not in one of these lists does not exist:
 * metrics use them as label sets, schemas as enums, tests as tables.
 */

/** What became of an event that counts. The rate that alerts watch is `unattributed / (attributed + unattributed)`. */
export const OUTCOMES = ['attributed', 'unattributed', 'unresolved'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Why an event is not attributed. `lookup_unavailable` belongs to `unresolved`, all others to `unattributed`. */
export const REASONS = [
  'ip_only',
  'shared_account',
  'no_identity',
  'unknown_identity',
  'unowned',
  'weak_evidence',
  'conflict',
  'lookup_unavailable',
] as const
export type Reason = (typeof REASONS)[number]

/** The kind of evidence that won. `claim` is all of rungs 6 and 7, whatever the slot. */
export const METHODS = [
  'workload',
  'principal',
  'credential',
  'scope',
  'inherited',
  'claim',
] as const
export type Method = (typeof METHODS)[number]

export const LEVELS = ['prompt', 'session', 'workload', 'billing'] as const
export type Level = (typeof LEVELS)[number]

/** Strongest first. */
export const CONFIDENCES = ['exact', 'high', 'medium', 'low'] as const
export type Confidence = (typeof CONFIDENCES)[number]

/** What an event is when it is not a model call. Only `usage_bucket` has an outcome; none of them is in the rate. */
export const CLASSES = [
  'tool_call',
  'context',
  'repeat',
  'admin',
  'usage_bucket',
  'empty',
  'tombstone',
] as const
export type Class = (typeof CLASSES)[number]

/** Every message ends in exactly one fate. */
export const FATES = ['published', 'dead_lettered', 'filtered'] as const
export type Fate = (typeof FATES)[number]

/** What findings are raised about. */
export const FINDING_RULES = [
  'ip_only',
  'shared_credential',
  'contradicted_claim',
  'raw_secret',
  'expired_owner',
] as const
export type FindingRule = (typeof FINDING_RULES)[number]

/** Why a message went to the dead letters. */
export const DEAD_LETTER_REASONS = [
  'malformed',
  'limit_exceeded',
  'wrong_shape',
  'unknown_source',
  'too_large',
  'rejected',
] as const
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number]

/** The part of the pipeline that a dead letter comes from. */
export const STAGES = ['receive', 'scan', 'process', 'export'] as const
export type Stage = (typeof STAGES)[number]

export const ENCODINGS = ['otlp_proto', 'otlp_json', 'json'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** What a message leaves as: the encoding that it came in, or another. */
export const OUTPUT_ENCODINGS = ['as_is', 'otlp_proto', 'otlp_json', 'ocsf', 'ecs'] as const
export type OutputEncoding = (typeof OUTPUT_ENCODINGS)[number]

/** How much of a decision is written into the event. */
export const DETAILS = ['minimal', 'standard', 'full'] as const
export type Detail = (typeof DETAILS)[number]

/** What a cost rests on: a price list, prices that the operator set, or the bill. */
export const COST_BASES = ['list', 'configured', 'billed'] as const
export type CostBasis = (typeof COST_BASES)[number]

/** What started a call, as far as its record says so. */
export const INITIATORS = ['human', 'agent', 'script', 'service', 'unknown'] as const
export type Initiator = (typeof INITIATORS)[number]

/** For whom a call was made: for customers, for our own people, or to try something. */
export const TRAFFIC_CLASSES = ['customer_facing', 'internal', 'test'] as const
export type TrafficClass = (typeof TRAFFIC_CLASSES)[number]

/** State of a lookup answer. Only a directory may say `negative`. */
export const LOOKUP_STATES = [
  'fresh',
  'stale',
  'negative',
  'unowned',
  'ambiguous',
  'unavailable',
] as const
export type LookupState = (typeof LOOKUP_STATES)[number]

/** Key kinds, the closed table of KEYS section 2. */
export const KEY_KINDS = [
  'spiffe',
  'k8s_sa',
  'k8s_workload',
  'k8s_pod',
  'federated',
  'aws_role',
  'aws_role_id',
  'aws_user',
  'azure_sp',
  'gcp_sa',
  'oauth_client',
  'user',
  'mail',
  'api_key',
  'scope',
  'service',
  'agent',
  'tenant_tag',
  'team',
  'application',
  'cost_center',
  'ip',
] as const
export type KeyKind = (typeof KEY_KINDS)[number]

export const SLOTS = [
  'workload',
  'principal',
  'credential',
  'scope',
  'consumer',
  'agent',
  'claim',
  'account',
  'net',
] as const
export type Slot = (typeof SLOTS)[number]

/** Whose key or token a raw secret is, by how it begins; `sk` is the form that several share, `other` has none. */
export const SECRET_KINDS = [
  'anthropic',
  'aws',
  'azure',
  'basic',
  'bearer',
  'cerebras',
  'cookie',
  'databricks',
  'fireworks',
  'github',
  'gitlab',
  'google',
  'groq',
  'helicone',
  'huggingface',
  'jwt',
  'langfuse',
  'langsmith',
  'mistral',
  'nvidia',
  'openai',
  'openrouter',
  'other',
  'perplexity',
  'pinecone',
  'replicate',
  'sk',
  'slack',
  'together',
  'xai',
] as const
export type SecretKind = (typeof SECRET_KINDS)[number]

/**
 * How a partition gets on, after Burrow's rules over a window of observations: `ok` keeps up; `warn` moves but its lag does
 * not shrink; `stall` has lag and does not move; `stop` did not move for longer than the window; `rewind` went back.
 */
export const PARTITION_CONDITIONS = ['ok', 'warn', 'stall', 'stop', 'rewind'] as const
export type PartitionCondition = (typeof PARTITION_CONDITIONS)[number]
