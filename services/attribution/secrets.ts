import { createHmac } from 'node:crypto'
import { looksLikeSecret } from '#/core/keys.ts'
import {
  findSecrets,
  isLasting,
  meaningOfName,
  secretNamed,
  type FoundSecret,
} from '#/core/secrets/index.ts'
import type { KeyRule, SecretField, Source } from '#/core/source.ts'
import type { EventValues, FieldRead } from '#/core/view.ts'
import type { SecretKind } from '#/core/words.ts'
import type { Fields } from './fields.ts'

/**
 * Raw keys and tokens in a record. A raw secret never becomes a key, because keys are written into events and sent to the
 * directory. Its keyed fingerprint does: the same secret gives the same key, and nobody without the fingerprint key can test
 * a guess.
 */
export function fingerprint(secret: string, fingerprint_key: Buffer): string {
  return `fp:${createHmac('sha256', fingerprint_key).update(secret).digest('base64url')}`
}

/** The secret alone where an id of a key should stand: without the scheme before it. `undefined` for a mask. */
export function bareSecret(id: string): string | undefined {
  const secret = secretNamed(CREDENTIAL, id)
  return secret && id.slice(secret.start, secret.end)
}

/** Names that stand for all of their meaning; members of headers carry them as tags. */
const CREDENTIAL = 'authorization'
const AZURE_CREDENTIAL = 'api-key'
const COOKIE = 'cookie'
const ANY = 'any'

/** A field in which secrets can stand, and how they are found in what it shows. */
export interface SecretRead extends FieldRead {
  readonly find: (text: string, tag: string | undefined) => readonly FoundSecret[]
}

/** The fields of a source in which raw secrets can stand. `all`: also headers whose values HTTP prescribes. */
export function secretReads(source: Source, options: { readonly all: boolean }): SecretRead[] {
  return (source.secrets ?? []).map((field) => secretRead(field, options.all))
}

function secretRead({ field: path, holds, prefix = '' }: SecretField, all: boolean): SecretRead {
  if (holds === 'headers') {
    const tag = (name: string) =>
      name.startsWith(prefix) ? tagOfHeader(name.slice(prefix.length), all) : undefined
    return { path, shape: 'map', use: 'reads', tag, find: findInHeader }
  }
  const find = holds === 'text' ? findSecrets : compileNamed(path.slice(path.lastIndexOf('/') + 1))
  return { path, shape: 'value', use: 'reads', find }
}

function tagOfHeader(name: string, all: boolean): string | undefined {
  const meaning = meaningOfName(name)
  if (meaning === 'cookie') return COOKIE
  if (meaning === 'credential') return isAzure(name) ? AZURE_CREDENTIAL : CREDENTIAL
  return meaning === 'text' || all ? ANY : undefined
}

function isAzure(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === AZURE_CREDENTIAL || lower === 'ocp-apim-subscription-key'
}

function findInHeader(text: string, tag: string | undefined): readonly FoundSecret[] {
  if (tag === undefined || tag === ANY) return findSecrets(text)
  const secret = secretNamed(tag, text)
  return secret === undefined ? [] : [secret]
}

function compileNamed(name: string): SecretRead['find'] {
  const meaning = meaningOfName(name) === 'cookie' ? COOKIE : isAzure(name) ? name : CREDENTIAL
  return (text) => findInHeader(text, meaning)
}

/**
 * The ids of keys that a source reads, where a raw one can stand in place of its id. Rules that take only ids of a certain
 * form cannot take one.
 */
export function keyIdPaths(source: Source): readonly string[] {
  const rules = source.identities.flatMap(({ aliases }) => aliases.flatMap(({ first }) => first))
  const takesAny = ({ kind, matches }: KeyRule) => kind === 'api_key' && matches === undefined
  return [...new Set(rules.filter(takesAny).map(({ field }) => field))]
}

/** Raw secrets where the id of a key should stand; these fields decide, so this is asked once per identity. */
export function compileKeyIdSecrets(fields: Fields): (values: EventValues) => SecretKind[] {
  const paths = keyIdPaths(fields.source).filter((path) => !path.includes('[]'))
  const readers = paths.map((path) => fields.text(path, 'decides'))
  return (values) =>
    readers.flatMap(({ read }) => {
      const text = read(values)
      if (text === undefined || !looksLikeSecret(text)) return []
      const secret = secretNamed(CREDENTIAL, text)
      return secret === undefined ? [] : [secret.kind]
    })
}

export type SecretCount = (
  values: EventValues,
  see: (source: string, kind: SecretKind) => void,
) => void

/** Counts what stands in the fields that do not decide. `undefined`: the source has none. */
export function compileSecretCount(fields: Fields): SecretCount | undefined {
  const { source, plan } = fields
  const reads = secretReads(source, { all: false })
  if (reads.length === 0) return undefined
  const from = plan.own(reads.map((read) => withText(read, fields)))
  const to = from + reads.length
  return (values, see) =>
    values.visit(from, to, (text, field, tag) => {
      for (const { kind } of reads[field - from]!.find(text, tag)) see(source.name, kind)
    })
}

function withText(read: SecretRead, fields: Fields): SecretRead {
  const text = fields.textAbove(read.path)
  return text === undefined ? read : { ...read, text }
}

/** Keys that one record can hold as evidence; what is beyond is counted all the same. */
const KEYS_MAX = 8

/**
 * The keys that a caller sent, as they stand in headers and credentials, to be fingerprinted. `undefined`: the source has
 * no such field, or there is no key for fingerprints.
 */
export function compileSentKeys(
  fields: Fields,
): ((values: EventValues) => readonly string[]) | undefined {
  const { source, plan, options } = fields
  const { fingerprint_key } = options
  const sent = (source.secrets ?? []).filter(({ holds }) => holds !== 'text')
  if (fingerprint_key === undefined || sent.length === 0) return undefined
  const reads = sent.map((field) => onlyCredentials(secretRead(field, false)))
  const from = plan.own(reads.map((read) => ({ ...withText(read, fields), use: 'decides' })))
  return (values) => {
    const fingerprints = new Set<string>()
    values.visit(from, from + reads.length, (text, field, tag, is_replaced) => {
      if (is_replaced) return
      for (const { kind, start, end } of reads[field - from]!.find(text, tag)) {
        const secret = text.slice(start, end)
        if (fingerprints.size < KEYS_MAX && isLasting(kind) && !/\s/.test(secret))
          fingerprints.add(fingerprint(secret, fingerprint_key))
      }
    })
    return [...fingerprints]
  }
}

/** Other headers differ from call to call; they would make an identity of each. */
function onlyCredentials(read: SecretRead): SecretRead {
  const { tag } = read
  if (tag === undefined) return read
  const isCredential = (name: string | undefined) =>
    name === CREDENTIAL || name === AZURE_CREDENTIAL ? name : undefined
  return { ...read, tag: (name) => isCredential(tag(name)) }
}
