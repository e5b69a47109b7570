import type { Tag } from './tags.ts'
import type { OtlpSignal } from './view.ts'
import type { Class, CostBasis, Encoding, Initiator, KeyKind, Slot, TrafficClass } from './words.ts'

/**
 * What a source data file says: how the fields of one product's log become evidence. It is data without code, so that it
 * can be read beside the published table of fields, and so that an operator can write the same in YAML (`custom`). Where a
 * value must be taken apart, the file names a transform from one shared table.
 *
 * A path is a JSON Pointer into the logical event (see `view.ts`): `/consumer/id`. `[]` behind a list is each of its items,
 * and `$` what lies round an event in its message.
 */

export type Path = string

/** A field, or what a transform takes out of it. */
export type Taken = Path | { readonly field: Path; readonly transform: TransformName }

/**
 * A text to compare with: `*` is any text, `<digits>` and `<hex>` are one or more of these characters, all else is itself.
 * Nobody words are compared in any letter case, everything else byte by byte.
 */
export type Pattern = string

/** Who wrote a field: the platform itself, after authenticating, or anyone who can send a request. */
export type By = 'system' | 'caller'

/** One condition on an event. With several paths, the first that is present is looked at. */
export type Condition =
  | {
      readonly field: Path | readonly Path[]
      readonly matches: readonly Pattern[]
      /** Looked at is what it takes out of the text. */
      readonly transform?: TransformName
    }
  /** Absent, or present and none of these. */
  | { readonly field: Path | readonly Path[]; readonly unless: readonly Pattern[] }
  /**
   * `present`: the field is there, whatever its value. `absent`: not there, or a nobody word. `empty`: there, and the empty
   * text. `object`: there, and an object. `named`: there, and no nobody word. `true`: the boolean, or its word as a text; `not_true`:
   * anything else.
   */
  | {
      readonly field: Path
      readonly is: 'present' | 'absent' | 'named' | 'empty' | 'object' | 'true' | 'not_true'
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
  'federated_subject',
  'gcp_service_account',
  'gcp_person',
  'gcp_project',
  'azure_resource',
  'last_segment',
  'first_word',
  'subject_user',
  'subject_credential',
  'vllm_line',
  'vllm_address',
  'vllm_adapter',
] as const
export type TransformName = (typeof TRANSFORMS)[number]

