import type { FieldRead } from '#/core/view.ts'

/**
 * Collects which fields the rules read, so that the scanner looks for nothing else. The number of a field is its place in
 * the list. A single value that several rules read is one field, with the strongest of their uses.
 */

export interface Plan {
  readonly fields: readonly FieldRead[]
  /** `text`: see `FieldRead.text`. */
  value(path: string, use: FieldRead['use'], text?: string): number
  /** Fields next to each other, for nobody else. Returns the number of the first. */
  own(fields: readonly FieldRead[]): number
  list(path: string, use: FieldRead['use'], text?: string): number
  members(
    path: string,
    shape: 'map' | 'names',
    use: FieldRead['use'],
    tag: (name: string) => string | undefined,
    text?: string,
  ): number
}

const STRENGTH = { reads: 0, presence: 1, decides: 2 } as const

export function createPlan(): Plan {
  const fields: FieldRead[] = []
  const numbers = new Map<string, number>()

  function single(
    shape: 'value' | 'list',
    path: string,
    use: FieldRead['use'],
    text: string | undefined,
  ): number {
    const name = JSON.stringify([shape, path, text])
    const known = numbers.get(name)
    if (known === undefined) {
      numbers.set(name, fields.length)
      return fields.push({ path, shape, use, ...(text === undefined ? {} : { text }) }) - 1
    }
    const field = fields[known]
    if (field !== undefined && STRENGTH[use] > STRENGTH[field.use]) {
      fields[known] = { ...field, use }
    }
    return known
  }

  return {
    fields,
    value: (path, use, text) => single('value', path, use, text),
    own: (more) => fields.push(...more) - more.length,
    list: (path, use, text) => single('list', path, use, text),
    members(path, shape, use, tag, text) {
      return fields.push({ path, shape, use, tag, ...(text === undefined ? {} : { text }) }) - 1
    },
  }
}

/** A plan that also keeps the numbers of what is asked of it, for a part of the rules that wants to know what it reads. */
export function notingPlan(plan: Plan): Plan & { readonly noted: ReadonlySet<number> } {
  const noted = new Set<number>()
  const note = (number: number): number => {
    noted.add(number)
    return number
  }
  return {
    noted,
    fields: plan.fields,
    value: (path, use, text) => note(plan.value(path, use, text)),
    list: (path, use, text) => note(plan.list(path, use, text)),
    members: (path, shape, use, tag, text) => note(plan.members(path, shape, use, tag, text)),
    own(more) {
      const first = plan.own(more)
      for (const at of more.keys()) note(first + at)
      return first
    },
  }
}
