/** Which events somebody wants to see: plain data, read from the query of a request or made of command line options. */
import { WhosecallError } from '#/core/errors.ts'
import { nearest } from '#/core/nearest.ts'
import {
  DEAD_LETTER_REASONS,
  OUTCOMES,
  REASONS,
  type DeadLetterReason,
  type Outcome,
  type Reason,
} from '#/core/words.ts'
import type { TappedEvent } from './tapped-event.ts'

/** When an event is shown: it was decided, its message was written, or its message was written to the dead letters. */
export const TAP_STAGES = ['decided', 'published', 'dead_lettered'] as const
export type TapStage = (typeof TAP_STAGES)[number]

/** Of an event, or of its dead letter. */
export const TAP_REASONS = [...REASONS, ...DEAD_LETTER_REASONS] as const

/** Events a second that all who look on are shown together, and so the most that one may ask for. */
export const TAP_RATE_MAX = 1_000
export const TAP_RATE_DEFAULT = 10

export interface TapFilter {
  readonly stage: TapStage
  /** Empty: all of them. */
  readonly outcomes: readonly Outcome[]
  readonly reasons: readonly (Reason | DeadLetterReason)[]
  /** Names; `*` is any text and `?` any character. */
  readonly sources: readonly string[]
  readonly rate_per_s: number
  /** Also what the events themselves carry in `attribution.evidence`. */
  readonly evidence: boolean
}

export function matchesTap(filter: TapFilter, event: TappedEvent): boolean {
  const { outcomes, reasons, sources } = filter
  if (event.stage !== filter.stage) return false
  if (outcomes.length > 0 && !outcomes.some((one) => one === event.outcome)) return false
  if (
    reasons.length > 0 &&
    !reasons.some((one) => one === event.reason || one === event.dead_letter_reason)
  )
    return false
  return sources.length === 0 || sources.some((glob) => matchesGlob(glob, event.source ?? ''))
}

/** No regular expression, so that no pattern takes long: the last `*` is the only one that is ever tried again. */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0
  let t = 0
  let star = -1
  let from = 0
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g
      g += 1
      from = t
    } else if (glob[g] === '?' || glob[g] === text[t]) {
      g += 1
      t += 1
    } else if (star >= 0) {
      from += 1
      t = from
      g = star + 1
    } else return false
  }
  while (glob[g] === '*') g += 1
  return g === glob.length
}

/** Values by name, as a query or a command line has them. */
export type TapQuery = Readonly<Record<string, readonly string[]>>

const NAMES = ['stage', 'outcome', 'reason', 'source', 'rate', 'evidence'] as const
const VALUES_MAX = 64

/** Throws a usage error that names the nearest word. `known_sources` are those that events can be of. */
export function readTapFilter(query: TapQuery, known_sources: readonly string[]): TapFilter {
  for (const [name, values] of Object.entries(query)) {
    oneOf('option', name, NAMES)
    if (values.length > VALUES_MAX)
      throw new WhosecallError('usage', `at most ${VALUES_MAX} values of ${name}`)
  }
  const { stage = [], outcome = [], reason = [], source = [], rate = [], evidence = [] } = query
  for (const name of source)
    if (!known_sources.some((known) => matchesGlob(name, known)))
      unknown('source', name, known_sources)
  return {
    stage: oneOf('stage', stage.at(-1) ?? 'decided', TAP_STAGES),
    outcomes: outcome.map((word) => oneOf('outcome', word, OUTCOMES)),
    reasons: reason.map((word) => oneOf('reason', word, TAP_REASONS)),
    sources: source,
    rate_per_s: readTapRate(rate.at(-1)),
    evidence: ['', '1', 'true'].includes(evidence.at(-1) ?? '0'),
  }
}

/** `10/s`, `30/m`, or a number a second. */
export function readTapRate(text: string | undefined): number {
  if (text === undefined) return TAP_RATE_DEFAULT
  const parts = /^(?<count>\d{1,6})(?:\/(?<unit>s|m))?$/.exec(text)?.groups
  const rate = Number(parts?.['count']) / (parts?.['unit'] === 'm' ? 60 : 1)
  if (rate > 0 && rate <= TAP_RATE_MAX) return rate
  throw new WhosecallError(
    'usage',
    `rate must be like 10/s or 30/m, at most ${TAP_RATE_MAX}/s, not "${text}"`,
  )
}

function oneOf<T extends string>(what: string, word: string, words: readonly T[]): T {
  return words.find((one) => one === word) ?? unknown(what, word, words)
}

function unknown(what: string, word: string, words: readonly string[]): never {
  const meant = nearest(word, words)
  const hint = meant === undefined ? `; there is ${words.join(', ')}` : `; did you mean ${meant}?`
  throw new WhosecallError('usage', `unknown ${what} "${word}"${hint}`)
}
