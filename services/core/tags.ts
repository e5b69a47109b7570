import type { KeyKind } from './words.ts'

/**
 * Owner tags as people write them (`costCenter`, `X-Tenant-Id`, `app`) and the closed list of what they mean. Both the
 * reader of events and the reader of owner files fold with these functions, so that they build the same keys.
 */

export const TAGS = [
  'team',
  'application',
  'cost_center',
  'owner',
  'product',
  'department',
  'project',
  'business_unit',
  'tenant',
  'customer',
  'user',
  'agent',
  'ip',
] as const
export type Tag = (typeof TAGS)[number]

/** What tags say about a call that is no owner and no caller: they build no key and decide nothing. */
export const CIRCUMSTANCES = ['environment', 'traffic_class'] as const
export type Circumstance = (typeof CIRCUMSTANCES)[number]

/** Tags whose value the directory may list as a thing of its own, beside the `tenant_tag`. */
export const LISTED_TAGS = ['team', 'application', 'cost_center'] as const satisfies readonly (Tag &
  KeyKind)[]

/** What a tag says: who pays (`claim`), on whose behalf (`consumer`), which agent, or where from. */
export const TAG_SLOTS = {
  team: 'claim',
  application: 'claim',
  cost_center: 'claim',
  owner: 'claim',
  product: 'claim',
  department: 'claim',
  project: 'claim',
  business_unit: 'claim',
  tenant: 'consumer',
  customer: 'consumer',
  user: 'consumer',
  agent: 'agent',
  ip: 'net',
} as const satisfies Record<Tag, string>

const SYNONYMS: ReadonlyMap<string, Tag> = new Map<string, Tag>([
  ...TAGS.map((tag) => [tag, tag] as const),
  ['team_id', 'team'],
  ['team_name', 'team'],
  ['app', 'application'],
  ['app_id', 'application'],
  ['app_name', 'application'],
  ['application_name', 'application'],
  ['cost_centre', 'cost_center'],
  ['costcenter', 'cost_center'],
  ['project_id', 'project'],
  ['project_name', 'project'],
  ['bu', 'business_unit'],
  ['tenant_id', 'tenant'],
  ['customer_id', 'customer'],
  ['user_id', 'user'],
  ['user_email', 'user'],
  ['end_user', 'user'],
  ['end_user_id', 'user'],
  ['enduser_id', 'user'],
  ['on_behalf_of', 'user'],
  ['agent_id', 'agent'],
  ['client_ip', 'ip'],
  ['client_address', 'ip'],
  ['ip_address', 'ip'],
  ['remote_addr', 'ip'],
  ['x_forwarded_for', 'ip'],
  ['forwarded_for', 'ip'],
])

const CIRCUMSTANCE_NAMES: ReadonlyMap<string, Circumstance> = new Map([
  ['environment', 'environment'],
  ['env', 'environment'],
  ['deployment_environment', 'environment'],
  ['deployment_environment_name', 'environment'],
  ['traffic_class', 'traffic_class'],
])

/** The longest name that can fold to a tag; longer ones are not looked at. */
const TAG_NAME_CHARS_MAX = 64

/** The tag that a name means, or `undefined` when it means none. */
export function tagOf(name: string): Tag | undefined {
  if (name.length > TAG_NAME_CHARS_MAX) return undefined
  return SYNONYMS.get(foldName(name))
}

/** The circumstance that a name of a tag means, or `undefined` when it means none. */
export function circumstanceOf(name: string): Circumstance | undefined {
  return name.length > TAG_NAME_CHARS_MAX ? undefined : CIRCUMSTANCE_NAMES.get(foldName(name))
}

/** `aB` → `a_b`, lower-case, separators → `_`, leading `_` and one leading `x_` off. */
export function foldName(name: string): string {
  const snake = name.trim().replace(/([a-z])([A-Z])/g, '$1_$2')
  return lowerAscii(snake)
    .replace(/[-.\s]/g, '_')
    .replace(/^_+/, '')
    .replace(/^x_/, '')
}

/** Values of tags are compared trimmed and lower-case, users and agents apart. */
export function foldValue(value: string): string {
  return lowerAscii(value.trim())
}

/** Lower-case of A to Z only: what is not ASCII stays byte-exact. */
export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase()) : text
}
