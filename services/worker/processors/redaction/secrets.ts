/**
 * Raw secrets on the way out. Every field of a candidate source in which one can stand is looked at, whatever source the
 * event was recognised as. What looks like a secret is replaced; in a list or an object, where nothing can be put in its
 * place, the whole value goes.
 */
import { fingerprint, keyIdPaths, secretReads, type SecretRead } from '#/attribution/index.ts'
import type { AttributionRecord } from '#/core/decision.ts'
import { looksLikeSecret } from '#/core/keys.ts'
import type { Meter } from '#/core/ports.ts'
import { findSecrets, secretNamed, type FoundSecret } from '#/core/secrets/index.ts'
import type { Source } from '#/core/source.ts'
import { NOTHING_TO_LOOK_UP, type Batch, type Processor, type ProcessorPlan } from '../processor.ts'
import type { RedactionConfig } from './config.ts'

export interface SecretOptions {
  /** Candidates. */
  readonly sources: readonly Source[]
  /** Of the attribution processor. Without it a fingerprint cannot be made, and secrets are masked. */
  readonly fingerprint_key: string | undefined
}

/** What is written in place of a secret. */
export type Conceal = (secret: FoundSecret, text: string) => string

export function createConceal(
  mode: RedactionConfig['secrets'],
  fingerprint_key: string | undefined,
): Conceal {
  if (mode !== 'fingerprint' || fingerprint_key === undefined)
    return ({ kind }) => `[redacted:${kind}]`
  const key = Buffer.from(fingerprint_key)
  return ({ start, end }, text) => fingerprint(text.slice(start, end), key)
}

export function planSecretRedaction(
  config: Pick<RedactionConfig, 'secrets'>,
  { sources, fingerprint_key }: SecretOptions,
  meter: Meter,
): ProcessorPlan {
  const reads = config.secrets === 'keep' ? [] : secretFields(sources)
  const conceal = createConceal(config.secrets, fingerprint_key)
  const counter = meter.counter('whosecall_redactions_total')

  function bind({ first_field }: { readonly first_field: number }): Processor {
    return function secretRedaction({ view }: Batch) {
      let replaced = 0
      const rewrite = (text: string, field: number, tag: string | undefined) =>
        concealed(text, reads[field - first_field]!.find(text, tag), conceal)
      if (reads.length > 0)
        for (let event = 0; event < view.event_count; event += 1)
          replaced += view.rewrite(event, first_field, first_field + reads.length, rewrite)
      if (replaced > 0) counter.add(replaced, { action: 'secret' })
      return NOTHING_TO_LOOK_UP
    }
  }
  return { fields: reads, bind }
}

/** The text with every secret in it replaced; `undefined` when there is none. */
function concealed(
  text: string,
  found: readonly FoundSecret[],
  conceal: Conceal,
): string | undefined {
  if (found.length === 0) return undefined
  let result = ''
  let at = 0
  for (const secret of found) {
    result += text.slice(at, secret.start) + conceal(secret, text)
    at = secret.end
  }
  return result + text.slice(at)
}

/** Each place once: several sources name the same. */
export function secretFields(sources: readonly Source[]): readonly SecretRead[] {
  const reads = new Map<string, SecretRead>()
  for (const source of sources) {
    for (const { field, holds, prefix = '' } of source.secrets ?? []) {
      const name = `${holds} ${field} ${prefix}`
      const [read] = secretReads({ ...source, secrets: [{ field, holds, prefix }] }, { all: true })
      if (read !== undefined) reads.set(name, read)
    }
    for (const path of keyIdPaths(source)) reads.set(`id ${path}`, keyIdRead(path))
  }
  return [...reads.values()]
}

/** A raw key where the id of one should stand. Most ids begin like no secret, which is all that is asked of them. */
function keyIdRead(path: string): SecretRead {
  return {
    path: path.split('[]')[0] ?? path,
    shape: 'value',
    use: 'reads',
    find(text) {
      const id = text.trim()
      const secret = looksLikeSecret(id) ? secretNamed('authorization', text) : undefined
      return secret === undefined ? [] : [secret]
    },
  }
}

/** A tag or a user may be a secret that somebody put into the wrong place: what a decision says of it is concealed, too. */
export function concealSecrets(record: AttributionRecord, conceal: Conceal): AttributionRecord {
  const clean = (key: string) => {
    const value_at = key.indexOf('=') + 1
    const value = key.slice(value_at)
    // The id of a key is never the key itself.
    if (key.startsWith('api_key=')) return key
    return `${key.slice(0, value_at)}${concealed(value, findSecrets(value), conceal) ?? value}`
  }
  const { evidence, on_behalf_of, chain } = record
  return {
    ...record,
    ...(evidence === undefined ? {} : { evidence: clean(evidence) }),
    ...(on_behalf_of === undefined ? {} : { on_behalf_of: clean(on_behalf_of) }),
    ...(chain === undefined ? {} : { chain: chain.map(clean) }),
  }
}
