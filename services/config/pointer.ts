/**
 * Places in a config are JSON Pointers (RFC 6901) inside the code and dotted paths for people: component ids hold a
 * slash, so `/receivers/kafka~1raw/topics/0` reads `receivers.kafka/raw.topics[0]`.
 */

/** Builds a pointer from member names and list indexes. */
export function pointerOf(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${escapeSegment(String(segment))}`).join('')
}

export function childPointer(parent: string, segment: string | number): string {
  return `${parent}/${escapeSegment(String(segment))}`
}

/** The pointer one level up; the root is its own parent. */
export function parentPointer(pointer: string): string {
  return pointer.slice(0, Math.max(pointer.lastIndexOf('/'), 0))
}

export function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The path as people write it; empty for the root. */
export function displayPath(pointer: string): string {
  let path = ''
  for (const segment of segmentsOf(pointer)) {
    if (/^\d+$/.test(segment)) path += `[${segment}]`
    else path += path === '' ? segment : `.${segment}`
  }
  return path
}

function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1')
}
