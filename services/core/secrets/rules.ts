import type { SecretKind } from '../words.ts'

/**
 * How vendors' keys and tokens begin. `says` is the vendor's page about them; not every page spells the prefix out, and then it
 * is the one that the vendor's console hands out. A prefix stands in front of every pattern, so a
 * text without one is passed over; what follows is a run of a few sorts of characters with a least length. Runs have no
 * greatest length: what is longer than today's keys is still a key.
 */

/** Sorts of characters, as bits. */
export const DIGIT = 1
export const HEX_LOWER = 2
export const UPPER = 4
export const LETTER = 8
/** `-` and `_`. */
export const DASH = 16
/** `.` */
export const DOT = 32
/** `+`, `/`, `=` and `~`: base64 and what tokens in headers may hold beside it. */
export const BASE64 = 64
export const ALNUM = DIGIT | LETTER
export const WORD = ALNUM | DASH
export const TOKEN = WORD | DOT | BASE64

export interface PrefixRule {
  readonly kind: SecretKind
  readonly prefix: string
  /** Sorts of characters behind the prefix. */
  readonly behind: number
  /** At least so many of them. */
  readonly min: number
  readonly says: string
}

export interface KeywordRule {
  readonly kind: SecretKind
  /** A part of a name (`AZURE_OPENAI_API_KEY`, `api.mistral.ai`) that stands shortly before. */
  readonly keyword: string
  /** The whole word is of these characters and of one of these lengths. */
  readonly is: number
  readonly lengths: readonly number[]
  readonly says: string
}

const OPENAI = 'https://platform.openai.com/docs/api-reference/authentication'
const ANTHROPIC = 'https://docs.anthropic.com/en/api/admin-api/apikeys/get-api-key'
const AWS_IDS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes'
const BEDROCK = 'https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html'
const GITHUB =
  'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats'
const GITLAB = 'https://docs.gitlab.com/security/tokens/#token-prefixes'
const SLACK = 'https://docs.slack.dev/authentication/tokens'
const LANGFUSE = 'https://langfuse.com/docs/api-and-data-platform/features/public-api'
const LANGSMITH = 'https://docs.langchain.com/langsmith/create-account-api-key'
const HELICONE = 'https://docs.helicone.ai/helicone-headers/helicone-auth'
const AZURE = 'https://learn.microsoft.com/en-us/purview/sit-defn-azure-cognitive-service-key'
const GOOGLE = 'https://cloud.google.com/docs/authentication/api-keys'

const prefix = (
  kind: SecretKind,
  begins: string,
  [behind, min]: readonly [behind: number, min: number],
  says: string,
): PrefixRule => ({ kind, prefix: begins, behind, min, says })

/** The longest prefix that fits decides. */
export const PREFIX_RULES: readonly PrefixRule[] = [
  prefix('anthropic', 'sk-ant-', [WORD, 8], ANTHROPIC),
  prefix('openai', 'sk-proj-', [WORD, 8], OPENAI),
  prefix('openai', 'sk-svcacct-', [WORD, 8], OPENAI),
  prefix('openai', 'sk-admin-', [WORD, 8], OPENAI),
  prefix(
    'openrouter',
    'sk-or-',
    [WORD, 8],
    'https://openrouter.ai/docs/api-reference/authentication',
  ),
  prefix('langfuse', 'sk-lf-', [WORD, 8], LANGFUSE),
  prefix('helicone', 'sk-helicone-', [WORD, 8], HELICONE),
  // OpenAI's older keys, virtual keys of LiteLLM, and those of others who took up the form.
  prefix('sk', 'sk-', [WORD, 16], 'https://docs.litellm.ai/docs/proxy/virtual_keys'),
  prefix('google', 'AIza', [WORD, 30], GOOGLE),
  prefix('google', 'AQ.', [WORD | DOT, 30], 'https://ai.google.dev/gemini-api/docs/api-key'),
  prefix(
    'google',
    'ya29.',
    [WORD | DOT, 16],
    'https://cloud.google.com/docs/authentication/token-types',
  ),
  prefix('aws', 'AKIA', [DIGIT | UPPER, 12], AWS_IDS),
  prefix('aws', 'ASIA', [DIGIT | UPPER, 12], AWS_IDS),
  prefix('aws', 'ABSK', [WORD | BASE64, 30], BEDROCK),
  prefix('aws', 'bedrock-api-key-', [WORD | BASE64, 16], BEDROCK),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((begins) =>
    prefix('github', begins, [WORD | DOT, 20], GITHUB),
  ),
  prefix('github', 'github_pat_', [WORD, 20], GITHUB),
  ...['glpat-', 'gloas-', 'gldt-', 'glrt-'].map((begins) =>
    prefix('gitlab', begins, [WORD | DOT, 16], GITLAB),
  ),
  prefix('huggingface', 'hf_', [ALNUM, 20], 'https://huggingface.co/docs/hub/security-tokens'),
  prefix('groq', 'gsk_', [ALNUM, 20], 'https://console.groq.com/docs/quickstart'),
  prefix('xai', 'xai-', [WORD, 20], 'https://docs.x.ai/docs/tutorial'),
  prefix(
    'perplexity',
    'pplx-',
    [ALNUM, 20],
    'https://docs.perplexity.ai/getting-started/api-groups',
  ),
  prefix('replicate', 'r8_', [ALNUM, 20], 'https://replicate.com/docs/topics/security/api-tokens'),
  prefix('fireworks', 'fw_', [ALNUM, 16], 'https://docs.fireworks.ai/getting-started/quickstart'),
  prefix('cerebras', 'csk-', [ALNUM, 20], 'https://inference-docs.cerebras.ai/quickstart'),
  prefix('nvidia', 'nvapi-', [WORD, 20], 'https://docs.api.nvidia.com/nim/docs/api-quickstart'),
  prefix('together', 'tgp_v1_', [WORD, 20], 'https://docs.together.ai/docs/quickstart'),
  prefix(
    'pinecone',
    'pcsk_',
    [WORD, 20],
    'https://docs.pinecone.io/guides/projects/manage-api-keys',
  ),
  prefix(
    'databricks',
    'dapi',
    [DIGIT | HEX_LOWER | DASH, 32],
    'https://docs.databricks.com/aws/en/dev-tools/auth/pat',
  ),
  prefix('langsmith', 'lsv2_', [WORD, 20], LANGSMITH),
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxe.', 'xapp-', 'xwfp-'].map(
    (begins) => prefix('slack', begins, [WORD | DOT, 10], SLACK),
  ),
]

/** How far a keyword reaches, in characters. */
export const KEYWORD_REACH = 96

/** Keys that are only random characters: they are keys where a name says whose they are. */
export const KEYWORD_RULES: readonly KeywordRule[] = [
  { kind: 'azure', keyword: 'azure', is: ALNUM, lengths: [32, 84], says: AZURE },
  { kind: 'azure', keyword: 'ocp', is: ALNUM, lengths: [32, 84], says: AZURE },
  { kind: 'azure', keyword: 'cognitiveservices', is: ALNUM, lengths: [32, 84], says: AZURE },
  {
    kind: 'mistral',
    keyword: 'mistral',
    is: ALNUM,
    lengths: [32],
    says: 'https://docs.mistral.ai/getting-started/quickstart',
  },
]
