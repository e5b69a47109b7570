/** Numbers as they stand in JSON, where they have more digits than a number holds. The types of the language lag behind. */

interface SourceJson {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const SOURCE_JSON = JSON as unknown as SourceJson

export function parseJson(text: string): unknown {
  return SOURCE_JSON.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? SOURCE_JSON.rawJSON(source)
      : value,
  )
}

/** An object or a list, and no number. */
export function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !SOURCE_JSON.isRawJSON(value)
}
