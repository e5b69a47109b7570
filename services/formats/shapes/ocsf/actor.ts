/**
 * Who acted: the principal that authenticated, else the workload, beside the credential that was used. A call that names
 * nobody has a session and nothing else: neither an address nor a claim is a user.
 */

import type { KeyKind } from '#/core/words.ts'
import { keyUsedIn, mailOf, trustedIn, type FannedEvent } from '../fanned.ts'

export interface Actor {
  readonly user?: User | undefined
  readonly iam_role?: { readonly uid: string; readonly name: string } | undefined
  readonly app_uid?: string | undefined
  readonly session: { readonly uid: string; readonly credential_uid?: string | undefined }
}

export interface User {
  readonly type_id: number
  readonly type: string
  readonly uid?: string
  readonly name?: string
  readonly email_addr?: string | undefined
  readonly credential_uid?: string | undefined
}

const USER = { type_id: 1, type: 'User' } as const
const SERVICE = { type_id: 4, type: 'Service' } as const
const PERSONS: readonly KeyKind[] = ['user', 'mail', 'aws_user']
const ROLES: readonly KeyKind[] = ['aws_role', 'aws_role_id']

export function actorOf(event: FannedEvent): Actor {
  const principal = trustedIn(event, 'principal')
  const credential_uid = keyUsedIn(event)
  const { session_id, request_id } = event.facts
  const session = { uid: session_id ?? request_id ?? event.event_id, credential_uid }
  const workload = trustedIn(event, 'workload')
  const app_uid = workload?.value
  const named = principal ?? workload
  if (named === undefined) return { app_uid, session }
  if (ROLES.includes(named.kind))
    return { iam_role: { uid: named.value, name: lastPart(named.value) }, app_uid, session }
  return { user: userOf(event, named.kind, named.value, credential_uid), app_uid, session }
}

function userOf(
  event: FannedEvent,
  kind: KeyKind,
  value: string,
  credential_uid: string | undefined,
): User {
  const type = PERSONS.includes(kind) ? USER : SERVICE
  const email_addr = mailOf(event)
  if (kind === 'mail') return { ...type, name: value, email_addr, credential_uid }
  return { ...type, uid: value, email_addr, credential_uid }
}

function lastPart(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1)
}
