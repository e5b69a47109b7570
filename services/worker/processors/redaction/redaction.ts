/**
 * Redaction on the way out. Attribution has seen the original values; what leaves the worker has lost them. It fails
 * closed: a value that cannot be replaced (an object where a text was expected) is left out, an address that is none is
 * replaced like any text, and both happen in every duplicate of the field.
 */
import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import { LRUCache } from 'lru-cache'
import type { AttributionRecord } from '#/core/decision.ts'
import { canonicalAddress } from '#/core/keys.ts'
import type { Meter } from '#/core/ports.ts'
import type { FieldRead } from '#/core/view.ts'
import { NOTHING_TO_LOOK_UP, type Batch, type Processor, type ProcessorPlan } from '../processor.ts'
import type { RedactionConfig } from './config.ts'

/** A rule per field: nothing to write means the field is left out. */
interface Rule {
  readonly path: string
  readonly replacement: ((text: string) => string) | undefined
}

/** Pseudonyms kept in memory; one costs about 2 µs to make. */
const PSEUDONYMS_MAX = 50_000

export function planRedaction(config: RedactionConfig, meter: Meter): ProcessorPlan {
  const rules = rulesOf(config)
  const counter = meter.counter('whosecall_redactions_total')
  const fields: FieldRead[] = rules.map(({ path }) => ({ path, shape: 'value', use: 'reads' }))

  function bind({ first_field }: { readonly first_field: number }): Processor {
    return function redaction(batch: Batch) {
      let dropped = 0
      let replaced = 0
      const { view } = batch
      for (let event = 0; event < view.event_count; event += 1) {
        for (const [index, rule] of rules.entries()) {
          if (rule.replacement === undefined) dropped += view.cut(event, first_field + index)
          else replaced += view.replace(event, first_field + index, rule.replacement)
        }
      }
      if (dropped > 0) counter.add(dropped, { action: 'drop' })
      if (replaced > 0) counter.add(replaced, { action: 'pseudonymize' })
      return NOTHING_TO_LOOK_UP
    }
  }
  return { fields, bind }
}

function rulesOf(config: RedactionConfig): readonly Rule[] {
  const rules: Rule[] = config.drop.map((path) => ({ path, replacement: undefined }))
  const { pseudonymize } = config
  if (pseudonymize === undefined) return rules
  const pseudonym = createPseudonyms(pseudonymize)
  for (const path of pseudonymize.fields) rules.push({ path, replacement: pseudonym })
  const address =
    pseudonymize.addresses_by === 'truncate'
      ? (text: string) => truncateAddress(text) ?? pseudonym(text)
      : pseudonym
  for (const path of pseudonymize.addresses) rules.push({ path, replacement: address })
  return rules
}

/** `k<key id>:<HMAC-SHA-256 of the trimmed text, base64url>`. Equal texts give equal pseudonyms under one key. */
export function createPseudonyms({
  key_id,
  key,
}: {
  readonly key_id: string
  readonly key: string
}): (text: string) => string {
  const known = new LRUCache<string, string>({ max: PSEUDONYMS_MAX })
  return (text) => {
    let pseudonym = known.get(text)
    if (pseudonym === undefined) {
      pseudonym = `k${key_id}:${createHmac('sha256', key).update(text.trim()).digest('base64url')}`
      known.set(text, pseudonym)
    }
    return pseudonym
  }
}

/** The first 24 bits of IPv4, 48 of IPv6, as a network in CIDR form. `undefined` when the text is no single address. */
export function truncateAddress(text: string): string | undefined {
  const address = canonicalAddress(text)
  if (address === undefined) return undefined
  if (isIP(address) === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  if (isIP(address) !== 6) return undefined
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const full = [
    ...groups,
    ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'),
    ...rest,
  ]
  return `${full.slice(0, 3).join(':')}::/48`
}

/** Keys that name a person. */
const PERSON = /^(user|mail)=([^]*)$/
export const PERSON_PREFIXES: readonly string[] = ['user=', 'mail=']

/** Replaces the persons that a decision names, or what was redacted in the event would stand in its attribution. */
export function concealPersons(
  record: AttributionRecord,
  pseudonym: (text: string) => string,
): AttributionRecord {
  const conceal = (key: string) => {
    const [, kind, value] = PERSON.exec(key) ?? []
    return kind === undefined || value === undefined ? key : `${kind}=${pseudonym(value)}`
  }
  return {
    ...record,
    ...(record.evidence === undefined ? {} : { evidence: conceal(record.evidence) }),
    ...(record.on_behalf_of === undefined ? {} : { on_behalf_of: conceal(record.on_behalf_of) }),
    ...(record.chain === undefined ? {} : { chain: record.chain.map(conceal) }),
  }
}
