/**
 * "Did you mean": the candidate that a slip of the finger would turn into the word. Case, `-` and `_` are not counted,
 * so `groupId` finds `group_id`.
 */

const WORD_LENGTH_MAX = 64

/** The closest candidate, or undefined when none is close enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > WORD_LENGTH_MAX) return undefined
  const folded = fold(word)
  const distance_max = Math.max(1, Math.floor(folded.length / 3))
  let best: string | undefined
  let best_distance = distance_max + 1
  for (const candidate of candidates) {
    if (candidate.length > WORD_LENGTH_MAX) continue
    const distance = editDistance(folded, fold(candidate))
    if (distance < best_distance) {
      best = candidate
      best_distance = distance
    }
  }
  return best ?? soleExtension(folded, candidates)
}

const PREFIX_LENGTH_MIN = 3

/** `group` for `group_id`: the one candidate that begins with the word. */
function soleExtension(folded: string, candidates: Iterable<string>): string | undefined {
  if (folded.length < PREFIX_LENGTH_MIN) return undefined
  const longer = [...candidates].filter((candidate) => fold(candidate).startsWith(folded))
  return longer.length === 1 ? longer[0] : undefined
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let before: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const current = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1]
      let cost = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      current[j] = cost
    }
    before = previous
    previous = current
  }
  return previous[right.length] ?? 0
}
