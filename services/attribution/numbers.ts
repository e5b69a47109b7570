import { WhosecallError } from '#/core/errors.ts'
import type { Path } from '#/core/source.ts'
import { NUMBERS_MAX, type EventValues } from '#/core/view.ts'
import type { Fields } from './fields.ts'

/**
 * The numbers that a source reads of each event, tokens and costs. They stand side by side in the plan, so that one look at
 * an event finds all of them: most sources have several names for each count, and most events have few of them.
 */
export interface Numbers {
  /** Where the number of a path will stand. */
  placeOf(path: Path): number
  /** Number of the field of a place. */
  fieldOf(place: number): number
  /** By place; what holds nothing of the event that was read last says so by its bit. */
  readonly found: Float64Array
  /** Reads the numbers of an event. The bit of each place that holds one is set. To be called when all places are known. */
  read(values: EventValues): number
}

export function createNumbers(fields: Fields): Numbers {
  const places = new Map<Path, number>()
  const found = new Float64Array(NUMBERS_MAX)
  let from = -1
  return {
    found,
    placeOf(path) {
      const known = places.get(path)
      if (known !== undefined) return known
      if (places.size === NUMBERS_MAX) throw tooMany(fields)
      const text = fields.textAbove(path)
      const read_as = { path, shape: 'value', use: 'reads' } as const
      const field = fields.plan.own([text === undefined ? read_as : { ...read_as, text }])
      if (from < 0) from = field
      const place = field - from
      if (place !== places.size) throw new TypeError('numbers of a source stand side by side')
      places.set(path, place)
      return place
    },
    fieldOf: (place) => from + place,
    read: (values) => values.numbers(from, from + places.size, found),
  }
}

function tooMany({ source }: Fields): WhosecallError {
  return new WhosecallError(
    'config_invalid',
    `source ${source.name}: tokens and cost name more than ${NUMBERS_MAX} fields`,
  )
}
