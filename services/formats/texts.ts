/**
 * What stands written in a list or an object, as lines: a name before what it names. For those who look for something in
 * whatever form it comes; nothing is read back from it.
 */

/** Texts of parsed JSON, or of OTLP/JSON, whose pairs of `key` and `value` are names and values, too. */
export function linesOf(parsed: unknown): string {
  const lines: string[] = []
  addLines(parsed, '', lines)
  return lines.join('\n')
}

function addLines(value: unknown, name: string, lines: string[]): void {
  if (typeof value === 'string') lines.push(`${name}${value}`)
  else if (Array.isArray(value)) for (const item of value) addLines(item, name, lines)
  else if (typeof value === 'object' && value !== null) addMembers(value, name, lines)
}

function addMembers(value: object, name: string, lines: string[]): void {
  if ('key' in value && 'value' in value && typeof value.key === 'string') {
    addLines(value.value, `${value.key}: `, lines)
    return
  }
  for (const [member, below] of Object.entries(value)) {
    if (member === 'bytesValue' && typeof below === 'string')
      lines.push(`${name}${Buffer.from(below, 'base64').toString('latin1')}`)
    // What an AnyValue calls its value is no name.
    else
      addLines(below, member.endsWith('Value') || member === 'values' ? name : `${member}: `, lines)
  }
}
