import { nearest } from '#/core/nearest.ts'

/** The word a person probably meant: the only one that begins like it, else the one a slip of the finger away. */
export function meantBy(word: string, candidates: readonly string[]): string | undefined {
  const longer = word.length < 2 ? [] : candidates.filter((one) => one.startsWith(word))
  return longer.length === 1 ? longer[0] : nearest(word, candidates)
}
