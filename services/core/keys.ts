import { canonicalNetwork } from './address.ts'
import type { Key } from './owners.ts'
import { findSecrets } from './secrets/index.ts'
import { foldName, foldValue, lowerAscii, tagOf, TAG_SLOTS } from './tags.ts'
import type { KeyKind } from './words.ts'

/**
 * The normal form of every key kind. Events and owner rows both pass through `normaliseKey`, so a key that an event builds
 * meets the row that was written for it. Forms that already are normal pass unchanged.
 */

export { canonicalAddress } from './address.ts'

export type NormalKey =
  { readonly ok: true; readonly value: string } | { readonly ok: false; readonly problem: string }

/** Longest SPIFFE id, from its specification. */
const SPIFFE_BYTES_MAX = 2048
const WORKLOAD_TYPES = 'deployment|statefulset|daemonset|cronjob|job'

const NOBODY_WORDS: ReadonlySet<string> = new Set([
  '',
  '-',
  'null',
  'none',
  'nil',
  'undefined',
  'n/a',
  'unknown',
  'unspecified',
])

/** Shapes of secrets that turn up where an id of a key should stand. */
const SECRET_SHAPES: readonly RegExp[] = [
  /^(?:bearer|basic)\s/i,
  // A slug may begin so, too: `sk-billing`, `xai-gateway`. A key has digits, or no end.
  /^sk[-_](?=.*\d|.{16})[A-Za-z0-9_-]{4,}$/,
  /^(?:gsk|xai|pplx|nvapi|pcsk)[-_](?=.*\d)[A-Za-z0-9_-]{16,}$/,
  /^(?:AIza|ABSK|hf_|r8_|dapi|gh[pousr]_|glpat-|xox[abp]-)[A-Za-z0-9_+/=-]{16,}$/,
  /^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/,
]

const NORMAL_FORMS: Readonly<Record<KeyKind, (value: string) => NormalKey>> = {
  spiffe,
  k8s_sa: (v) => shaped(v, /^.+\/[^/]+\/[^/]+$/, '<cluster>/<namespace>/<name>'),
  k8s_workload,
  k8s_pod: (v) => shaped(lowerAscii(v), /^[^\s/]+$/, '<pod uid>'),
  federated: (v) => shaped(v, /^principal:\/\/.+$/, 'principal://…'),
  aws_role: (v) => awsPrincipal(v, 'role'),
  aws_role_id: (v) => shaped(v, /^AROA[A-Z0-9]+$/, 'AROA…'),
  aws_user: (v) => awsPrincipal(v, 'user'),
  azure_sp: (v) => shaped(lowerAscii(v), /^[^/]+\/[^/]+$/, '<tenant>/<objectId>'),
  gcp_sa: (v) =>
    shaped(lowerAscii(v), /^[^\s@]+@[^\s@]+\.gserviceaccount\.com$/, '<…>@<…>.gserviceaccount.com'),
  oauth_client: (v) => shaped(v, /^[^|]+\|[^]+$/, '<issuer>|<client id>'),
  user: (v) => shaped(v, /^[^|]+\|[^]+$/, '<issuer>|<id>'),
  mail: (v) => shaped(lowerAscii(v), /^[^\s@]+@[^\s@]+$/, '<name>@<domain>'),
  api_key: apiKey,
  scope: (v) => shaped(v, /^[^/]+\/[^/]+\/[^]+$/, '<system>/<type>/<id>'),
  service: (v) =>
    shaped(lowerAscii(v), /^[^/]*\/[^/][^]*\/[^/]*$/, '<namespace>/<name>/<environment>'),
  agent: (v) => shaped(v, /^[^/]+\/[^]+$/, '<service.namespace>/<id>'),
  tenant_tag: tenantTag,
  team: folded,
  application: folded,
  cost_center: folded,
  ip: (v) => {
    const value = canonicalNetwork(v)
    return value === undefined ? problem('an address or a CIDR block') : { ok: true, value }
  },
}

/** Puts the value of a key into the normal form of its kind, or says what it should look like. */
export function normaliseKey(kind: KeyKind, value: string): NormalKey {
  const text = value.trim()
  return text === '' ? problem('a value that is not empty') : NORMAL_FORMS[kind](text)
}

/** `kind=value`, as in `attribution.evidence` and in maps from keys to answers. */
export function keyText(key: Key): string {
  return `${key.kind}=${key.value}`
}

/** Whether a text is one of the words that mean "absent" in every source, in any letter case. */
export function isNobodyWord(text: string): boolean {
  return text.length <= 11 && NOBODY_WORDS.has(lowerAscii(text.trim()))
}

/** Whether no event can ever ask for a key in normal form: its last part is a nobody word, or its tag names nobody. */
export function isNobody(kind: KeyKind, value: string): boolean {
  if (kind === 'tenant_tag') return !isOwnerTag(value) || isNobodyWord(afterFirst(value, '='))
  if (kind === 'user' || kind === 'oauth_client') return isNobodyWord(afterFirst(value, '|'))
  if (kind === 'service') {
    const name = value.slice(value.indexOf('/') + 1, value.lastIndexOf('/'))
    return isNobodyWord(name) || name.startsWith('unknown_service')
  }
  if (kind === 'api_key' || kind === 'agent') return isNobodyWord(afterFirst(value, '/'))
  if (kind === 'scope') return isNobodyWord(afterFirst(afterFirst(value, '/'), '/'))
  return isNobodyWord(value) || isNobodyWord(value.slice(value.lastIndexOf('/') + 1))
}

