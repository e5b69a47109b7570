/**
 * The operator's own words: what they hide of the owner file, and which of them never apply. A word that hides a bound key
 * wins without a trace: the row is there and its owner is never named.
 */
import { matcherOf } from '#/attribution/patterns.ts'
import { pointerOf } from '#/config/index.ts'
import { awsPrincipalOf, isNobodyWord, normaliseKey } from '#/core/keys.ts'
import type { InspectedOwners } from '#/owners/index.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import type { KafkaReceiverConfig } from '#/worker/receivers/kafka/config.ts'
import { candidatesOf } from '#/worker/receivers/kafka/receiver.ts'
import type { LintCode } from './codes.ts'
import type { ConfigFinding } from './found.ts'
import { idOf, type KeyShape } from './key-shapes.ts'

type Owners = Pick<InspectedOwners, 'bindings' | 'placeOf'>

interface Context {
  readonly id: string
  readonly receiver: KafkaReceiverConfig
  readonly shapes: readonly KeyShape[]
  /** Absent when the owners are in a service. */
  readonly owners: Owners | undefined
}

export function lintWords(
  { receivers }: WorkerConfig,
  shapes: readonly KeyShape[],
  owners: Owners | undefined,
): readonly ConfigFinding[] {
  return Object.entries(receivers).flatMap(([id, receiver]) => {
    const own = shapes.filter((shape) => shape.receiver === id)
    const context: Context = { id, receiver, shapes: own, owners }
    return [...lintNobody(context), ...lintShared(context), ...lintBrokers(context)]
  })
}

function lintNobody({ id, receiver, shapes, owners }: Context): readonly ConfigFinding[] {
  const seen = new Set<string>()
  return receiver.nobody_words.flatMap((word, at) => {
    const pointer = pointerOf('receivers', id, 'nobody_words', at)
    const is_twice = seen.has(word.toLowerCase())
    seen.add(word.toLowerCase())
    if (is_twice) return [never(pointer, 'the word stands here twice')]
    if (isNobodyWord(word)) return [never(pointer, 'the word means nobody in every source')]
    const isHidden = matcherOf([word], { ignore_case: true })
    const lines = hiddenLines(shapes, owners, isHidden)
    return lines.length === 0 ? [] : [hides(pointer, 'the word means nobody', lines)]
  })
}

function lintShared({ id, receiver, shapes, owners }: Context): readonly ConfigFinding[] {
  const { sources } = candidatesOf(receiver)
  const isNobody = matcherOf(receiver.nobody_words, { ignore_case: true })
  return Object.entries(receiver.shared_words).flatMap(([field, words]) => {
    const of_field = shapes.filter((shape) => shape.field === field)
    const known = new Set(sources.flatMap(({ shared }) => shared?.[field] ?? []))
    return words.flatMap((word, at) => {
      const pointer = pointerOf('receivers', id, 'shared_words', field, at)
      if (words.indexOf(word) < at) return [never(pointer, 'the word stands here twice')]
      if (isNobodyWord(word) || isNobody(word))
        return [never(pointer, 'the word means nobody, which is asked first')]
      if (sources.length === 1 && known.has(word))
        return [never(pointer, 'the source knows this word as shared by itself')]
      const lines = hiddenLines(of_field, owners, matcherOf([word], { ignore_case: false }))
      return lines.length === 0 ? [] : [hides(pointer, 'the word means shared', lines)]
    })
  })
}

/** Lines of rows that give a key to somebody although its id is such a word. */
function hiddenLines(
  shapes: readonly KeyShape[],
  owners: Owners | undefined,
  isHidden: (text: string) => boolean,
): readonly number[] {
  if (owners === undefined || shapes.length === 0) return []
  const lines: number[] = []
  for (const [index, { key, ownership }] of owners.bindings.entries()) {
    if (ownership !== 'owned') continue
    const is_hidden = shapes.some(
      (shape) =>
        shape.kind === key.kind &&
        (shape.starts === undefined || key.value.startsWith(shape.starts)) &&
        isHidden(idOf(shape, key.value)),
    )
    if (is_hidden) lines.push(owners.placeOf(index).line)
    if (lines.length >= HIDDEN_MAX) break
  }
  return lines
}
/** More rows than these are not named. */
const HIDDEN_MAX = 5

function lintBrokers({ id, receiver, owners }: Context): readonly ConfigFinding[] {
  const { sources } = candidatesOf(receiver)
  const has_broker = sources.some(({ identities }) =>
    identities.some(({ broker }) => broker === 'role'),
  )
  return receiver.trusted_brokers.flatMap((broker, at) => {
    const pointer = pointerOf('receivers', id, 'trusted_brokers', at)
    if (!has_broker) return [never(pointer, `source ${receiver.source} knows no roles that broker`)]
    const isRole = roleOf(broker)
    if (isRole === undefined)
      return [
        never(
          pointer,
          'this is neither the ARN of a role nor the name of one, and no pattern counts',
        ),
      ]
    const lines = (owners?.bindings ?? []).flatMap(({ key, ownership }, index) =>
      ownership === 'owned' && key.kind === 'aws_role' && isRole(key.value)
        ? [owners!.placeOf(index).line]
        : [],
    )
    if (lines.length === 0) return []
    return [hides(pointer, 'the role only brokers, its sessions call', lines.slice(0, HIDDEN_MAX))]
  })
}

/** A test of normal forms; `undefined` for a text that can name no role. */
function roleOf(broker: string): ((value: string) => boolean) | undefined {
  const normal = normaliseKey('aws_role', broker)
  const role = awsPrincipalOf(broker)?.value ?? (normal.ok ? normal.value : undefined)
  if (role !== undefined) return (value) => value === role
  const name = broker.trim()
  if (/[^\w+=,.@-]/.test(name)) return undefined
  return (value) => value.endsWith(`/${name}`)
}

function never(pointer: string, why: string): ConfigFinding {
  return warning(pointer, 'WC-L011', `this never applies: ${why}`, 'remove it')
}

function hides(pointer: string, what: string, lines: readonly number[]): ConfigFinding {
  const rows = lines.length === 1 ? 'the row' : 'rows'
  const message = `${what}, so ${rows} of the owner file at line ${lines.join(', ')} does not apply to this receiver`
  return warning(
    pointer,
    'WC-L010',
    lines.length === 1 ? message : message.replace('does not', 'do not'),
    'remove the word, or the row',
  )
}

function warning(pointer: string, code: LintCode, message: string, help: string): ConfigFinding {
  return { pointer, finding: { code, severity: 'warning', message, help } }
}
