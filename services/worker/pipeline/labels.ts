/**
 * Headers of what is published, so that a consumer filters without parsing: what the value is encoded as and, when a
 * message holds exactly one event, its outcome and owner. They are the same for all messages of an owner, so they are
 * made once and shared.
 */
import type { Decision } from '#/core/decision.ts'
import type { Header } from '#/core/run.ts'

export const LABEL_HEADERS = {
  content_type: 'content-type',
  outcome: 'attribution-outcome',
  owner: 'attribution-owner',
} as const

/** The headers of one kind of message. */
export interface Label {
  readonly headers: readonly Header[]
  /** The same without `content-type`, for a message that says it itself. */
  readonly untyped: readonly Header[]
}

/** A message that leaves for one exporter. */
export interface Leaving {
  readonly value: Buffer
  readonly label: Label
  /** The value is not of the encoding that it came in. */
  readonly is_reshaped: boolean
  /** Which exporter of the pipeline it leaves for. */
  readonly to: number
  /** Index of its first event in the message that it came from. */
  readonly event: number
}

export interface Labels {
  /** Of a message that holds several events, or none, or one that has no outcome. */
  readonly plain: Label
  /** Of a message whose only event has this decision. */
  of(decision: Decision): Label
}

/** Owners known at a time; what is forgotten is made anew. */
const LABELS_MAX = 16_384

/** The same label for values of another type. */
export type Retype = (label: Label) => Label

export function createRetype(content_type: string): Retype {
  const type = typeHeader(content_type)
  const known = new WeakMap<Label, Label>()
  return (label) => {
    let retyped = known.get(label)
    if (retyped === undefined) {
      retyped = { headers: [type, ...label.untyped], untyped: label.untyped }
      known.set(label, retyped)
    }
    return retyped
  }
}

function typeHeader(content_type: string): Header {
  return { name: LABEL_HEADERS.content_type, value: Buffer.from(content_type) }
}

export function createLabels(content_type: string): Labels {
  const type = typeHeader(content_type)
  const labelOf = (untyped: readonly Header[]): Label => ({ headers: [type, ...untyped], untyped })
  const plain = labelOf([])
  const known = new Map<string, Label>()
  return {
    plain,
    of({ outcome, owner }) {
      if (outcome === undefined) return plain
      const name = owner === undefined ? outcome : `${outcome}/${owner.id}`
      let label = known.get(name)
      if (label === undefined) {
        const headers: Header[] = [{ name: LABEL_HEADERS.outcome, value: Buffer.from(outcome) }]
        if (owner !== undefined)
          headers.push({ name: LABEL_HEADERS.owner, value: Buffer.from(owner.id) })
        label = labelOf(headers)
        if (known.size >= LABELS_MAX) known.clear()
        known.set(name, label)
      }
      return label
    },
  }
}

/**
 * The headers that a message leaves with: those that it came with, then ours. A `content-type` that it came with stays
 * while the value is what it was. A value framed for a schema registry is not of the type of what is in the frame.
 */
export function labelled(
  came_with: readonly Header[] | undefined,
  { label, value, is_reshaped }: Leaving,
): readonly Header[] {
  const is_framed = value[0] === 0
  if (came_with === undefined || came_with.length === 0)
    return is_framed ? label.untyped : label.headers
  const is_typed = came_with.some(isContentType)
  if (is_reshaped && is_typed)
    return [...came_with.filter((header) => !isContentType(header)), ...label.headers]
  return [...came_with, ...(is_typed || is_framed ? label.untyped : label.headers)]
}

function isContentType({ name }: Header): boolean {
  return (
    name.length === LABEL_HEADERS.content_type.length &&
    name.toLowerCase() === LABEL_HEADERS.content_type
  )
}
