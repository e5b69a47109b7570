import { awsPrincipalOf, normaliseKey } from '#/core/keys.ts'
import type { Key } from '#/core/owners.ts'
import type { RulesOptions } from './types.ts'

/** Whether a role is on the receiver's list, which holds names, ARNs and normal forms. */
export function compileBrokers(options: RulesOptions): (key: Key) => boolean {
  const roles = new Set<string>()
  const names = new Set<string>()
  for (const broker of options.trusted_brokers ?? []) {
    const normal = normaliseKey('aws_role', broker)
    const role = awsPrincipalOf(broker)?.value ?? (normal.ok ? normal.value : undefined)
    if (role === undefined) names.add(broker.trim())
    else roles.add(role)
  }
  return (key) =>
    key.kind === 'aws_role' &&
    (roles.has(key.value) || names.has(key.value.slice(key.value.lastIndexOf('/') + 1)))
}
