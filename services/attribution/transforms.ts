import { awsPrincipalOf } from '#/core/keys.ts'
import type { TransformName } from '#/core/source.ts'

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
  first_word: (text) => /^[^/\s]+/.exec(text)?.[0],
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
