/**
 * Fixed pieces of text, compared four bytes at a time. Records of one producer spell their names the same each time, so a
 * scan is mostly the question whether the bytes here are the ones expected.
 */

export interface Text {
  /** Little-endian words; the last one is that of the last four bytes, so it may overlap the one before. */
  readonly words: Int32Array
  readonly length: number
}

/** Below four bytes there is no word: such a text is never found by `startsWith`. */
const WORD_BYTES = 4

export function createText(bytes: Uint8Array): Text {
  const { length } = bytes
  const data = new DataView(bytes.buffer, bytes.byteOffset, length)
  const words = new Int32Array(length < WORD_BYTES ? 0 : Math.ceil(length / WORD_BYTES))
  for (let i = 0; i < words.length; i++) {
    words[i] = data.getInt32(Math.min(i * WORD_BYTES, length - WORD_BYTES), true)
  }
  return { words, length }
}

/** A text that stands nowhere. */
export const NO_TEXT: Text = createText(new Uint8Array(0))

/** Whether the text stands at `position` and ends by `end`. */
export function startsWith(data: DataView, position: number, end: number, text: Text): boolean {
  const { words, length } = text
  const last = words.length - 1
  if (last < 0 || position + length > end) return false
  let p = position
  let i = 0
  for (; i + 1 < last; i += 2, p += 2 * WORD_BYTES) {
    const here = data.getInt32(p, true) ^ words[i]!
    const next = data.getInt32(p + WORD_BYTES, true) ^ words[i + 1]!
    if ((here | next) !== 0) return false
  }
  if (i < last && data.getInt32(p, true) !== words[i]) return false
  return data.getInt32(position + length - WORD_BYTES, true) === words[last]
}
