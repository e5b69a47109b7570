/** The values that an analyst pivots on, with the places where they stand. */

import type { Actor } from './actor.ts'

export function observablesOf(actor: Actor, endpoint: { readonly ip?: string | undefined }) {
  const { user, iam_role } = actor
  const found = [
    ['src_endpoint.ip', 2, 'IP Address', endpoint.ip],
    ['actor.user.name', 4, 'User Name', user?.name],
    ['actor.user.email_addr', 5, 'Email Address', user?.email_addr],
    ['actor.user.uid', 31, undefined, user?.uid],
    ['actor.iam_role.uid', 50, undefined, iam_role?.uid],
  ] as const
  const observables = found.flatMap(([name, type_id, type, value]) =>
    value === undefined ? [] : [{ name, type_id, type, value }],
  )
  return observables.length === 0 ? undefined : observables
}