/** How a value builds a key. Parts that the record lacks are filled from the receiver's options, else the system's name. */
export interface KeyRule {
  /** Of a list (`[]`) the first item that builds a key counts. */
  readonly field: Path
  /** The value goes on with this text and another field; without that field there is none. */
  readonly then?: { readonly by: string; readonly field: Path }
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
  /** Of a list: each item is an identity of its own. */
  readonly each?: true
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

/**
 * Epoch seconds, milliseconds or nanoseconds; `ticks` of .NET (100 ns since the year 1); `iso` as RFC 3339 and its relatives
 * write it; `date` as browsers and mail do (`Sat Oct 31 2026 23:59:59 GMT+0000`).
 */
export const TIME_UNITS = ['s', 'ms', 'ns', 'ticks', 'iso', 'date'] as const
export type TimeUnit = (typeof TIME_UNITS)[number]

export interface TimeRule {
  readonly field: Path
  readonly unit: TimeUnit
  /** Zero means that there is no time. */
  readonly zero_is_absent?: true
}

/** A count is added up; of each list of paths the first that holds a number counts. */
export type Count = readonly (readonly Path[])[]

/** Token counts as the source states them. */
export interface TokenRules {
  readonly input: Count
  readonly cache_read?: Count
  readonly cache_write?: Count
  /**
   * Whether `input` holds the cached tokens already, or they stand beside it. `either`: the gateway passes on what each
   * provider says; they stand beside it when they are more than it.
   */
  readonly cached: 'inside' | 'beside' | 'either'
  /** `either`: how a record says that its provider counts them beside the input. */
  readonly beside_when?: When
  readonly output: Count
  readonly reasoning?: Count
  /** Whether `output` holds the reasoning already. */
  readonly reasoned?: 'inside' | 'beside'
  /** The source may have guessed them. */
  readonly may_be_estimated?: true
}

/** What the source says that a call cost. */
export interface CostRule {
  readonly first: readonly Path[]
  readonly unit: 'whole' | 'cents'
  /** ISO 4217, or where it stands. */
  readonly currency: string
  /** From a price list, from prices that the operator set, or as billed. */
  readonly basis: CostBasis
  /** Then a zero means that nobody knows. */
  readonly unknown_when?: readonly When[]
}

/** What a record says about what started its call; the first rule that holds decides. */
export interface InitiatorRule {
  readonly when: When
  readonly initiator: Initiator
}

/** What a record says about for whom its call was made; the first rule that holds decides. */
export interface TrafficRule {
  readonly when: When
  readonly traffic_class: TrafficClass
}

/** Where it is said how the call ended; the first rule that knows the value decides. */
export interface StatusRule {
  readonly field: Path
  readonly success?: readonly Pattern[]
  readonly failure?: readonly Pattern[]
  /** What it means that the field is absent. */
  readonly absent?: 'success' | 'failure'
}

/** What a record says about its call besides who made it; of each list the first field that is present. */
export interface CallRules {
  readonly operation?: readonly Path[]
  readonly provider?: readonly Path[]
  /** The provider of every call of the source. */
  readonly only_provider?: string
  readonly requested_model?: readonly Path[]
  readonly model?: readonly Path[]
  readonly request_id?: readonly Path[]
  readonly session_id?: readonly Path[]
  readonly trace_id?: readonly Path[]
  readonly span_id?: readonly Path[]
  readonly workflow_id?: readonly Path[]
  readonly user_agent?: readonly Path[]
  readonly agent_id?: readonly Path[]
  readonly agent_name?: readonly Path[]
  readonly status?: readonly StatusRule[]
  /** Where the model was called, and where it ran. */
  readonly region_called?: readonly Path[]
  readonly region_served?: readonly Path[]
  readonly guardrail?: readonly Path[]
  readonly guardrail_verdict?: readonly Path[]
}

/**
 * Where raw keys and tokens can stand in a record. `headers`: an object whose members go by their names (an `x-api-key` is
 * a credential whatever it looks like), or a text that holds such an object. `credential`: one value that is nothing else.
 * `text`: one in which something can stand, such as a URL. What headers and credentials hold was sent by the caller, so it
 * is evidence of the caller's key; texts are only searched.
 */
export interface SecretField {
  readonly field: Path
  readonly holds: 'headers' | 'credential' | 'text'
  /** `headers`: only members whose name begins so; the rest of the name is the header's. */
  readonly prefix?: string
}

export interface Source {
  readonly name: string
  /** What stands in key values for this system: `litellm/5f3a…`. */
  readonly system: string
  /** The encoding it usually comes in; OTLP sources take either of the two. */
  readonly encoding: Encoding
  /** OTLP: what its events are; log records when it is not said. */
  readonly signal?: OtlpSignal
  /** JSON: members that hold the list of events: `/records`, or `/data[]/results` for the lists of all items of `data`. */
  readonly wrappers?: readonly Path[]
  /** JSON: members that are objects or strings that hold one. A string that does not parse is lost and counted. */
  readonly texts?: readonly Path[]
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
  /** What started a call, where the kind of its evidence does not say it. */
  readonly initiators?: readonly InitiatorRule[]
  /** Where the environment of the caller is named; the first that is present counts. A tag may say it too. */
  readonly environment?: readonly Path[]
  readonly traffic?: readonly TrafficRule[]
  /** Where the log lies; `always` when every record of the source lies in one account. */
  readonly account: readonly Taken[] | 'always'
  /** Addresses, or comma-separated lists of them as in `x-forwarded-for`. */
  readonly net: readonly Taken[]
  /** Identities that stood between: hops of the chain that build no key. Each item of a list is one. */
  readonly hops?: readonly KeyRule[]
  readonly hints: readonly Hint[]
  readonly secrets?: readonly SecretField[]
  readonly time: readonly TimeRule[]
  /** The first that holds a number counts. */
  readonly tokens?: readonly TokenRules[]
  readonly cost?: CostRule
  readonly call?: CallRules
}
