import type { Tag } from './tags.ts'
import type { Class, Encoding, KeyKind, Slot } from './words.ts'

/**
 * What a source data file says: how the fields of one product's log become evidence. It is data without code, so that it
 * can be read beside the published table of fields, and so that an operator can write the same in YAML (`custom`). Where a
 * value must be taken apart, the file names a transform from one shared table.
 *
 * A path is a JSON Pointer into the logical event (see `view.ts`).
 */

export type Path = string

/**
 * A text to compare with: `*` is any text, `<digits>` and `<hex>` are one or more of these characters, all else is itself.
 * Nobody words are compared in any letter case, everything else byte by byte.
 */
export type Pattern = string

/** Who wrote a field: the platform itself, after authenticating, or anyone who can send a request. */
export type By = 'system' | 'caller'

/** One condition on an event. With several paths, the first that is present is looked at. */
export type Condition =
  | { readonly field: Path | readonly Path[]; readonly matches: readonly Pattern[] }
  /** Absent, or present and none of these. */
  | { readonly field: Path | readonly Path[]; readonly unless: readonly Pattern[] }
  /**
   * `present`: the field is there, whatever its value. `absent`: not there, or a nobody word. `empty`: there, and the empty
   * text. `object`: there, and an object. `named`: there, and no nobody word.
   */
  | {
      readonly field: Path
      readonly is: 'present' | 'absent' | 'named' | 'empty' | 'object'
    }
  /** Some member of the object has a name that matches, or one that is none of the others. */
  | { readonly names: Path; readonly matches: readonly Pattern[] }
  | { readonly names: Path; readonly other_than: readonly Pattern[] }

/** All of them must hold. */
export type When = readonly Condition[]

/** Named functions from text to text, in `attribution/transforms.ts`. */
export const TRANSFORMS = [
  'aws_role',
  'aws_user',
  'aws_session',
  'kubernetes_service_account',
  'service_account',
  'first_word',
] as const
export type TransformName = (typeof TRANSFORMS)[number]

/** How a value builds a key. Parts that the record lacks are filled from the receiver's options, else the system's name. */
export interface KeyRule {
  readonly field: Path
  /** `user_or_mail`: a value like `x@y` builds `mail`, any other `user`. `tag`: see `tag`. */
  readonly kind: KeyKind | 'user_or_mail' | 'tag'
  /** Only values that match build a key; others are as if absent. */
  readonly matches?: readonly Pattern[]
  readonly transform?: TransformName
  /** Values (after the transform) that mean nobody. */
  readonly nobody?: readonly Pattern[]
  /** Put before the id: `alias/`. */
  readonly prefix?: string
  /** `user`, `oauth_client`: the issuer that the record states. */
  readonly issuer?: Path
  /** `scope`: the type between system and id. */
  readonly type?: string
  /** `service`: the namespace. `k8s_workload`: the cluster and the namespace. */
  readonly namespace?: Path
  readonly cluster?: Path
  /** `service`: the first present one is the environment. */
  readonly environment?: readonly Path[]
  /** `k8s_workload`: the type of what `field` names. */
  readonly workload?: string
  /** `tag`: the tag that the value stands for. */
  readonly tag?: Tag
}

export interface Alias {
  /** The first present one builds the key. */
  readonly first: readonly KeyRule[]
  /** Unknown to the directory, it names nobody. */
  readonly only_if_known?: true
  /** When one of these holds, the slot holds a shared value and this alias builds no key. */
  readonly shared?: readonly When[]
}

/** One identity: each alias builds a key, and the directory knows the identity if it knows one of them. */
export interface Identity {
  readonly slot: Exclude<Slot, 'account' | 'net'>
  readonly by: By
  readonly aliases: readonly Alias[]
  readonly when?: When
  /**
   * When `role` is on the receiver's list of trusted brokers, it is only a hop of the chain and `session` is the
   * authenticated principal. Both fields of such a pair name the broker in the same way.
   */
  readonly broker?: 'role' | 'session'
}

/** An object, a JSON text or a list of `key:value` whose members are owner tags. */
export interface TagMap {
  readonly field: Path
  readonly by: By
  /** Only members whose name begins so count; the rest of the name is the tag. */
  readonly prefix?: string
  /** `owner`: without users and agents. */
  readonly tags: 'all' | 'owner'
}

/** A key that only suggests an owner to the person who triages. */
export type Hint =
  { readonly first: readonly KeyRule[] } | { readonly tag_map: Path; readonly prefix?: string }

export interface ClassRule {
  readonly when: When
  readonly class: 'call' | Class
}

export type TimeUnit = 's' | 'ms' | 'ns' | 'iso'

export interface TimeRule {
  readonly field: Path
  readonly unit: TimeUnit
  /** Zero means that there is no time. */
  readonly zero_is_absent?: true
}

/** Token counts. What is named in `input` and `output` is added up; of each list the first number counts. */
export interface TokenRules {
  readonly input: readonly (readonly Path[])[]
  readonly output: readonly (readonly Path[])[]
}

export interface Source {
  readonly name: string
  /** What stands in key values for this system: `litellm/5f3a…`. */
  readonly system: string
  /** The encoding it usually comes in; OTLP sources take either of the two. */
  readonly encoding: Encoding
  /** JSON: members that hold the list of events. */
  readonly wrappers?: readonly Path[]
  /** For `auto`: one of these must hold. Without any, the source is what is left of its encoding. */
  readonly detect: readonly When[]
  /** Valid JSON without any of these is not this source. Empty: every event will do. */
  readonly needs: readonly When[]
  /** The first that holds decides. */
  readonly classes: readonly ClassRule[]
  /** What an event is when no rule holds. */
  readonly otherwise: 'call' | Class
  readonly identities: readonly Identity[]
  /** Agents are unique only within this namespace; without it, within the system. */
  readonly agent_namespace?: Path
  readonly tag_maps: readonly TagMap[]
  /** Values of single fields that mean nobody, beside the words that mean so everywhere. */
  readonly nobody?: Readonly<Record<Path, readonly Pattern[]>>
  /** Values of single fields that many share: they build no key. */
  readonly shared?: Readonly<Record<Path, readonly Pattern[]>>
  /** Conditions under which a slot holds a shared value, whatever else it holds. */
  readonly shared_when?: readonly When[]
  /** Where the log lies; `always` when every record of the source lies in one account. */
  readonly account: readonly Path[] | 'always'
  /** Addresses, or comma-separated lists of them as in `x-forwarded-for`. */
  readonly net: readonly Path[]
  readonly hints: readonly Hint[]
  readonly time: readonly TimeRule[]
  readonly tokens?: TokenRules
}
