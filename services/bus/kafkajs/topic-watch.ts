import type { ConsumerOptions } from '#/core/bus.ts'
import { WhosecallError } from '#/core/errors.ts'
import type { Ports } from '#/core/ports.ts'
import { hasPattern, matchTopics, topicsNow } from '../topics.ts'
import { kafkaErrorOf } from './errors.ts'
import type { Subscription } from './membership.ts'

/**
 * Which topics a consumer is subscribed to, and which it should be by now. Patterns are compared with the topics of the
 * cluster at an interval; names need no watching. Where the broker does not answer, and where a pattern finds nothing at
 * all any more, everything stays as it is.
 */

export interface TopicWatch {
  /** The topics of the start; rejects when a name or a pattern finds none. */
  first(): Promise<Subscription>
  /** The topics as they are now. Never rejects. */
  current(): Promise<Subscription>
  /** Begins to look from time to time. */
  watch(): void
  /** Looks now, unless it is being done already; resolves when a change has been dealt with. */
  look(): Promise<void>
  /** Resolves when nothing is looked at, or dealt with, any more. */
  end(): Promise<void>
}

export interface TopicWatchOptions {
  readonly consumer: Omit<ConsumerOptions, 'handler'>
  readonly refresh_interval_ms: number
  listTopics(): Promise<readonly string[]>
  /** Whether a change could be dealt with now; otherwise the next look finds it again. */
  mayChange(): boolean
  /** Other topics match; `current` says which. Never rejects. */
  onChanged(): Promise<void>
  readonly ports: Pick<Ports, 'clock' | 'logger'>
}

export function createTopicWatch(options: TopicWatchOptions): TopicWatch {
  const { consumer, ports } = options
  const { group_id } = consumer
  const ending = new AbortController()
  let subscribed: readonly string[] = []
  const from_beginning = new Set<string>()
  let watching = false
  let looking: Promise<void> | undefined
  let loop: Promise<void> = Promise.resolve()

  async function topicsByNow(): Promise<readonly string[]> {
    try {
      const topics = topicsNow(consumer, await options.listTopics())
      return topics.length > 0 ? topics : subscribed
    } catch (error) {
      const { message } = kafkaErrorOf(error)
      ports.logger.debug({ group_id, message }, 'topics could not be listed')
      return subscribed
    }
  }

  async function compare(): Promise<void> {
    const { added, gone } = difference(subscribed, await topicsByNow())
    if (added.length + gone.length === 0) return
    if (ending.signal.aborted || !options.mayChange()) return
    ports.logger.info(
      { group_id, added, gone },
      'other topics match the patterns now: the group is joined anew',
    )
    await options.onChanged()
  }

  async function look(): Promise<void> {
    if (!watching || looking !== undefined || ending.signal.aborted) return
    looking = compare()
    await looking
    looking = undefined
  }

  async function lookAgainAndAgain(): Promise<void> {
    while (!ending.signal.aborted) {
      await ports.clock.sleep(options.refresh_interval_ms, ending.signal)
      await look()
    }
  }

  return {
    async first() {
      const { found, missing } = matchTopics(consumer, await options.listTopics())
      if (missing.length > 0) {
        throw new WhosecallError(
          'dependency_unreachable',
          `cannot consume as group ${group_id}: no such topic: ${missing.join(', ')}`,
        )
      }
      subscribed = found
      return { topics: found, from_beginning }
    },
    async current() {
      const topics = await topicsByNow()
      const { added, gone } = difference(subscribed, topics)
      for (const topic of added) from_beginning.add(topic)
      for (const topic of gone) from_beginning.delete(topic)
      subscribed = topics
      return { topics, from_beginning }
    },
    watch() {
      if (watching || !hasPattern(consumer)) return
      watching = true
      loop = lookAgainAndAgain()
    },
    look,
    async end() {
      ending.abort()
      await loop
      await looking
    },
  }
}

function difference(before: readonly string[], now: readonly string[]) {
  return {
    added: now.filter((topic) => !before.includes(topic)),
    gone: before.filter((topic) => !now.includes(topic)),
  }
}
