/**
 * What redaction leaves of the address that a finding names. An address may come from any of a source's fields, so this
 * fails closed: when one of them is redacted, all are.
 */
import type { Source } from '#/core/source.ts'
import { tagOf } from '#/core/tags.ts'
import type { RedactionConfig } from '../processors/redaction/config.ts'
import { createPseudonyms, truncateAddress } from '../processors/redaction/redaction.ts'

export function concealerOfAddresses(
  redactions: readonly RedactionConfig[],
  sources: readonly Source[],
): (address: string) => string | undefined {
  const touches = (paths: readonly string[]) =>
    paths.some((path) => sources.some((source) => canHoldAddress(source, path)))
  if (
    redactions.some(({ drop, pseudonymize }) => touches([...drop, ...(pseudonymize?.fields ?? [])]))
  )
    return () => undefined
  const by = redactions.find(({ pseudonymize }) => (pseudonymize?.addresses.length ?? 0) > 0)
  const pseudonymize = by?.pseudonymize
  if (pseudonymize === undefined) return (address) => address
  const pseudonym = createPseudonyms(pseudonymize)
  return pseudonymize.addresses_by === 'truncate'
    ? (address) => truncateAddress(address) ?? pseudonym(address)
    : pseudonym
}

/** Of a tag map, only the members that mean one. */
function canHoldAddress({ net, tag_maps }: Source, path: string): boolean {
  const isWithin = (field: string) => `${field.split('[]')[0]}/`.startsWith(`${path}/`)
  return (
    net.some((from) => isWithin(typeof from === 'string' ? from : from.field)) ||
    tag_maps.some(({ field, prefix = '' }) => {
      if (isWithin(field)) return true
      const name =
        path.startsWith(`${field}/${prefix}`) && path.slice(field.length + 1 + prefix.length)
      return name !== false && tagOf(name) === 'ip'
    })
  )
}