/** Whether a text looks like a credential itself and not like the id, alias or hash of one. */
export function looksLikeSecret(text: string): boolean {
  if (SECRET_SHAPES.some((shape) => shape.test(text))) return true
  const [secret] = findSecrets(text)
  return secret?.start === 0 && secret.end === text.length && !AWS_KEY_ID.test(text)
}
/** The id of an AWS key begins like a secret and is none without its other half. */
const AWS_KEY_ID = /^A[KS]IA[0-9A-Z]+$/

/** Whether a text is like `x@y`, which builds a `mail` where any other text builds a `user`. */
export function looksLikeMail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text)
}

function spiffe(value: string): NormalKey {
  const match = /^spiffe:\/\/([^/?#]+)(\/[^?#\s]*)?$/i.exec(value)
  const domain = lowerAscii(match?.[1] ?? '')
  if (!/^[a-z0-9._-]+$/.test(domain) || Buffer.byteLength(value) > SPIFFE_BYTES_MAX) {
    return problem(`spiffe://<trust domain>/<path>, at most ${SPIFFE_BYTES_MAX} bytes`)
  }
  return { ok: true, value: `spiffe://${domain}${(match?.[2] ?? '').replace(/\/+$/, '')}` }
}

function k8s_workload(value: string): NormalKey {
  const match = new RegExp(`^(.+/[^/]+)/(${WORKLOAD_TYPES})/([^/]+)$`, 'i').exec(value)
  if (match === null) return problem(`<cluster>/<namespace>/${WORKLOAD_TYPES}/<name>`)
  return { ok: true, value: `${match[1]}/${lowerAscii(match[2] ?? '')}/${match[3]}` }
}

/** Also reads an ARN: its path and its session are not part of the identity. */
function awsPrincipal(value: string, type: 'role' | 'user'): NormalKey {
  const expected = `<partition>:<12-digit account>:${type}/<name>`
  const normal = /^([a-z][a-z0-9-]*):(\d{12}):(role|user)\/(?:.*\/)?([^/\s]+)$/.exec(value)
  if (normal !== null && normal[3] === type) {
    return { ok: true, value: `${normal[1]}:${normal[2]}:${type}/${normal[4]}` }
  }
  const arn = awsPrincipalOf(value)
  return arn?.type === type ? { ok: true, value: arn.value } : problem(expected)
}

export interface AwsPrincipal {
  readonly type: 'role' | 'user'
  /** Normal form of `aws_role` or `aws_user`. */
  readonly value: string
  /** Name of the role session. */
  readonly session?: string
}

/** Reads the ARN of an IAM role or user, or of a role session; `undefined` for anything else. */
export function awsPrincipalOf(arn: string): AwsPrincipal | undefined {
  const iam = /^arn:([a-z][a-z0-9-]*):iam::(\d{12}):(role|user)\/(?:.*\/)?([^/\s]+)$/.exec(arn)
  if (iam !== null) {
    const type = iam[3] === 'role' ? 'role' : 'user'
    return { type, value: `${iam[1]}:${iam[2]}:${type}/${iam[4]}` }
  }
  const sts = /^arn:([a-z][a-z0-9-]*):sts::(\d{12}):assumed-role\/([^/\s]+)(?:\/(.+))?$/.exec(arn)
  if (sts === null) return undefined
  const value = `${sts[1]}:${sts[2]}:role/${sts[3]}`
  return sts[4] === undefined
    ? { type: 'role', value }
    : { type: 'role', value, session: sts[4].trim() }
}

function apiKey(value: string): NormalKey {
  const expected = '<system>/<id of the key>'
  if (looksLikeSecret(value) || looksLikeSecret(afterFirst(value, '/'))) {
    return problem(`${expected}, never the key itself (a raw one is <system>/fp:<HMAC-SHA-256>)`)
  }
  return shaped(value, /^[^/]+\/[^]+$/, expected)
}

function tenantTag(value: string): NormalKey {
  const equals = value.indexOf('=')
  const name = equals < 0 ? '' : value.slice(0, equals)
  const tag = tagOf(name) ?? foldName(name)
  const text = foldValue(afterFirst(value, '='))
  if (tag === '' || text === '') return problem('<tag>=<value>')
  return { ok: true, value: `${tag}=${text}` }
}

function isOwnerTag(tenant_tag: string): boolean {
  const tag = tagOf(tenant_tag.slice(0, tenant_tag.indexOf('=')))
  if (tag === undefined || tag === 'user') return false
  return TAG_SLOTS[tag] === 'claim' || TAG_SLOTS[tag] === 'consumer'
}

function folded(value: string): NormalKey {
  return { ok: true, value: foldValue(value) }
}

function shaped(value: string, shape: RegExp, expected: string): NormalKey {
  return shape.test(value) ? { ok: true, value } : problem(expected)
}

function problem(expected: string): NormalKey {
  return { ok: false, problem: `expected ${expected}` }
}

function afterFirst(text: string, separator: string): string {
  const at = text.indexOf(separator)
  return at < 0 ? '' : text.slice(at + 1)
}
