import type { FieldRead } from '#/core/view.ts'

/**
 * Collects which fields the rules read, so that the scanner looks for nothing else. The number of a field is its place in
 * the list. A single value that several rules read is one field, with the strongest of their uses.
 */

export interface Plan {
  readonly fields: readonly FieldRead[]
  value(path: string, use: FieldRead['use']): number
  members(
    path: string,
    shape: 'map' | 'names',
    use: FieldRead['use'],
    tag: (name: string) => string | undefined,
  ): number
}

const STRENGTH = { reads: 0, presence: 1, decides: 2 } as const

export function createPlan(): Plan {
  const fields: FieldRead[] = []
  const numbers = new Map<string, number>()
  return {
    fields,
    value(path, use) {
      const known = numbers.get(path)
      if (known === undefined) {
        numbers.set(path, fields.length)
        return fields.push({ path, shape: 'value', use }) - 1
      }
      const field = fields[known]
      if (field !== undefined && STRENGTH[use] > STRENGTH[field.use]) {
        fields[known] = { ...field, use }
      }
      return known
    },
    members(path, shape, use, tag) {
      return fields.push({ path, shape, use, tag }) - 1
    },
  }
}
