/** Asks the owners, and keeps which tier answered: memory, Redis, the directory, or the owner file that is all of them. */
import type { Deadline, Startable } from '#/core/component.ts'
import { keyText } from '#/core/keys.ts'
import type { Answer, Key } from '#/core/owners.ts'
import type { Ports } from '#/core/ports.ts'
import type { OnAnswer, OwnersConfig, StartedOwners, Tier } from '#/owners/index.ts'

export interface Answered {
  readonly answer: Answer
  readonly tier: Tier | 'file' | 'none'
}

export interface Ask {
  /** By `keyText`. */
  answersOf(keys: readonly Key[]): Promise<ReadonlyMap<string, Answered>>
  stop(deadline: Deadline): Promise<void>
}

export async function createAsk(
  config: OwnersConfig,
  ports: Ports,
  create: (config: OwnersConfig, ports: Ports, onAnswer: OnAnswer) => Startable<StartedOwners>,
): Promise<Ask> {
  const tiers = new Map<string, Tier | 'none'>()
  const onAnswer: OnAnswer = (key, tier) => tiers.set(keyText(key), tier)
  const owners = await create(config, ports, onAnswer).start()
  const remembered = config.directory.type === 'file' ? 'file' : 'memory'
  return {
    async answersOf(keys) {
      const distinct = new Map(keys.map((key) => [keyText(key), key]))
      const answers = new Map<string, Answered>()
      const missing: Key[] = []
      for (const [text, key] of distinct) {
        const answer = owners.value.peek(key)
        if (answer === undefined) missing.push(key)
        else answers.set(text, { answer, tier: remembered })
      }
      tiers.clear()
      const found = await owners.value.lookup(missing)
      for (const [index, key] of missing.entries()) {
        const answer = found[index]
        const text = keyText(key)
        const otherwise = answer?.state === 'unavailable' ? 'none' : remembered
        if (answer !== undefined) answers.set(text, { answer, tier: tiers.get(text) ?? otherwise })
      }
      return answers
    },
    stop: (deadline) => owners.stop(deadline),
  }
}
