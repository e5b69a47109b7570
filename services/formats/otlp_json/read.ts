/**
 * The text of captured AnyValues. What is scalar was found by the scan; lists and key-value lists are decoded here.
 */

import { parseCapture } from '../json/read.ts'
import { jsonLines, jsonText } from '../json/read.ts'
import type { ValueReader } from '../captures.ts'

export const otlpJsonReader: ValueReader = {
  text: jsonText,
  items(state, capture) {
    const items: string[] = []
    for (const value of valuesOf(parseCapture(state, capture))) {
      const text = textOfAny(value)
      if (text !== undefined) items.push(text)
    }
    return items
  },
  itemsAt: () => [],
  members(state, capture) {
    const members = new Map<string, string | undefined>()
    for (const pair of valuesOf(parseCapture(state, capture))) {
      if (!isObject(pair) || typeof pair['key'] !== 'string') continue
      const key = pair['key']
      const value = pair['value']
      members.delete(key)
      if (isObject(value) && Object.keys(value).length > 0) members.set(key, textOfAny(value))
    }
    return [...members]
  },
  lines: jsonLines,
}

function valuesOf(list: unknown): readonly unknown[] {
  return isObject(list) && Array.isArray(list['values']) ? list['values'] : []
}

/** Numbers are texts already: they were parsed keeping their digits. */
function textOfAny(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  for (const name of ['stringValue', 'intValue', 'doubleValue']) {
    if (typeof value[name] === 'string') return value[name]
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
