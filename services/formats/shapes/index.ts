/**
 * The output encodings that differ from the input's, one folder each. They are loaded when a config asks for one: the
 * libraries behind them take longer to load than the rest of the worker.
 */

import { ENCODINGS, type Encoding, type OutputEncoding } from '#/core/words.ts'
import type { CreateShape } from './shape.ts'

export type {
  CreateShape,
  NamedIdentity,
  Shape,
  ShapedEvent,
  ShapeInput,
  ShapeOptions,
} from './shape.ts'

export const SHAPES = {
  otlp_proto: {
    from: ['json'],
    load: async () => (await import('./otlp/index.ts')).createOtlpProtoShape,
  },
  otlp_json: {
    from: ['json'],
    load: async () => (await import('./otlp/index.ts')).createOtlpJsonShape,
  },
  ocsf: {
    from: ENCODINGS,
    load: async () => (await import('./ocsf/index.ts')).createOcsfShape,
  },
  ecs: {
    from: ENCODINGS,
    load: async () => (await import('./ecs/index.ts')).createEcsShape,
  },
} as const satisfies Readonly<
  Record<
    Exclude<OutputEncoding, 'as_is'>,
    { readonly from: readonly Encoding[]; load(): Promise<CreateShape> }
  >
>

/** Whether what comes in one encoding can leave in another. OTLP does not change its encoding: some of it would be lost. */
export function canLeaveAs(from: Encoding, to: OutputEncoding): boolean {
  return isUnchanged(from, to) || (to !== 'as_is' && SHAPES[to].from.some((name) => name === from))
}

function isUnchanged(from: Encoding, to: OutputEncoding): boolean {
  return to === 'as_is' || to === from
}

/** What the value of a message is, for those who do not look into it. */
export const CONTENT_TYPES: Readonly<Record<Encoding | Exclude<OutputEncoding, 'as_is'>, string>> =
  {
    json: 'application/json',
    otlp_json: 'application/json',
    otlp_proto: 'application/x-protobuf',
    ocsf: 'application/json',
    ecs: 'application/json',
  }

/** What values of a shape are valid by, where there is such a thing. */
export const DATA_SCHEMAS: Readonly<Partial<Record<OutputEncoding, string>>> = {
  ocsf: 'https://schema.ocsf.io/1.9.0/classes/api_activity',
}

export interface ShapeKind {
  readonly content_type: string
  readonly create: CreateShape
}

/** Finds the shape of messages of one encoding; `undefined` when they leave as they came. */
export type FindShape = (from: Encoding) => ShapeKind | undefined

export async function loadShapes(to: OutputEncoding): Promise<FindShape> {
  if (to === 'as_is') return () => undefined
  const kind: ShapeKind = { content_type: CONTENT_TYPES[to], create: await SHAPES[to].load() }
  return (from) => (isUnchanged(from, to) ? undefined : kind)
}
