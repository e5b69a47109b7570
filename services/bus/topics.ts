/**
 * Which topics a consumer means: exact names, or patterns that begin with `^`. Excludes are patterns that match anywhere in
 * the name, as in the Collector's `exclude_topics`, and only take away what a pattern has found.
 */

export interface TopicSelection {
  readonly topics: readonly string[]
  readonly exclude_topics?: readonly string[]
}

export interface MatchedTopics {
  readonly found: readonly string[]
  /** Names that do not exist and patterns that match nothing. */
  readonly missing: readonly string[]
}

export function matchTopics(selection: TopicSelection, existing: readonly string[]): MatchedTopics {
  const excludes = (selection.exclude_topics ?? []).map((pattern) => new RegExp(pattern, 'u'))
  const found = new Set<string>()
  const missing: string[] = []
  for (const wanted of selection.topics) {
    const matches = isPattern(wanted)
      ? matching(new RegExp(wanted, 'u'), excludes, existing)
      : existing.filter((topic) => topic === wanted)
    for (const topic of matches) found.add(topic)
    if (matches.length === 0) missing.push(wanted)
  }
  return { found: [...found].toSorted(), missing }
}

export function hasPattern({ topics }: TopicSelection): boolean {
  return topics.some(isPattern)
}

/** The topics to be subscribed to now. One that is named is kept while it is away; only a pattern lets go of a topic. */
export function topicsNow(
  selection: TopicSelection,
  existing: readonly string[],
): readonly string[] {
  const named = selection.topics.filter((topic) => !isPattern(topic))
  const { found } = matchTopics(selection, existing)
  return [...new Set([...named, ...found])].toSorted()
}

function isPattern(topic: string): boolean {
  return topic.startsWith('^')
}

/** Topics of the broker itself begin with two underscores and are never meant by a pattern. */
function matching(
  pattern: RegExp,
  excludes: readonly RegExp[],
  existing: readonly string[],
): readonly string[] {
  return existing.filter(
    (topic) =>
      !topic.startsWith('__') &&
      pattern.test(topic) &&
      !excludes.some((exclude) => exclude.test(topic)),
  )
}
