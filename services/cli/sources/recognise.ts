import { compileWhen } from '#/attribution/conditions.ts'
import { createFields } from '#/attribution/fields.ts'
import { createRules, type Evidence } from '#/attribution/index.ts'
import { createPlan } from '#/attribution/plan.ts'
import type { RulesOptions } from '#/attribution/types.ts'
import type { Source, When } from '#/core/source.ts'
import type { EventValues, FieldRead } from '#/core/view.ts'
import { conditionText } from '#/attribution/condition-words.ts'

/**
 * Which source an event is of, and why. The verdict is that of the rules, as `source: auto` gives it; beside it stands what
 * each source would have needed. Only names of fields and the words of the data files are said, never a value.
 */

export interface Recognised {
  /** Absent when no source is recognised. */
  readonly source?: string
  /** `call`, or what the event is instead. */
  readonly class?: string
  readonly failure?: NonNullable<Evidence['failure']>
  /** What was found of that by which the source is recognised. */
  readonly has: readonly string[]
  /** The source is recognised, but the event has nothing of what it must have. */
  readonly lacks?: readonly string[]
  /** The best of the others; absent when nothing in the event speaks for any. */
  readonly next?: Nearest
}

export interface Nearest {
  readonly source: string
  /** Would be recognised if the other were not tried first. */
  readonly fits: boolean
  /** Fields that the event has and that this source reads. */
  readonly known_fields: number
  /** What it would have needed in addition, at least. */
  readonly lacks: readonly string[]
}

export interface Recogniser {
  /** Of the rules. */
  readonly fields: readonly FieldRead[]
  /** Of the reasons: the same event is read a second time for them. */
  readonly clue_fields: readonly FieldRead[]
  readonly wrappers: readonly string[]
  recognise(values: EventValues, clue_values: EventValues): Recognised
}

/** `sources` are the candidates of one encoding. */
export function createRecogniser(sources: readonly Source[]): Recogniser {
  const rules = createRules({ ...OPTIONS, sources, auto: true })
  const plan = createPlan()
  const clues = sources.map((source) => compileClues(source, plan))
  const weightOf = weightsOf(clues)
  return {
    fields: rules.fields,
    clue_fields: plan.fields,
    wrappers: rules.wrappers,
    recognise(values, clue_values) {
      const { source, class: event_class = 'call', failure } = rules.evidence(values)
      const chosen =
        source === undefined && failure === 'wrong_shape'
          ? clues.find(({ fits }) => fits(clue_values))
          : clues.find((one) => one.source === source)
      const others = clues.filter((one) => one !== chosen)
      const next = nearestOf(others, clue_values, weightOf)
      return {
        ...(chosen === undefined ? {} : { source: chosen.source.name }),
        ...(failure === undefined ? { class: event_class } : { failure }),
        has: chosen?.has(clue_values) ?? [],
        ...(failure === 'wrong_shape' && chosen !== undefined
          ? { lacks: chosen.needs(clue_values) }
          : {}),
        ...(next === undefined ? {} : { next }),
      }
    },
  }
}

/** Nothing of these changes which source an event is of. */
const OPTIONS = {
  trust: 'trusted',
  minimum_confidence: 'low',
  detail: 'minimal',
} as const satisfies Partial<RulesOptions>

interface Clues {
  readonly source: Source
  /** Some alternative holds whole. */
  fits(values: EventValues): boolean
  /** Of the alternatives that hold, each condition once. */
  has(values: EventValues): readonly string[]
  /** Of the alternative that lacks least, what it lacks. */
  lacks(values: EventValues): readonly string[]
  needs(values: EventValues): readonly string[]
  /** Fields that the source reads, by path. */
  readonly known: ReadonlyMap<string, number>
}

type Check = readonly { readonly text: string; holds(values: EventValues): boolean }[]

function compileClues(source: Source, plan: ReturnType<typeof createPlan>): Clues {
  const fields = createFields(source, { ...OPTIONS, sources: [source], auto: true }, plan)
  const compile = (when: When): Check =>
    when.map((condition) => ({
      text: conditionText(condition),
      holds: compileWhen([condition], fields).holds,
    }))
  const detect = source.detect.map(compile)
  const needs = source.needs.map(compile)
  return {
    source,
    fits: (values) => detect.some((check) => missing(check, values).length === 0),
    has: (values) => [
      ...new Set(
        detect
          .filter((check) => missing(check, values).length === 0)
          .flatMap((check) => check.map(({ text }) => text)),
      ),
    ],
    lacks: (values) => leastMissing(detect, values),
    needs: (values) => leastMissing(needs, values),
    known: knownFields(source, plan),
  }
}

function missing(check: Check, values: EventValues): readonly string[] {
  return check.filter(({ holds }) => !holds(values)).map(({ text }) => text)
}

function leastMissing(checks: readonly Check[], values: EventValues): readonly string[] {
  const all = checks.map((check) => missing(check, values))
  return all.toSorted((a, b) => a.length - b.length)[0] ?? []
}

/** Single fields, numbered in the plan. Whole objects and what lies round the event tell nothing apart. */
function knownFields(
  source: Source,
  plan: ReturnType<typeof createPlan>,
): ReadonlyMap<string, number> {
  const { fields } = createRules({ ...OPTIONS, sources: [source], auto: false })
  const known = new Map<string, number>()
  for (const { path, shape, text } of fields) {
    if (shape === 'value' && path.startsWith('/'))
      known.set(path, plan.value(path, 'presence', text))
  }
  return known
}

/** A field that many sources read says little about which of them it is. */
function weightsOf(clues: readonly Clues[]): (path: string) => number {
  const readers = new Map<string, number>()
  for (const { known } of clues)
    for (const path of known.keys()) readers.set(path, (readers.get(path) ?? 0) + 1)
  return (path) => 1 / (readers.get(path) ?? 1)
}

function nearestOf(
  clues: readonly Clues[],
  values: EventValues,
  weightOf: (path: string) => number,
): Nearest | undefined {
  let best: { readonly nearest: Nearest; readonly score: number } | undefined
  for (const one of clues) {
    const found = [...one.known].filter(([, field]) => values.type(field) !== undefined)
    const fits = one.fits(values)
    const weight = found.reduce((sum, [path]) => sum + weightOf(path), 0)
    const score = fits ? FITS + weight : weight
    if (score === 0 || (best !== undefined && best.score >= score)) continue
    const lacks = fits ? [] : one.lacks(values)
    best = {
      score,
      nearest: { source: one.source.name, fits, known_fields: found.length, lacks },
    }
  }
  return best?.nearest
}

/** More than all fields of any source weigh. */
const FITS = 1_000
