import { awsPrincipalOf } from '#/core/keys.ts'
import type { TransformName } from '#/core/source.ts'
import { lowerAscii } from '#/core/tags.ts'

/**
 * The functions that source files name. Each takes a text apart and gives the part that identifies, or `undefined` when
 * the text is not of that sort: then the field counts as absent.
 */
export const TRANSFORM_FUNCTIONS: Readonly<
  Record<TransformName, (text: string) => string | undefined>
> = {
  aws_role: (text) => awsPrincipal(text, 'role'),
  aws_user: (text) => awsPrincipal(text, 'user'),
  aws_session: (text) => awsPrincipalOf(text)?.session,
  kubernetes_service_account: kubernetesServiceAccount,
  service_account: (text) => kubernetesServiceAccount(text) ?? text,
  federated_subject: (text) => (text.startsWith('principal://') ? text : undefined),
  gcp_service_account: (text) => gcpPrincipal(text, 'service_account'),
  gcp_person: (text) => gcpPrincipal(text, 'person'),
  gcp_project: (text) => /^(?:\/\/[^/]+\/)?projects\/([^/\s]+)/.exec(text)?.[1],
  azure_resource: (text) => lowerAscii(text.replace(/^\//, '')),
  last_segment: (text) => /[^/]+$/.exec(text)?.[0],
  first_word: (text) => /^[^/\s]+/.exec(text)?.[0],
  subject_user: (text) => /^user:([^]+)$/.exec(text)?.[1],
  subject_credential: (text) => (/^(?!user:)[^:\s]+:[^]/.test(text) ? text : undefined),
  vllm_line: vllmLine,
  vllm_address: vllmAddress,
  vllm_adapter: vllmAdapter,
}

function awsPrincipal(text: string, type: 'role' | 'user'): string | undefined {
  const principal = awsPrincipalOf(text)
  return principal?.type === type ? principal.value : undefined
}

/** The user name of a service account in a token, as `<namespace>/<name>`. */
function kubernetesServiceAccount(text: string): string | undefined {
  const match = /^system:serviceaccount:([^:/\s]+):([^:/\s]+)$/.exec(text)
  return match === null ? undefined : `${match[1]}/${match[2]}`
}

/** A mail, or a subject such as `serviceAccount:a@b` and `user:a@b`: the mail if it is one of that sort. */
function gcpPrincipal(text: string, type: 'service_account' | 'person'): string | undefined {
  const match = /^(?:(serviceAccount|user):)?([^\s:]+)$/.exec(text)
  const mail = lowerAscii(match?.[2] ?? '')
  if (mail === '') return undefined
  const is_account = mail.endsWith('.gserviceaccount.com')
  if (match?.[1] === 'user' && is_account) return undefined
  return is_account === (type === 'service_account') ? mail : undefined
}

/**
 * Lines of a vLLM server hold prompts, so only their beginning says what they are, and only the last adapter in them can be
 * the one that was used.
 */
const LINE_HEAD_CHARS = 512
const PROCESS = String.raw`^(?:\([^()]{1,80}\)\s{1,8})?`
const ACCESS_LINE = new RegExp(
  `${PROCESS}INFO:\\s{1,8}(\\S{2,64}) - "([A-Z]{3,8}) (\\S{1,200}) HTTP/`,
)
const ENGINE_LINE = new RegExp(
  `${PROCESS}INFO \\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\[?[^\\][]{1,80}\\] (?:Received|Added) request `,
)

/** `request`: the engine took a request. `call` and `access`: an access line of the model API, or any other. */
function vllmLine(text: string): string | undefined {
  const head = text.slice(0, LINE_HEAD_CHARS)
  if (ENGINE_LINE.test(head)) return 'request'
  const access = ACCESS_LINE.exec(head)
  if (access === null) return undefined
  return access[2] === 'POST' && access[3]?.startsWith('/v1/') === true ? 'call' : 'access'
}

/** The server writes `host:port`, and an IPv6 address in it without brackets: the last number is always the port. */
function vllmAddress(text: string): string | undefined {
  return ACCESS_LINE.exec(text.slice(0, LINE_HEAD_CHARS))?.[1]?.replace(/:\d{1,5}$/, '')
}

function vllmAdapter(text: string): string | undefined {
  if (vllmLine(text) !== 'request') return undefined
  const at = text.lastIndexOf("lora_name='")
  return at < 0 ? undefined : /^lora_name='([^']{1,200})'/.exec(text.slice(at, at + 256))?.[1]
}
